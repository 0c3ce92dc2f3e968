// New objects. Each starts from Stripe's example of its type and then says what is true of a new one.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const EXAMPLES = JSON.parse(readFileSync(new URL("../fixtures/stripe-objects.json", import.meta.url), "utf8"));

/** The version of the API whose shapes these are: that of npm `stripe` 23.1.0. */
export const API_VERSION = "2026-10-28.endive";

const PREFIX = {
  balance_transaction: "txn_3",
  "billing_portal.configuration": "bpc_1",
  "billing_portal.session": "bps_1",
  charge: "ch_3",
  "checkout.session": "cs_test_a1",
  coupon: "",
  customer: "cus_",
  discount: "di_1",
  dispute: "du_1",
  event: "evt_1",
  invoice: "in_1",
  invoice_payment: "inpay_1",
  item: "li_1",
  line_item: "il_1",
  payment_intent: "pi_3",
  payment_method: "pm_1",
  plan: "price_1",
  price: "price_1",
  product: "prod_",
  promotion_code: "promo_1",
  refund: "re_3",
  subscription: "sub_1",
  subscription_item: "si_",
  webhook_endpoint: "we_1",
};

const LENGTH = { "checkout.session": 56, customer: 14, product: 14, subscription_item: 14, coupon: 8 };

/** A source of ids: with a seed the same ones in every run. */
export function createIds(seed) {
  let n_given = 0;
  const letters = (length) => {
    let found = "";
    for (let round = 0; found.length < length; round++) {
      const hash = createHash("sha256").update(`${seed} ${n_given} ${round}`).digest("base64");
      found += hash.replace(/[^A-Za-z0-9]/g, "");
    }
    n_given++;
    return found.slice(0, length);
  };
  return { letters, of: (type) => `${PREFIX[type]}${letters(LENGTH[type] ?? 23)}` };
}

// Where Stripe's example shows a value that a new object does not have, or lacks a field that the SDK promises.
const BLANK = {
  "billing_portal.configuration": { livemode: false, metadata: {} },
  "billing_portal.session": { flow: null, livemode: false, return_url: null },
  charge: { payment_method: null, shipping: null, source: null, transfer_data: null, description: null, captured: true },
  "checkout.session": {
    adaptive_pricing: { enabled: false },
    after_expiration: null,
    allowed_payment_method_types: null,
    cancel_url: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    currency_conversion: null,
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer_details: null,
    discounts: [],
    invoice_creation: null,
    managed_payments: { enabled: false },
    payment_intent: null,
    payment_method_configuration_details: null,
    shipping_address_collection: null,
    shipping_cost: null,
    ui_mode: "hosted_page",
    wallet_options: null,
  },
  coupon: { currency: null, duration_in_months: null, name: null, percent_off: null, redeem_by: null },
  customer: { address: null, currency: null, discount: null, shipping: null },
  dispute: { intended_submission_method: null, reason: "fraudulent", enhanced_eligibility_types: [] },
  discount: { customer: null, end: null },
  invoice: {
    amount_overpaid: 0,
    customer_address: null,
    customer_shipping: null,
    due_date: null,
    effective_at: null,
    from_invoice: null,
    last_finalization_error: null,
    next_payment_attempt: null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  },
  line_item: { pretax_credit_amounts: [], taxes: [], quantity_decimal: "1" },
  item: { adjustable_quantity: null, metadata: {} },
  payment_intent: {
    allowed_payment_method_types: null,
    automatic_payment_methods: null,
    canceled_at: null,
    last_payment_error: null,
    managed_payments: { enabled: false },
    next_action: null,
    payment_method_configuration_details: null,
    payment_record: null,
    processing: null,
    shipping: null,
    transfer_data: null,
  },
  payment_method: { metadata: {} },
  plan: { transform_usage: null },
  price: { custom_unit_amount: null, recurring: null, transform_quantity: null, type: "one_time" },
  product: { default_price: null, description: null, package_dimensions: null, tax_details: null, type: "service" },
  promotion_code: { active: true, expires_at: null },
  subscription: {
    billing_cycle_anchor_config: null,
    billing_mode: { type: "flexible", flexible: { proration_discounts: "included" } },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    ended_at: null,
    managed_payments: { enabled: false },
    next_pending_invoice_item_invoice: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" },
    pending_invoice_item_interval: null,
    pending_update: null,
    transfer_data: null,
    trial_end: null,
    trial_start: null,
  },
  subscription_item: { billing_thresholds: null, current_trial: null },
  webhook_endpoint: { description: null },
};

// Fields of the examples that objects do not have: an invoice names its subscription in `parent` since 2025, and a
// charge shows its refunds only when asked.
const GONE = { charge: ["refunds"], invoice: ["subscription"] };

/** A new object of the type with these values. A value for a field that such objects do not have is a mistake. */
export function fresh(type, values) {
  const blank = { ...structuredClone(EXAMPLES[type]), ...structuredClone(BLANK[type]) };
  for (const key of GONE[type] ?? []) delete blank[key];
  for (const key of Object.keys(values)) {
    if (!Object.hasOwn(blank, key)) throw new Error(`the stand-in gave a ${type} an unknown field ${key}`);
  }
  return Object.assign(blank, values);
}

/** Whether objects of the type tell when they were made. */
export const isDated = (type) => Object.hasOwn(EXAMPLES[type], "created");

/** What is left of a deleted object. */
export const deleted = ({ id, object }) => ({ id, object, deleted: true });

export const listOf = (data, url, has_more = false) => ({ object: "list", data, has_more, url });

/** The old form of a price, which subscription items still carry beside the new one. */
export const planOf = (price) =>
  fresh("plan", {
    id: price.id,
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    created: price.created,
    currency: price.currency,
    interval: price.recurring.interval,
    interval_count: price.recurring.interval_count,
    metadata: { ...price.metadata },
    nickname: price.nickname,
    product: price.product,
  });

/** Writes metadata over the old: an empty value takes a key away, `null` takes all away. */
export function mergeMetadata(object, changes) {
  if (changes === undefined) return;
  const merged = changes === null ? {} : { ...object.metadata, ...changes };
  object.metadata = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ""));
}
