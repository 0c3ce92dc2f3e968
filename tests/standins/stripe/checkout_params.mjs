// What a new checkout session may be told, and which of it fits together.

import { RECURRING } from "./catalog.mjs";
import { liveCustomer } from "./customers.mjs";
import { invalid, oneOf } from "./errors.mjs";
import {
  EXPAND, atLeast, choice, currency, decimal, email, fields, flag, id, integer, list, metadata, required, text, webAddress,
} from "./params.mjs";
import { DAY } from "./time.mjs";
import { now } from "./world.mjs";

const LOCALES =
  "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl " +
  "sv th tr vi zh zh-HK zh-TW";

const METHODS = choice("alipay", "card", "link", "paypal", "sepa_debit", "us_bank_account", "wechat_pay");
const PRODUCT_DATA = fields({ description: text, images: list(webAddress), metadata, name: required(text), tax_code: text });
const PRICE_DATA = fields({
  currency: required(currency),
  product: id,
  product_data: PRODUCT_DATA,
  recurring: fields(RECURRING),
  tax_behavior: choice("exclusive", "inclusive", "unspecified"),
  unit_amount: atLeast(0),
  unit_amount_decimal: decimal,
});
const ADJUSTABLE = fields({ enabled: required(flag), maximum: atLeast(1), minimum: atLeast(0) });
const LINE = fields({ adjustable_quantity: ADJUSTABLE, metadata, price: id, price_data: PRICE_DATA, quantity: atLeast(1) });
const END_BEHAVIOR = fields({ missing_payment_method: required(choice("cancel", "create_invoice", "pause")) });
const AUTO = choice("auto", "never");

/** The parameters of `POST /v1/checkout/sessions`. */
export const CREATE = {
  adaptive_pricing: fields({ enabled: flag }),
  allow_promotion_codes: flag,
  allowed_payment_method_types: list(METHODS),
  automatic_tax: fields({ enabled: required(flag) }),
  billing_address_collection: choice("auto", "required"),
  cancel_url: webAddress,
  client_reference_id: text,
  consent_collection: fields({ promotions: choice("auto", "none"), terms_of_service: choice("none", "required") }),
  customer: id,
  customer_creation: choice("always", "if_required"),
  customer_email: email,
  customer_update: fields({ address: AUTO, name: AUTO }),
  discounts: list(fields({ coupon: id, promotion_code: id })),
  expires_at: integer,
  invoice_creation: fields({ enabled: required(flag), invoice_data: fields({ description: text, metadata }) }),
  line_items: list(LINE),
  locale: choice(...LOCALES.split(" ")),
  metadata,
  mode: required(choice("payment", "setup", "subscription")),
  payment_intent_data: fields({ description: text, metadata, receipt_email: email }),
  payment_method_collection: choice("always", "if_required"),
  payment_method_options: fields({ wechat_pay: fields({ client: required(choice("android", "ios", "web")) }) }),
  payment_method_types: list(METHODS),
  phone_number_collection: fields({ enabled: required(flag) }),
  submit_type: choice("auto", "book", "donate", "pay", "subscribe"),
  subscription_data: fields({
    description: text,
    metadata,
    trial_end: integer,
    trial_period_days: atLeast(1),
    trial_settings: fields({ end_behavior: required(END_BEHAVIOR) }),
  }),
  success_url: required(webAddress),
  tax_id_collection: fields({ enabled: required(flag) }),
  ui_mode: choice("hosted_page"),
  ...EXPAND,
};

/** Refuses what Stripe refuses, before anything is made. */
export function check(world, params) {
  checkMode(params);
  checkCustomer(world, params);
  checkMethods(world, params);
  if (params.allow_promotion_codes !== undefined && params.discounts) throw oneOf("allow_promotion_codes", "discounts");
  if (params.discounts?.length > 1) {
    throw invalid("You can only apply one discount to a Checkout Session.", { param: "discounts" });
  }
  for (const { coupon, promotion_code } of params.discounts ?? []) {
    if (coupon && promotion_code) throw oneOf("discounts[0][coupon]", "discounts[0][promotion_code]");
  }
  const wait = params.expires_at === undefined ? DAY : params.expires_at - now(world);
  if (wait < 30 * 60 || wait > DAY) {
    const message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.";
    throw invalid(message, { param: "expires_at" });
  }
}

function checkMode(params) {
  const { mode } = params;
  if (mode === "setup") throw invalid("The stand-in sells; it has no `setup` mode.", { param: "mode" });
  const other = mode === "payment" ? "subscription_data" : "payment_intent_data";
  if (params[other]) throw invalid(`You can not pass \`${other}\` in \`${mode}\` mode.`, { param: other });
  if (!params.line_items?.length) {
    throw invalid("Missing required param: line_items.", { code: "parameter_missing", param: "line_items" });
  }
  if (mode === "payment") {
    if (!params.payment_method_collection) return;
    const message = "You can only set `payment_method_collection` if there are recurring prices.";
    throw invalid(message, { param: "payment_method_collection" });
  }
  if (params.invoice_creation?.enabled) {
    const message = "You can only enable invoice creation when `mode` is set to `payment`.";
    throw invalid(message, { param: "invoice_creation" });
  }
  if (params.customer_creation) {
    throw invalid("`customer_creation` can only be used in `payment` and `setup` mode.", { param: "customer_creation" });
  }
  const { trial_end, trial_period_days } = params.subscription_data ?? {};
  if (trial_end && trial_period_days) throw oneOf("subscription_data[trial_end]", "subscription_data[trial_period_days]");
}

function checkCustomer(world, params) {
  const { customer, customer_email, customer_update = {} } = params;
  if (customer && customer_email) throw oneOf("customer", "customer_email");
  if (!customer && params.customer_update) {
    throw invalid("`customer_update` can only be used with `customer`.", { param: "customer_update" });
  }
  const found = customer && liveCustomer(world, customer);
  if (found && params.automatic_tax?.enabled && !found.address && customer_update.address !== "auto") {
    const message =
      "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the " +
      "Customer or set `customer_update[address]` to 'auto'.";
    throw invalid(message, { code: "customer_tax_location_invalid" });
  }
  if (found && params.tax_id_collection?.enabled && customer_update.name !== "auto") {
    throw invalid("Tax ID collection for an existing customer requires `customer_update[name]` to be `auto`.");
  }
}

// Since this version a session is told what to choose from; before, it was told the ways to pay themselves.
const FILTERS_SINCE = "2026-09-30";

function checkMethods(world, { mode, payment_method_options, ...given }) {
  const gone = world.version < FILTERS_SINCE ? "allowed_payment_method_types" : "payment_method_types";
  if (given[gone]) throw invalid(`Received unknown parameter: ${gone}`, { code: "parameter_unknown", param: gone });
  const types = given.payment_method_types ?? [];
  const once = types.find((type) => ONCE.includes(type));
  if (once && mode === "subscription") {
    const message = `The payment method \`${once}\` cannot be used in \`subscription\` mode.`;
    throw invalid(message, { param: "payment_method_types" });
  }
  if (types.includes("wechat_pay") && !payment_method_options?.wechat_pay) {
    const param = "payment_method_options[wechat_pay][client]";
    throw invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param });
  }
}

/** Ways to pay that cannot be charged again without the buyer. */
const ONCE = ["alipay", "wechat_pay"];
const WALLET_CURRENCIES = ["aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "sgd", "usd"];

/**
 * The ways to pay that a session offers: those it names, or those that the account takes and that suit it. A bank
 * that pays later is among them for every currency, so that tests can wait for money in any.
 */
export function methodsFor({ mode, payment_method_types, allowed_payment_method_types: allowed }, currency) {
  if (payment_method_types) return payment_method_types;
  const wallets = mode === "payment" && WALLET_CURRENCIES.includes(currency) ? ONCE : [];
  const suitable = ["card", ...wallets, currency === "eur" ? "sepa_debit" : "us_bank_account"];
  const offered = suitable.filter((type) => !allowed || allowed.includes(type));
  if (offered.length > 0) return offered;
  const message = "No valid payment method types for this Checkout Session.";
  throw invalid(message, { param: "allowed_payment_method_types" });
}
