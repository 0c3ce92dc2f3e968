// The life of a subscription: trial, periods, payment, arrears, end.

import { invalid } from "./errors.mjs";
import { collect, finalize, finalizeLater, newInvoice, stopCollecting, subscriptionOf, voidInvoice } from "./invoices.mjs";
import { fresh, listOf, mergeMetadata, planOf } from "./objects.mjs";
import { redeem } from "./catalog.mjs";
import { DAY, later, nextBoundary } from "./time.mjs";
import { all, change, emit, hiddenOf, make, newId, now, peek, schedule } from "./world.mjs";

const WARNING_S = 3 * DAY;
const OVER = ["canceled", "incomplete_expired"];

export const isOver = ({ status }) => OVER.includes(status);

export const periodOf = ({ items }) => {
  const { current_period_start: start, current_period_end: end, price } = items.data[0];
  return { start, end, recurring: price.recurring };
};

/**
 * Starts a subscription and bills its first period.
 *
 * `items`, `extras`: `{ price, quantity }`, what repeats and what is billed once; `trialEnd`, if in the future;
 * `method`: how it is paid, if known; `isSlow`: the money takes days; `isTaxed`: automatic tax.
 */
export function startSubscription(world, given) {
  const { customer, items, extras = [], trialEnd, method, isSlow, isTaxed = false, discounts = [], values } = given;
  const { missing = "create_invoice" } = given;
  const start = now(world);
  const isTrial = trialEnd > start;
  const { recurring } = items[0].price;
  const anchor = isTrial ? trialEnd : start;
  const id = newId(world, "subscription");
  const period = { start, end: isTrial ? trialEnd : nextBoundary(anchor, recurring, start) };
  const data = items.map(({ price, quantity }) => newItem(world, id, price, quantity, period));
  const subscription = make(world, "subscription", {
    id,
    automatic_tax: { disabled_reason: null, enabled: isTaxed, liability: isTaxed ? { type: "self" } : null },
    billing_cycle_anchor: anchor,
    currency: items[0].price.currency,
    customer: customer.id,
    items: listOf(data, `/v1/subscription_items?subscription=${id}`),
    start_date: start,
    status: isTrial ? "trialing" : "incomplete",
    trial_end: isTrial ? trialEnd : null,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } },
    trial_start: isTrial ? start : null,
    ...values,
    metadata: {},
  });
  mergeMetadata(subscription, values?.metadata);
  subscription.discounts = discounts.map((discount) => newDiscount(world, discount, { customer, subscription }).id);
  customer.currency ??= subscription.currency;
  return billFirst(world, subscription, { customer, extras, isTrial, isSlow, method });
}

function billFirst(world, subscription, { customer, extras, isTrial, isSlow, method }) {
  const { start, end } = periodOf(subscription);
  const lines = [...regularLines(world, subscription), ...extras.map((extra) => extraLine(extra, start))];
  const discounts = discountsOf(world, subscription);
  const tax = taxOf(world, subscription, customer);
  const of = { customer, subscription, reason: "subscription_create" };
  const invoice = newInvoice(world, { ...of, lines, period: { start, end: start }, discounts, tax });
  useUp(subscription, discounts, invoice);
  if (method) hiddenOf(world, invoice.id).types = [method.type];
  const isFree = invoice.total === 0;
  if (isFree && !isTrial) subscription.status = "active";
  if (isFree) subscription.default_payment_method = method?.id ?? null;
  emit(world, "customer.subscription.created", subscription);
  watchTrial(world, subscription);
  watchPeriod(world, subscription, end);
  finalize(world, invoice);
  collect(world, invoice, { method, isSlow });
  if (isFree) return { subscription, invoice };
  change(world, "customer.subscription.updated", subscription, () => {
    subscription.default_payment_method = method?.id ?? null;
    if (subscription.status === "incomplete") subscription.status = "active";
  });
  return { subscription, invoice };
}

export function newItem(world, subscription, price, quantity, { start, end }) {
  return fresh("subscription_item", {
    id: newId(world, "subscription_item"),
    created: now(world),
    current_period_end: end,
    current_period_start: start,
    plan: planOf(price),
    price: structuredClone(price),
    quantity,
    subscription,
  });
}

/** Gives the customer a discount on the subscription: `{ coupon, code, session }`. */
export function newDiscount(world, { coupon, code, session }, { customer, subscription }) {
  const start = now(world);
  const months = { interval: "month", interval_count: coupon.duration_in_months };
  const discount = make(world, "discount", {
    checkout_session: session ?? null,
    customer: customer?.id ?? null,
    end: coupon.duration === "repeating" ? later(start, months) : null,
    promotion_code: code?.id ?? null,
    source: { coupon: coupon.id, type: "coupon" },
    start,
    subscription: subscription?.id ?? null,
  });
  hiddenOf(world, discount.id).coupon = structuredClone(coupon);
  redeem(world, coupon, code);
  return discount;
}

/** The discounts that count now, as `{ id, coupon }`. */
export function discountsOf(world, subscription) {
  const found = subscription.discounts.map((id) => peek(world, "discount", id));
  const running = found.filter(({ end }) => end === null || end > now(world));
  return running.map(({ id }) => ({ id, coupon: hiddenOf(world, id).coupon }));
}

/** Tax in percent, if the subscription asks for automatic tax. */
export function taxOf(world, { automatic_tax }, customer) {
  if (!automatic_tax.enabled) return undefined;
  return customer?.tax_exempt === "none" ? (world.settings.tax[customer.address?.country] ?? 0) : 0;
}

/** The lines of one period, free of charge while a trial lasts. */
export function regularLines(world, subscription) {
  const isTrial = subscription.trial_end > now(world);
  return subscription.items.data.map(({ id, price, quantity, current_period_start: start, current_period_end: end }) => {
    const name = peek(world, "product", price.product)?.name ?? "Product";
    const amount = (price.unit_amount / 100).toFixed(2);
    const description = isTrial
      ? `Trial period for ${name}`
      : `${quantity} × ${name} (at ${amount} ${price.currency} / ${price.recurring.interval})`;
    const subtotal = isTrial ? 0 : price.unit_amount * quantity;
    return { description, subtotal, quantity, price, item: id, period: { start, end } };
  });
}

const extraLine = ({ price, quantity, name }, start) => ({
  description: name,
  subtotal: price.unit_amount * quantity,
  quantity,
  price,
  item: null,
  period: { start, end: start },
});

export function watchTrial(world, subscription) {
  const { trial_end } = subscription;
  if (!(trial_end > now(world))) return;
  schedule(world, Math.max(now(world), trial_end - WARNING_S), () => {
    if (subscription.status !== "trialing" || subscription.trial_end !== trial_end) return;
    emit(world, "customer.subscription.trial_will_end", subscription);
  });
}

export function watchPeriod(world, subscription, end) {
  schedule(world, end, () => {
    if (periodOf(subscription).end !== end || isOver(subscription) || subscription.status === "paused") return;
    turnPeriod(world, subscription);
  });
}

/** A period or a trial has ended: the next one, a pause, or the end. */
function turnPeriod(world, subscription) {
  if (subscription.cancel_at_period_end) return end(world, subscription, "cancellation_requested");
  const isTrial = subscription.status === "trialing";
  const { missing_payment_method: missing } = subscription.trial_settings.end_behavior;
  if (isTrial && !canPay(world, subscription)) {
    if (missing === "cancel") return end(world, subscription, null);
    if (missing === "pause") return pause(world, subscription);
  }
  return renew(world, subscription, { start: periodOf(subscription).end, reason: "subscription_cycle" });
}

function canPay(world, { default_payment_method, customer }) {
  return default_payment_method ?? peek(world, "customer", customer)?.invoice_settings.default_payment_method;
}

/** Goes into the next period and bills it; the invoice is charged a while later, or at once. */
export function renew(world, subscription, { start, reason, isAtOnce = false, mutate = () => {} }) {
  const previous = periodOf(subscription);
  let invoice;
  change(world, "customer.subscription.updated", subscription, () => {
    mutate();
    movePeriod(world, subscription, start);
    if (["trialing", "incomplete"].includes(subscription.status)) subscription.status = "active";
    dropEndedDiscounts(world, subscription);
    invoice = billPeriod(world, subscription, { reason, period: { start: previous.start, end: start } });
  });
  watchPeriod(world, subscription, periodOf(subscription).end);
  if (!invoice.auto_advance) return invoice;
  if (!isAtOnce) finalizeLater(world, invoice);
  else if (finalize(world, invoice)) collect(world, invoice);
  return invoice;
}

function movePeriod(world, subscription, start) {
  const end = nextBoundary(subscription.billing_cycle_anchor, periodOf(subscription).recurring, start);
  for (const item of subscription.items.data) Object.assign(item, { current_period_start: start, current_period_end: end });
}

function dropEndedDiscounts(world, subscription) {
  const running = discountsOf(world, subscription).map(({ id }) => id);
  subscription.discounts = subscription.discounts.filter((id) => running.includes(id));
}

function billPeriod(world, subscription, { reason, period }) {
  const pending = hiddenOf(world, subscription.id).pending ?? [];
  hiddenOf(world, subscription.id).pending = [];
  const customer = peek(world, "customer", subscription.customer);
  const discounts = discountsOf(world, subscription);
  const lines = [...regularLines(world, subscription), ...pending];
  const tax = taxOf(world, subscription, customer);
  const invoice = newInvoice(world, { customer, subscription, reason, lines, period, discounts, tax });
  useUp(subscription, discounts, invoice);
  if (subscription.status === "unpaid") stopCollecting(invoice);
  if (subscription.pause_collection) setAside(world, invoice, subscription.pause_collection.behavior);
  return invoice;
}

/** A coupon for one invoice is gone after the first that it made cheaper. */
function useUp(subscription, discounts, { total_discount_amounts }) {
  const worked = total_discount_amounts.filter(({ amount }) => amount > 0).map(({ discount }) => discount);
  const used = discounts.filter(({ id, coupon }) => coupon.duration === "once" && worked.includes(id));
  subscription.discounts = subscription.discounts.filter((id) => !used.some((one) => one.id === id));
}

/** While collection is paused an invoice is written and then left alone. */
function setAside(world, invoice, behavior) {
  stopCollecting(invoice);
  if (behavior === "keep_as_draft" || !finalize(world, invoice)) return;
  if (behavior === "void") voidInvoice(world, invoice);
  else change(world, "invoice.marked_uncollectible", invoice, () => (invoice.status = "uncollectible"));
}

/** An invoice was paid: arrears are over once nothing is owed for the newest period. */
export function afterPayment(world, invoice) {
  const subscription = peek(world, "subscription", subscriptionOf(invoice));
  if (!subscription || !["past_due", "unpaid"].includes(subscription.status)) return;
  if (subscription.latest_invoice !== invoice.id) return;
  change(world, "customer.subscription.updated", subscription, () => (subscription.status = "active"));
}

/** An invoice was not paid; `isLast`: it will not be tried again. */
export function afterFailure(world, invoice, isLast) {
  const subscription = peek(world, "subscription", subscriptionOf(invoice));
  if (!subscription || isOver(subscription)) return;
  if (subscription.status === "active") {
    change(world, "customer.subscription.updated", subscription, () => (subscription.status = "past_due"));
  }
  if (!isLast || subscription.status !== "past_due") return;
  const { after_retries } = world.settings;
  if (after_retries === "cancel") end(world, subscription, "payment_failed");
  if (after_retries !== "unpaid") return;
  change(world, "customer.subscription.updated", subscription, () => (subscription.status = "unpaid"));
}

/** The subscription is over. Its unpaid invoices stay, and nobody is asked for them any more. */
export function end(world, subscription, reason, details = {}) {
  const at = now(world);
  subscription.status = "canceled";
  subscription.ended_at = at;
  subscription.canceled_at ??= at;
  Object.assign(subscription.cancellation_details, details, { reason: reason ?? subscription.cancellation_details.reason });
  for (const invoice of all(world, "invoice")) {
    if (subscriptionOf(invoice) === subscription.id) stopCollecting(invoice);
  }
  emit(world, "customer.subscription.deleted", subscription);
  return subscription;
}

/** The subscription rests: no periods, no invoices, until it is resumed. */
export function pause(world, subscription) {
  if (isOver(subscription) || subscription.status === "paused") {
    throw invalid(`You cannot pause a subscription with status ${subscription.status}.`);
  }
  change(world, "customer.subscription.updated", subscription, () => (subscription.status = "paused"));
  emit(world, "customer.subscription.paused", subscription);
  return subscription;
}

/** Ends the rest: a new period from now on, or the old one where it stands. */
export function resume(world, subscription, anchor = "now") {
  if (subscription.status !== "paused") {
    throw invalid(`You can only resume a subscription that is paused, not one that is ${subscription.status}.`);
  }
  const start = now(world);
  const { end: old } = periodOf(subscription);
  const isRunning = anchor === "unchanged" && old > start;
  const mutate = () => {
    subscription.status = "active";
    if (anchor === "now") subscription.billing_cycle_anchor = start;
  };
  if (isRunning) {
    change(world, "customer.subscription.updated", subscription, mutate);
    watchPeriod(world, subscription, old);
  } else {
    renew(world, subscription, { start, reason: "subscription_update", isAtOnce: true, mutate });
  }
  emit(world, "customer.subscription.resumed", subscription);
  return subscription;
}
