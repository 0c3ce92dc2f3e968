// Subscriptions over the API: look at them, change them, end them.

import { redeemable } from "./catalog.mjs";
import { end, isOver, newDiscount, pause, periodOf, renew, resume, watchPeriod, watchTrial } from "./cycle.mjs";
import { invalid, missing } from "./errors.mjs";
import { billNow, changeItems, creditRest } from "./items.mjs";
import { mergeMetadata } from "./objects.mjs";
import {
  EXPAND, PAGE, atLeast, choice, emptyable, fields, flag, id, integer, list, metadata, range, required, text,
} from "./params.mjs";
import { all, change, get, now, page, peek, schedule } from "./world.mjs";

const FEEDBACK = choice(
  "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex", "too_expensive", "unused",
);
const DETAILS = fields({ comment: emptyable(text), feedback: emptyable(FEEDBACK) });
const BEHAVIOR = choice("keep_as_draft", "mark_uncollectible", "void");
const PRORATION = choice("always_invoice", "create_prorations", "none");
const STATUS = choice(
  "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid",
);

const UPDATE = {
  cancel_at: emptyable(integer),
  cancel_at_period_end: flag,
  cancellation_details: DETAILS,
  default_payment_method: id,
  description: emptyable(text),
  discounts: emptyable(list(fields({ coupon: id, promotion_code: id }))),
  items: list(fields({ deleted: flag, id, metadata, price: id, quantity: atLeast(0) })),
  metadata,
  off_session: flag,
  pause_collection: emptyable(fields({ behavior: required(BEHAVIOR), resumes_at: integer })),
  payment_behavior: choice("allow_incomplete"),
  proration_behavior: PRORATION,
  proration_date: integer,
  trial_end: { read: (value, at) => (value === "now" ? "now" : integer.read(value, at)) },
  ...EXPAND,
};

const BILL_FOR = fields({ unused_time_from: fields({ type: required(choice("none", "now")) }) });
const PAUSE = {
  bill_for: BILL_FOR,
  invoicing_behavior: choice("invoice", "pending_invoice_item"),
  type: choice("subscription"),
  ...EXPAND,
};
const ANCHOR = fields({ type: required(choice("now", "unchanged")) });
const RESUME = { billing_cycle_anchor: ANCHOR, proration_behavior: PRORATION, ...EXPAND };
const CANCEL = { cancellation_details: DETAILS, invoice_now: flag, prorate: flag, ...EXPAND };
const LIST = { ...PAGE, created: range, customer: id, price: id, status: STATUS };

export const routes = [
  ["GET", "/v1/subscriptions", LIST, listSubscriptions],
  ["GET", "/v1/subscriptions/:id", EXPAND, (world, _, id) => get(world, "subscription", id)],
  ["POST", "/v1/subscriptions/:id", UPDATE, (world, params, id) => update(world, get(world, "subscription", id), params)],
  ["DELETE", "/v1/subscriptions/:id", CANCEL, cancel],
  ["POST", "/v1/subscriptions/:id/pause", PAUSE, pauseCall],
  ["POST", "/v1/subscriptions/:id/resume", RESUME, resumeCall],
  ["GET", "/v1/subscription_items", { ...PAGE, subscription: required(id) }, listItems],
];

function listSubscriptions(world, params) {
  const { customer, price, status } = params;
  const isMeant = (one) => {
    if (status === "all") return true;
    if (status === "ended") return isOver(one);
    return status ? one.status === status : one.status !== "canceled";
  };
  const keep = (one) =>
    isMeant(one) &&
    (!customer || one.customer === customer) &&
    (!price || one.items.data.some((item) => item.price.id === price));
  return page(world, all(world, "subscription").filter(keep), params, "/v1/subscriptions");
}

function listItems(world, params) {
  const { items } = get(world, "subscription", params.subscription, "subscription");
  return page(world, [...items.data].reverse(), params, "/v1/subscription_items");
}

/** Changes a subscription as the API's update does. */
export function update(world, subscription, params) {
  check(world, subscription, params);
  const mutate = () => write(world, subscription, params);
  const { items, proration_behavior: behavior, proration_date: at } = params;
  if (params.trial_end === "now" && subscription.status === "trialing") endTrial(world, subscription, mutate);
  else if (items) changeItems(world, subscription, items, { behavior, at, mutate });
  else change(world, "customer.subscription.updated", subscription, mutate);
  return subscription;
}

const STILL = ["cancellation_details", "metadata", "expand"];

function check(world, subscription, params) {
  if (isOver(subscription) && Object.keys(params).some((key) => !STILL.includes(key))) {
    throw invalid("A canceled subscription can only update its cancellation_details and metadata.");
  }
  if (params.cancel_at && params.cancel_at_period_end) {
    throw invalid("You may only specify one of these parameters: cancel_at, cancel_at_period_end.");
  }
  if (params.cancel_at <= now(world)) throw invalid("`cancel_at` must be in the future.", { param: "cancel_at" });
  if (params.trial_end <= now(world)) throw invalid("Invalid timestamp: must be in the future", { param: "trial_end" });
  const method = params.default_payment_method;
  if (method && !peek(world, "payment_method", method)) throw missing("PaymentMethod", method, "default_payment_method");
  for (const { coupon } of params.discounts ?? []) redeemable(world, coupon, subscription.currency, "discounts");
}

function write(world, subscription, params) {
  const { cancel_at, cancel_at_period_end, cancellation_details, pause_collection, trial_end } = params;
  for (const key of ["default_payment_method", "description"]) {
    if (params[key] !== undefined) subscription[key] = params[key];
  }
  mergeMetadata(subscription, params.metadata);
  Object.assign(subscription.cancellation_details, cancellation_details);
  if (cancel_at_period_end !== undefined) setEnd(world, subscription, cancel_at_period_end ? "period" : null);
  if (cancel_at !== undefined) setEnd(world, subscription, cancel_at);
  if (pause_collection !== undefined) pauseCollection(world, subscription, pause_collection);
  if (typeof trial_end === "number") moveTrial(world, subscription, trial_end);
  if (params.discounts !== undefined) setDiscounts(world, subscription, params.discounts ?? []);
}

/** When it ends by itself: at the end of the period, at a time, or (`null`) never. */
function setEnd(world, subscription, when) {
  const at = when === "period" ? periodOf(subscription).end : when;
  subscription.cancel_at_period_end = when === "period";
  subscription.cancel_at = at;
  subscription.canceled_at = at === null ? null : now(world);
  subscription.cancellation_details.reason = at === null ? null : "cancellation_requested";
  if (typeof when !== "number") return;
  schedule(world, at, () => {
    if (subscription.cancel_at === at && !isOver(subscription)) end(world, subscription, "cancellation_requested");
  });
}

function pauseCollection(world, subscription, wanted) {
  subscription.pause_collection = wanted && { behavior: wanted.behavior, resumes_at: wanted.resumes_at ?? null };
  const at = wanted?.resumes_at;
  if (!at) return;
  schedule(world, at, () => {
    if (subscription.pause_collection?.resumes_at !== at) return;
    change(world, "customer.subscription.updated", subscription, () => (subscription.pause_collection = null));
  });
}

function moveTrial(world, subscription, trial_end) {
  subscription.trial_start ??= now(world);
  Object.assign(subscription, { billing_cycle_anchor: trial_end, status: "trialing", trial_end });
  for (const item of subscription.items.data) item.current_period_end = trial_end;
  watchTrial(world, subscription);
  watchPeriod(world, subscription, trial_end);
}

function endTrial(world, subscription, mutate) {
  const start = now(world);
  const all = () => {
    mutate();
    Object.assign(subscription, { billing_cycle_anchor: start, trial_end: start });
  };
  renew(world, subscription, { start, reason: "subscription_update", isAtOnce: true, mutate: all });
}

function setDiscounts(world, subscription, wanted) {
  const customer = peek(world, "customer", subscription.customer);
  subscription.discounts = wanted.map(({ coupon, promotion_code }) => {
    const code = promotion_code && get(world, "promotion_code", promotion_code, "discounts");
    const found = redeemable(world, coupon ?? code.promotion.coupon, subscription.currency, "discounts");
    return newDiscount(world, { coupon: found, code }, { customer, subscription }).id;
  });
}

/** Ends the subscription at once. */
export function cancelNow(world, subscription, params = {}) {
  if (params.prorate) creditRest(world, subscription);
  if (params.invoice_now) billNow(world, subscription);
  return end(world, subscription, "cancellation_requested", params.cancellation_details);
}

function cancel(world, params, id) {
  const subscription = get(world, "subscription", id);
  if (isOver(subscription)) throw missing("subscription", id);
  return cancelNow(world, subscription, params);
}

function pauseCall(world, params, id) {
  const subscription = pause(world, get(world, "subscription", id));
  if (params.bill_for?.unused_time_from.type !== "none") creditRest(world, subscription);
  if (params.invoicing_behavior === "invoice") billNow(world, subscription);
  return subscription;
}

function resumeCall(world, params, id) {
  return resume(world, get(world, "subscription", id), params.billing_cycle_anchor?.type);
}
