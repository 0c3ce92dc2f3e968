// Compares whatever the stand-in for Stripe shows with what Stripe shows: with Stripe's example of the object, key by
// key, and with the type that the official SDK declares for it.

import { readFileSync } from "node:fs";
import { faults, fieldsOf, sdkType } from "./sdk_types.mjs";

const EXAMPLES = JSON.parse(readFileSync(new URL("fixtures/stripe-objects.json", import.meta.url), "utf8"));

/** The SDK's name for each type of object: file and type. */
export const SDK_NAMES = {
  balance_transaction: ["BalanceTransactions", "BalanceTransaction"],
  "billing_portal.configuration": ["BillingPortal/Configurations", "Configuration"],
  "billing_portal.session": ["BillingPortal/Sessions", "Session"],
  charge: ["Charges", "Charge"],
  "checkout.session": ["Checkout/Sessions", "Session"],
  coupon: ["Coupons", "Coupon"],
  customer: ["Customers", "Customer"],
  discount: ["Discounts", "Discount"],
  dispute: ["Disputes", "Dispute"],
  event: ["Events", "EventBase"],
  invoice: ["Invoices", "Invoice"],
  invoice_payment: ["InvoicePayments", "InvoicePayment"],
  item: ["LineItems", "LineItem"],
  line_item: ["InvoiceLineItems", "InvoiceLineItem"],
  payment_intent: ["PaymentIntents", "PaymentIntent"],
  payment_method: ["PaymentMethods", "PaymentMethod"],
  plan: ["Plans", "Plan"],
  price: ["Prices", "Price"],
  product: ["Products", "Product"],
  promotion_code: ["PromotionCodes", "PromotionCode"],
  refund: ["Refunds", "Refund"],
  subscription: ["Subscriptions", "Subscription"],
  subscription_item: ["SubscriptionItems", "SubscriptionItem"],
  webhook_endpoint: ["WebhookEndpoints", "WebhookEndpoint"],
};

const DELETED = {
  coupon: ["Coupons", "DeletedCoupon"],
  customer: ["Customers", "DeletedCustomer"],
  product: ["Products", "DeletedProduct"],
  webhook_endpoint: ["WebhookEndpoints", "DeletedWebhookEndpoint"],
};

// Keys of Stripe's examples that an object may lack, and why.
const MAY_LACK = {
  "charge.refunds": "only shown when expanded, since 2022",
  "invoice.subscription": "left over in the example: the SDK has no such key, `parent` replaced it",
  "payment_method.card": "only there if it is a card",
};

// Parts that are different things by their own `type` or the author's own keys: the SDK's type alone judges them.
const JUDGED_BY_TYPE = new Set([
  "charge.payment_method_details",
  "checkout.session.payment_method_options",
  "event.data",
  "invoice.last_finalization_error",
  "invoice.parent",
  "invoice_payment.payment",
  "line_item.parent",
  "line_item.pricing",
  "payment_intent.last_payment_error",
  "payment_intent.next_action",
  "payment_intent.payment_method_options",
  "refund.destination_details",
]);

/** What is wrong with an object of the API, as lines; empty when Stripe could have shown it. */
export function complaints(value) {
  if (value?.object === "list") return [...listComplaints(value), ...value.data.flatMap(complaints)];
  const type = value?.object;
  if (value.deleted) return deletedComplaints(value);
  if (!SDK_NAMES[type]) return [`${type}: not a type that is compared`];
  const { secret, ...rest } = value;
  const shown = type === "webhook_endpoint" ? rest : value;
  const found = [...exampleComplaints(shown, EXAMPLES[type], type), ...faults(value, sdkType(...SDK_NAMES[type]), type)];
  if (type !== "event") return found;
  const all = faults({ ...value, data: {} }, sdkType(...SDK_NAMES.event), type);
  const data = all.filter((line) => !line.startsWith("event.data"));
  return [...exampleComplaints(value, EXAMPLES.event, type), ...data, ...eventComplaints(value)];
}

function listComplaints(list) {
  const keys = Object.keys(list).sort().join();
  const isRight = keys === "data,has_more,object,url" && typeof list.has_more === "boolean" && list.url.startsWith("/v1/");
  return isRight ? [] : [`list: has ${keys}`];
}

function deletedComplaints(value) {
  const name = DELETED[value.object];
  const keys = Object.keys(value).sort().join();
  const example = Object.keys(EXAMPLES[`deleted_${value.object}`] ?? {}).sort().join();
  if (!name || keys !== example) return [`deleted ${value.object}: has ${keys}`];
  return faults(value, sdkType(...name), `deleted_${value.object}`);
}

/** The event is for a type that Stripe sends, its object is whole, and what was before is made of its fields. */
function eventComplaints({ type, data }) {
  const types = sdkType("Events", "Event.Type").options.map(({ literal }) => literal);
  const unknown = types.includes(type) ? [] : [`event.type: Stripe sends no ${type}`];
  const keys = Object.keys(data).filter((key) => key !== "object" && key !== "previous_attributes");
  const extra = keys.map((key) => `event.data.${key}: unknown`);
  return [...unknown, ...extra, ...complaints(data.object), ...previousComplaints(data)];
}

function previousComplaints({ object, previous_attributes = {} }) {
  const fields = fieldsOf(sdkType(...SDK_NAMES[object.object]));
  return Object.keys(previous_attributes)
    .filter((key) => !fields.has(key))
    .map((key) => `event.data.previous_attributes.${key}: ${object.object} has no such field`);
}

/** Key by key: nothing missing that the example has, and what both have is of one JSON type, or null. */
function exampleComplaints(value, example, at) {
  if (JUDGED_BY_TYPE.has(at) || value === null || example === null) return [];
  if (kind(value) !== kind(example)) return [`${at}: is ${kind(value)}, Stripe's example has ${kind(example)}`];
  if (Array.isArray(value)) return arrayComplaints(value, example, at);
  if (typeof value !== "object") return [];
  const isMap = /\.(metadata|fraud_details)$/.test(at);
  if (isMap) return Object.values(value).every((one) => typeof one === "string") ? [] : [`${at}: values must be strings`];
  return Object.keys(example).flatMap((key) => {
    const path = `${at}.${key}`;
    if (!Object.hasOwn(value, key)) return MAY_LACK[path] ? [] : [`${path}: missing, Stripe's example has it`];
    return exampleComplaints(...nested(value[key], example[key], path));
  });
}

/** An object within another is compared with the example of its own type; an expanded one is no string any more. */
function nested(value, example, path) {
  const type = value?.deleted ? `deleted_${value.object}` : value?.object;
  if (type && type !== "list" && EXAMPLES[type]) return [value, EXAMPLES[type], type];
  return [value, example, path];
}

function arrayComplaints(value, example, at) {
  // An empty example says nothing of what it could hold, except where that has a type of its own.
  const told = example.length > 0 ? example[0] : null;
  return value.flatMap((one) => exampleComplaints(...nested(one, told, `${at}[]`)));
}

const kind = (value) => (Array.isArray(value) ? "a list" : `a ${typeof value}`);

/** Watches a stand-in: give `watch` to its `start`, ask `faults` at the end. */
export function watcher() {
  const found = new Map();
  const seen = new Set();
  const watch = (object) => {
    note(object, seen);
    for (const line of complaints(object)) found.set(line, (found.get(line) ?? 0) + 1);
  };
  return { watch, seen, faults: () => [...found].map(([line, count]) => `${line} (${count}×)`) };
}

function note(object, seen) {
  if (object.object === "list") return object.data.forEach((one) => note(one, seen));
  seen.add(object.deleted ? `deleted ${object.object}` : object.object);
  if (object.object !== "event") return undefined;
  seen.add(object.type);
  return note(object.data.object, seen);
}
