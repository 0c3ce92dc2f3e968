// What the stand-in accepts, Stripe accepts: each parameter of each call against the types that the SDK declares.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SDK_NAMES } from "./compare.mjs";
import { fieldsOf, itemOf, sdkType, wordsOf } from "./sdk_types.mjs";
import { ROUTES } from "./stripe/api.mjs";
import { EXPANDABLE, INCLUDABLE } from "./stripe/expand.mjs";

/** The calls' folders, with the file of the SDK and how the names of its parameter types begin. */
const RESOURCES = {
  balance_transactions: ["BalanceTransactions", "BalanceTransaction"],
  "billing_portal/configurations": ["BillingPortal/Configurations", "BillingPortal.Configuration"],
  "billing_portal/sessions": ["BillingPortal/Sessions", "BillingPortal.Session"],
  charges: ["Charges", "Charge"],
  "checkout/sessions": ["Checkout/Sessions", "Checkout.Session"],
  coupons: ["Coupons", "Coupon"],
  customers: ["Customers", "Customer"],
  disputes: ["Disputes", "Dispute"],
  events: ["Events", "Event"],
  invoice_payments: ["InvoicePayments", "InvoicePayment"],
  invoices: ["Invoices", "Invoice"],
  payment_intents: ["PaymentIntents", "PaymentIntent"],
  payment_methods: ["PaymentMethods", "PaymentMethod"],
  prices: ["Prices", "Price"],
  products: ["Products", "Product"],
  promotion_codes: ["PromotionCodes", "PromotionCode"],
  refunds: ["Refunds", "Refund"],
  subscription_items: ["SubscriptionItems", "SubscriptionItem"],
  subscriptions: ["Subscriptions", "Subscription"],
  webhook_endpoints: ["WebhookEndpoints", "WebhookEndpoint"],
};

const VERBS = {
  close: "Close",
  expire: "Expire",
  finalize: "FinalizeInvoice",
  line_items: "ListLineItems",
  pause: "Pause",
  pay: "Pay",
  payment_methods: "ListPaymentMethods",
  resume: "Resume",
  void: "VoidInvoice",
};

// Calls whose parameter types have names of their own.
const ELSEWHERE = {
  "DELETE /v1/subscriptions/:id": ["Subscriptions", "SubscriptionCancelParams"],
  "GET /v1/charges/:id/refunds": ["Refunds", "RefundListParams"],
  "GET /v1/customers/:id/payment_methods/:method": ["Customers", "CustomerRetrievePaymentMethodParams"],
  "GET /v1/invoices/:id/lines": ["Invoices", "InvoiceListLineItemsParams"],
};

function paramsType(method, path) {
  const elsewhere = ELSEWHERE[`${method} ${path}`];
  if (elsewhere) return sdkType(...elsewhere);
  const [folder, verb] = path.slice("/v1/".length).split(/\/:id\/?/);
  const [file, name] = RESOURCES[folder];
  const [one, many] = [{ GET: "Retrieve", POST: "Update", DELETE: "Delete" }, { GET: "List", POST: "Create" }];
  const words = path.includes("/:id") ? one : many;
  return sdkType(file, `${name}${verb ? VERBS[verb] : words[method]}Params`);
}

/** What of the shape the SDK does not know, as lines. */
function unknown(kind, type, at) {
  if (kind.item) {
    const item = itemOf(type);
    return item ? unknown(kind.item, item, `${at}[]`) : [`${at}: is no list`];
  }
  if (kind.words) {
    const known = wordsOf(type);
    return kind.words.filter((word) => !known.includes(word)).map((word) => `${at}: the SDK does not know the word ${word}`);
  }
  if (!kind.shape) return [];
  const fields = fieldsOf(type);
  if (!fields) return [`${at}: is no object`];
  return Object.entries(kind.shape).flatMap(([key, inner]) => {
    const field = fields.get(key);
    return field ? unknown(inner, field.type, `${at}.${key}`) : [`${at}.${key}: the SDK has no such parameter`];
  });
}

test("every parameter of every call is one that the SDK knows", () => {
  const found = ROUTES.flatMap(([method, path, shape]) => unknown({ shape }, paramsType(method, path), `${method} ${path}`));
  // Gone since 2026-09-30; calls with an older version still have it.
  assert.deepEqual(found, ["POST /v1/checkout/sessions.payment_method_types: the SDK has no such parameter"]);
});

test("every parameter that the SDK demands is demanded here", () => {
  const found = ROUTES.flatMap(([method, path, shape]) => {
    const demanded = [...fieldsOf(paramsType(method, path))].filter(([, { isOptional }]) => !isOptional);
    return demanded.filter(([key]) => !shape[key]?.isRequired).map(([key]) => `${method} ${path}: ${key}`);
  });
  assert.deepEqual(found, []);
});

test("every field that can be expanded is one where the SDK expects an object", () => {
  const found = [...Object.entries(EXPANDABLE), ...Object.entries(INCLUDABLE)].flatMap(([type, fields]) => {
    const lost = Object.keys(fields).filter((path) => !leadsToObject(sdkType(...SDK_NAMES[type]), path));
    return lost.map((path) => `${type}.${path}`);
  });
  // Stripe documents it as expandable within `features.subscription_update`.
  assert.deepEqual(found, ["billing_portal.configuration.products"]);
});

function leadsToObject(start, path) {
  let type = start;
  for (const step of path.split(".")) {
    const field = fieldsOf(itemOf(type) ?? type)?.get(step);
    if (!field) return false;
    type = field.type;
  }
  return Boolean(fieldsOf(itemOf(type) ?? type));
}
