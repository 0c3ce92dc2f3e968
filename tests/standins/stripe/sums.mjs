// The arithmetic of sessions and invoices: discounts first, then tax, in whole minor units.

/**
 * What each line comes to: `{ subtotal, discount_amounts, discount, tax, total }`.
 *
 * A discount is spread over the lines by their size, without a unit lost. Credits are not discounted.
 * `lines`: `{ subtotal, isInclusive }`; `discounts`: `{ id, coupon }`; `tax`: percent.
 */
export function settle(lines, discounts, tax = 0) {
  const left = lines.map(({ subtotal }) => Math.max(0, subtotal));
  const parts = discounts.map(({ id, coupon }) => {
    const shares = spread(worth(coupon, sum(left)), left);
    for (const [idx, share] of shares.entries()) left[idx] -= share;
    return { id, shares };
  });
  return lines.map(({ subtotal, isInclusive }, idx) => {
    const discount_amounts = parts.map(({ id, shares }) => ({ amount: shares[idx], discount: id }));
    const discount = sum(discount_amounts.map(({ amount }) => amount));
    const net = subtotal - discount;
    const share = isInclusive ? net - Math.round(net / (1 + tax / 100)) : Math.round((net * tax) / 100);
    return { subtotal, discount_amounts, discount, tax: share, isInclusive, total: isInclusive ? net : net + share };
  });
}

export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const worth = ({ percent_off, amount_off }, amount) =>
  percent_off ? Math.round((amount * percent_off) / 100) : Math.min(amount_off, amount);

function spread(amount, sizes) {
  const whole = sum(sizes);
  let left = amount;
  let rest = whole;
  return sizes.map((size) => {
    const share = rest === 0 ? 0 : Math.round((left * size) / rest);
    left -= share;
    rest -= size;
    return share;
  });
}
