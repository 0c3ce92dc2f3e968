// Payment intents and their charges.

import { billingDetails, cardOf } from "./customers.mjs";
import { EXPAND, PAGE, id, metadata, range, text, emptyable } from "./params.mjs";
import { mergeMetadata } from "./objects.mjs";
import { all, change, emit, get, make, newId, page, peek } from "./world.mjs";

/** Ways to pay whose money takes days, and takes days to go back. */
export const SLOW = ["sepa_debit", "us_bank_account"];

const INTENT_LIST = { ...PAGE, created: range, customer: id };
const CHARGE_LIST = { ...PAGE, created: range, customer: id, payment_intent: id };
const UPDATE = { description: emptyable(text), metadata, ...EXPAND };

export const routes = [
  ["GET", "/v1/payment_intents", INTENT_LIST, (world, params) => listBy(world, "payment_intent", params, ["customer"])],
  ["GET", "/v1/payment_intents/:id", EXPAND, (world, _, id) => get(world, "payment_intent", id)],
  ["POST", "/v1/payment_intents/:id", UPDATE, (world, params, id) => update(get(world, "payment_intent", id), params)],
  ["GET", "/v1/charges", CHARGE_LIST, (world, params) => listBy(world, "charge", params, ["customer", "payment_intent"])],
  ["GET", "/v1/charges/:id", EXPAND, (world, _, id) => get(world, "charge", id)],
  ["POST", "/v1/charges/:id", UPDATE, (world, params, id) => update(get(world, "charge", id), params)],
  ["GET", "/v1/balance_transactions/:id", EXPAND, (world, _, id) => get(world, "balance_transaction", id)],
];

/** A page of the objects whose fields have the asked values. */
export function listBy(world, type, params, names, url = `/v1/${type}s`) {
  const keep = (object) => names.every((name) => params[name] === undefined || object[name] === params[name]);
  return page(world, all(world, type).filter(keep), params, url);
}

function update(object, { description, metadata: changes }) {
  if (description !== undefined) object.description = description;
  mergeMetadata(object, changes);
  return object;
}

/** A new intent to pay. `types`: the ways to pay that are allowed. */
export function newIntent(world, { types, metadata: changes, ...values }) {
  const intentId = newId(world, "payment_intent");
  const client_secret = `${intentId}_secret_${world.ids.letters(25)}`;
  const intent = make(world, "payment_intent", {
    id: intentId,
    client_secret,
    capture_method: "automatic_async",
    payment_method_options: { card: CARD_OPTIONS },
    payment_method_types: types ?? ["card"],
    ...values,
  });
  mergeMetadata(intent, changes);
  emit(world, "payment_intent.created", intent);
  return intent;
}

const CARD_OPTIONS = { installments: null, mandate_options: null, network: null, request_three_d_secure: "automatic" };

/** Collects the intent's amount as the customer's card behaves; says how it went. */
export function attempt(world, intent, method) {
  const state = method.type === "card" ? cardOf(world, intent.customer) : "ok";
  if (state === "declines") decline(world, intent, method);
  else if (state === "requires_action") askForAction(world, intent, method);
  else succeed(world, intent, method);
  return state;
}

/** The money has come. */
export function succeed(world, intent, method) {
  const charge = newCharge(world, intent, method, { status: "succeeded", paid: true });
  charge.amount_captured = intent.amount;
  charge.balance_transaction = bookEntry(world, "charge", charge.id, intent.amount, intent.currency).id;
  emit(world, "charge.succeeded", charge);
  Object.assign(intent, {
    amount_received: intent.amount,
    last_payment_error: null,
    latest_charge: charge.id,
    next_action: null,
    payment_method: method.id,
    processing: null,
    status: "succeeded",
  });
  emit(world, "payment_intent.succeeded", intent);
  return charge;
}

/** The money is on its way; it can take days. */
export function process(world, intent, method) {
  const charge = newCharge(world, intent, method, { status: "pending", paid: false });
  emit(world, "charge.pending", charge);
  Object.assign(intent, { latest_charge: charge.id, payment_method: method.id, status: "processing" });
  emit(world, "payment_intent.processing", intent);
}

/** The money that was on its way has come, or never will. */
export function settleProcessing(world, intent, isPaid) {
  const charge = peek(world, "charge", intent.latest_charge);
  const method = peek(world, "payment_method", intent.payment_method);
  if (!isPaid) {
    Object.assign(charge, { status: "failed", failure_code: "insufficient_funds", failure_message: "No funds." });
    emit(world, "charge.failed", charge);
    refuse(world, intent, method, charge, "payment_method_provider_decline");
    return;
  }
  Object.assign(charge, { status: "succeeded", paid: true, amount_captured: charge.amount });
  charge.balance_transaction = bookEntry(world, "charge", charge.id, charge.amount, charge.currency).id;
  emit(world, "charge.succeeded", charge);
  Object.assign(intent, { amount_received: intent.amount, status: "succeeded" });
  emit(world, "payment_intent.succeeded", intent);
}

/** The card said no. */
export function decline(world, intent, method) {
  const failure = { failure_code: "card_declined", failure_message: "Your card was declined." };
  const charge = newCharge(world, intent, method, { status: "failed", paid: false, captured: false, ...failure });
  const why = { network_status: "declined_by_network", reason: "generic_decline", type: "issuer_declined" };
  Object.assign(charge.outcome, why);
  charge.outcome.seller_message = "The bank did not return any further details with this decline.";
  emit(world, "charge.failed", charge);
  refuse(world, intent, method, charge, "card_declined");
}

function refuse(world, intent, method, charge, code) {
  const error = { charge: charge.id, code, message: charge.failure_message, payment_method: structuredClone(method) };
  const isCard = code === "card_declined";
  const decline_code = isCard ? { decline_code: "generic_decline" } : {};
  Object.assign(intent, {
    last_payment_error: { ...error, ...decline_code, type: isCard ? "card_error" : "invalid_request_error" },
    latest_charge: charge.id,
    payment_method: null,
    processing: null,
    status: "requires_payment_method",
  });
  emit(world, "payment_intent.payment_failed", intent);
}

function askForAction(world, intent, method) {
  const next_action = { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect" } };
  Object.assign(intent, { next_action, payment_method: method.id, status: "requires_action" });
  emit(world, "payment_intent.requires_action", intent);
}

/** An intent that nobody will pay any more. */
export function abandon(world, intent, reason) {
  if (["succeeded", "canceled"].includes(intent.status)) return;
  change(world, "payment_intent.canceled", intent, () => {
    Object.assign(intent, { status: "canceled", cancellation_reason: reason, canceled_at: world.clock.now() });
  });
}

function newCharge(world, intent, method, values) {
  const isCard = method.type === "card";
  const chargeId = isCard ? newId(world, "charge") : newId(world, "charge").replace("ch_", "py_");
  return make(world, "charge", {
    id: chargeId,
    amount: intent.amount,
    balance_transaction: null,
    billing_details: billingDetails(method.billing_details),
    calculated_statement_descriptor: "LYCEUM",
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    metadata: { ...intent.metadata },
    outcome: { ...OUTCOME },
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: { [method.type]: structuredClone(METHOD_DETAILS[method.type] ?? {}), type: method.type },
    receipt_url: `https://pay.stripe.com/receipts/payment/${chargeId}`,
    ...values,
  });
}

const OUTCOME = {
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: "approved_by_network",
  reason: null,
  risk_level: "normal",
  seller_message: "Payment complete.",
  type: "authorized",
};

const UNAVAILABLE = { status: "unavailable" };

const METHOD_DETAILS = {
  card: {
    amount_authorized: null,
    authorization_code: null,
    brand: "visa",
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: "US",
    electronic_commerce_indicator: null,
    exp_month: 8,
    exp_year: 2030,
    extended_authorization: { status: "disabled" },
    fingerprint: "AOB934RVNwzk6xtn",
    funding: "credit",
    incremental_authorization: UNAVAILABLE,
    installments: null,
    last4: "4242",
    mandate: null,
    multicapture: UNAVAILABLE,
    network: "visa",
    network_token: { used: false },
    network_transaction_id: null,
    overcapture: { maximum_amount_capturable: 0, status: "unavailable" },
    regulated_status: "unregulated",
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  },
  alipay: { buyer_id: "2088000000000000", fingerprint: null, transaction_id: null },
  wechat_pay: { fingerprint: null, location: null, reader: null, transaction_id: null },
  sepa_debit: {
    bank_code: "37040044", branch_code: null, country: "DE", fingerprint: "Ih3foEp6RvMtzNlP", last4: "3000", mandate: null,
  },
  us_bank_account: {
    account_holder_type: "individual",
    account_type: "checking",
    bank_name: "STRIPE TEST BANK",
    fingerprint: "Ih3foEp6RvMtzNlP",
    last4: "6789",
    payment_reference: null,
    routing_number: "110000000",
  },
};

/** An entry in the account's books; what is taken out is negative. */
export function bookEntry(world, type, source, amount, currency) {
  const created = world.clock.now();
  const values = { amount, net: amount, currency, source, type, reporting_category: type, available_on: created };
  return make(world, "balance_transaction", { ...values, description: null, fee: 0, fee_details: [], status: "pending" });
}
