// Other plans and quantities within a period, and what they cost for the rest of it.

import { newItem, periodOf, renew } from "./cycle.mjs";
import { invalid, missing } from "./errors.mjs";
import { collect, finalize, newInvoice } from "./invoices.mjs";
import { mergeMetadata, planOf } from "./objects.mjs";
import { change, get, hiddenOf, now, peek } from "./world.mjs";

/**
 * Changes a subscription: the items, and with `mutate` anything else, as one event.
 *
 * Another interval starts a new period at once. Otherwise the rest of the period is credited and charged, on the
 * next invoice or (`always_invoice`) on one of its own.
 */
export function changeItems(world, subscription, wanted, { behavior = "create_prorations", at = now(world), mutate }) {
  const old = subscription.items.data;
  const items = itemsAfter(world, subscription, wanted);
  const isTrial = subscription.status === "trialing";
  const isOtherInterval = !isSameInterval(old[0].price, items[0].price);
  const isFree = isTrial || behavior === "none";
  const lines = isFree ? [] : prorations(world, subscription, { old, items, at, isOtherInterval });
  const { hidden, apply } = { hidden: hiddenOf(world, subscription.id), apply: () => (subscription.items.data = items) };
  hidden.pending = [...(hidden.pending ?? []), ...lines];
  const all = () => {
    mutate?.();
    apply();
  };
  if (isOtherInterval && !isTrial) {
    const anchor = () => (subscription.billing_cycle_anchor = now(world));
    const mutate = () => [all(), anchor()];
    return renew(world, subscription, { start: now(world), reason: "subscription_update", isAtOnce: true, mutate });
  }
  change(world, "customer.subscription.updated", subscription, all);
  return behavior === "always_invoice" && hidden.pending.length > 0 ? billNow(world, subscription) : undefined;
}

const isSameInterval = (one, two) =>
  one.recurring.interval === two.recurring.interval && one.recurring.interval_count === two.recurring.interval_count;

function itemsAfter(world, subscription, wanted) {
  const items = subscription.items.data.map((item) => structuredClone(item));
  for (const [idx, { id, price, quantity, deleted, metadata }] of wanted.entries()) {
    const at = `items[${idx}]`;
    const found = id && items.findIndex((item) => item.id === id);
    if (found === -1) throw missing("subscription_item", id, `${at}[id]`);
    const next = price && recurringPrice(world, subscription, price, `${at}[price]`);
    if (deleted) items.splice(found, 1);
    else if (id) setItem(items[found], { price: next, quantity, metadata });
    else items.push(addedItem(world, subscription, next, quantity, at));
  }
  if (items.length === 0) throw invalid("A subscription must have at least one active plan.", { param: "items" });
  if (items.some(({ price }) => !isSameInterval(price, items[0].price))) {
    throw invalid("If a subscription has several items, their prices must have the same interval.", { param: "items" });
  }
  return items;
}

function setItem(item, { price, quantity, metadata }) {
  item.quantity = quantity ?? item.quantity;
  mergeMetadata(item, metadata);
  if (price) Object.assign(item, { price: structuredClone(price), plan: planOf(price) });
}

function addedItem(world, subscription, price, quantity = 1, at) {
  if (!price) throw invalid(`Missing required param: ${at}[price].`, { code: "parameter_missing", param: `${at}[price]` });
  if (subscription.items.data.some((item) => item.price.id === price.id)) {
    const message = `Cannot add multiple subscription items with the same plan: ${price.id}`;
    throw invalid(message, { param: `${at}[price]` });
  }
  return newItem(world, subscription.id, price, quantity, periodOf(subscription));
}

function recurringPrice(world, subscription, id, param) {
  const price = get(world, "price", id, param);
  if (price.type !== "recurring") throw invalid("The price specified is set to `type=one_time`.", { param });
  if (!price.active) throw invalid("The price specified is inactive. This field only accepts active prices.", { param });
  if (price.currency !== subscription.currency) {
    throw invalid(`The price specified only supports \`${price.currency}\`. This doesn't match the subscription.`, { param });
  }
  return price;
}

/** Credits for what changed and charges for what it became, for the rest of the period. */
function prorations(world, subscription, { old, items, at, isOtherInterval }) {
  const { start, end } = periodOf(subscription);
  const share = Math.max(0, Math.min(1, (end - at) / (end - start)));
  const changed = (one, other) => !other || one.price.id !== other.price.id || one.quantity !== other.quantity;
  const lineOf = (item, words, sign) => ({
    description: `${words} ${item.quantity} × ${peek(world, "product", item.price.product)?.name ?? "Product"}`,
    isProration: true,
    item: item.id,
    period: { start: at, end },
    price: item.price,
    quantity: item.quantity,
    subtotal: sign * Math.round(item.price.unit_amount * item.quantity * share),
  });
  const sameIn = (list, { id }) => list.find((item) => item.id === id);
  const credits = old.filter((item) => changed(item, sameIn(items, item))).map((item) => lineOf(item, "Unused time on", -1));
  if (isOtherInterval) return credits;
  const charged = items.filter((item) => changed(item, sameIn(old, item)));
  return [...credits, ...charged.map((item) => lineOf(item, "Remaining time on", 1))];
}

/** What is left of the period is given back with the next invoice. */
export function creditRest(world, subscription) {
  const { data } = subscription.items;
  const lines = prorations(world, subscription, { old: data, items: [], at: now(world), isOtherInterval: true });
  const hidden = hiddenOf(world, subscription.id);
  hidden.pending = [...(hidden.pending ?? []), ...lines];
}

/** Bills what waited for the next invoice. */
export function billNow(world, subscription) {
  const hidden = hiddenOf(world, subscription.id);
  const lines = hidden.pending ?? [];
  if (lines.length === 0) return undefined;
  hidden.pending = [];
  const customer = peek(world, "customer", subscription.customer);
  const { start } = periodOf(subscription);
  const of = { customer, subscription, reason: "subscription_update" };
  const invoice = newInvoice(world, { ...of, lines, period: { start, end: now(world) } });
  if (finalize(world, invoice)) collect(world, invoice);
  return invoice;
}
