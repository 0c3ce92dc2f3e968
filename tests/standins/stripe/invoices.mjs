// Invoices: draft, finalized, collected, and tried again when the card says no.

import { NOWHERE } from "./customers.mjs";
import { afterFailure, afterPayment } from "./cycle.mjs";
import { cardDeclined, invalid } from "./errors.mjs";
import { fresh, listOf, mergeMetadata } from "./objects.mjs";
import { EXPAND, PAGE, choice, fields, flag, id, metadata, range, required } from "./params.mjs";
import { abandon, attempt, newIntent, process, settleProcessing } from "./payments.mjs";
import { settle, sum } from "./sums.mjs";
import { DAY } from "./time.mjs";
import { all, change, emit, get, hiddenOf, make, newId, now, page, peek, schedule } from "./world.mjs";

const STATUS = choice("draft", "open", "paid", "uncollectible", "void");
const LIST = { ...PAGE, created: range, customer: id, status: STATUS, subscription: id };
const PAYMENT = fields({ payment_intent: id, type: required(choice("payment_intent")) });
const PAYMENTS = { ...PAGE, created: range, invoice: id, payment: PAYMENT, status: choice("canceled", "open", "paid") };

export const routes = [
  ["GET", "/v1/invoices", LIST, listInvoices],
  ["GET", "/v1/invoices/:id", EXPAND, (world, _, id) => get(world, "invoice", id)],
  ["POST", "/v1/invoices/:id", { auto_advance: flag, metadata, ...EXPAND }, update],
  ["POST", "/v1/invoices/:id/finalize", { auto_advance: flag, ...EXPAND }, finalizeCall],
  ["POST", "/v1/invoices/:id/pay", { off_session: flag, payment_method: id, ...EXPAND }, payCall],
  ["POST", "/v1/invoices/:id/void", EXPAND, (world, _, id) => voidInvoice(world, get(world, "invoice", id))],
  ["GET", "/v1/invoices/:id/lines", PAGE, (world, params, id) => linesOf(world, params, id)],
  ["GET", "/v1/invoice_payments", PAYMENTS, listPayments],
  ["GET", "/v1/invoice_payments/:id", EXPAND, (world, _, id) => get(world, "invoice_payment", id)],
];

export const subscriptionOf = (invoice) => invoice.parent?.subscription_details?.subscription ?? null;

function listInvoices(world, params) {
  const { subscription } = params;
  const keep = (invoice) =>
    (!params.customer || invoice.customer === params.customer) &&
    (!params.status || invoice.status === params.status) &&
    (!subscription || subscriptionOf(invoice) === subscription);
  return page(world, all(world, "invoice").filter(keep), params, "/v1/invoices");
}

function listPayments(world, params) {
  const intent = params.payment?.payment_intent;
  const found = all(world, "invoice_payment").filter(({ payment }) => !intent || payment.payment_intent === intent);
  const kept = found.filter(({ invoice, status }) => {
    return (!params.invoice || invoice === params.invoice) && (!params.status || status === params.status);
  });
  return page(world, kept, params, "/v1/invoice_payments");
}

function linesOf(world, params, id) {
  const { lines } = get(world, "invoice", id);
  return listOf(lines.data.slice(0, params.limit ?? 10), lines.url, lines.data.length > (params.limit ?? 10));
}

/**
 * A new draft. `lines`: what is billed, see `lineOf`; `period`: what the invoice looks back on;
 * `discounts`: `{ id, coupon }`; `tax`: percent, or nothing without automatic tax.
 */
export function newInvoice(world, { customer, subscription, reason, lines, period, discounts = [], tax, ...values }) {
  const invoiceId = newId(world, "invoice");
  const found = settle(lines.map(({ subtotal, price }) => ({ subtotal, isInclusive: isInclusive(price) })), discounts, tax);
  const data = lines.map((line, idx) => lineOf(world, line, found[idx], { invoiceId, subscription, tax }));
  const total = sum(found.map((line) => line.total));
  const taxes = sum(found.map((line) => line.tax));
  const discount = sum(found.map((line) => line.discount));
  const invoice = make(world, "invoice", {
    id: invoiceId,
    account_name: "Lyceum",
    auto_advance: true,
    automatic_tax: automaticTax(tax),
    billing_reason: reason,
    currency: lines[0].price.currency,
    customer: customer.id,
    ...addressOf(customer),
    discounts: discounts.map(({ id }) => id),
    lines: listOf(data, `/v1/invoices/${invoiceId}/lines`),
    parent: subscription ? parentOf(subscription) : null,
    period_end: period.end,
    period_start: period.start,
    subtotal: sum(found.map((line) => line.subtotal)),
    subtotal_excluding_tax: total - taxes + discount,
    total,
    total_discount_amounts: discounts.map(({ id }) => ({ amount: discountOf(found, id), discount: id })),
    total_excluding_tax: total - taxes,
    total_taxes: tax === undefined ? [] : [taxLine(taxes, total - taxes, false)],
    ...dues(Math.max(0, total), 0),
    ...values,
  });
  if (subscription) subscription.latest_invoice = invoice.id;
  emit(world, "invoice.created", invoice);
  return invoice;
}

const dues = (due, paid) => ({ amount_due: due, amount_paid: paid, amount_remaining: due - paid });

const isInclusive = (price) => price.tax_behavior === "inclusive";

const discountOf = (found, id) =>
  sum(found.flatMap((line) => line.discount_amounts).filter(({ discount }) => discount === id).map(({ amount }) => amount));

export const automaticTax = (tax) => ({
  disabled_reason: null,
  enabled: tax !== undefined,
  liability: tax === undefined ? null : { type: "self" },
  provider: tax === undefined ? null : "stripe",
  status: tax === undefined ? null : "complete",
});

const taxLine = (amount, taxable_amount, inclusive) => ({
  amount,
  tax_behavior: inclusive ? "inclusive" : "exclusive",
  tax_rate_details: null,
  taxability_reason: "standard_rated",
  taxable_amount,
  type: "tax_rate_details",
});

const addressOf = ({ address, email, name, phone, tax_exempt }) => ({
  customer_address: address && { ...NOWHERE, ...address },
  customer_email: email,
  customer_name: name,
  customer_phone: phone,
  customer_tax_exempt: tax_exempt,
});

const parentOf = ({ id, metadata }) => ({
  quote_details: null,
  subscription_details: { metadata: { ...metadata }, subscription: id },
  type: "subscription_details",
});

/** One line. `{ description, subtotal, quantity, price, period, item, isProration }`; `item`: the subscription item's id. */
function lineOf(world, line, found, { invoiceId, subscription, tax }) {
  const { description, quantity, price, period, item, isProration = false } = line;
  const details = { proration: isProration, proration_details: isProration ? { credited_items: null } : null };
  const ofItem = { ...details, invoice_item: null, subscription: subscription?.id, subscription_item: item };
  const ofInvoice = { ...details, invoice_item: `ii_1${world.ids.letters(23)}`, subscription: subscription?.id ?? null };
  return fresh("line_item", {
    id: newId(world, "line_item"),
    amount: found.subtotal,
    currency: price.currency,
    description,
    discount_amounts: found.discount_amounts,
    discountable: !isProration,
    discounts: found.discount_amounts.map(({ discount }) => discount),
    invoice: invoiceId,
    parent: {
      invoice_item_details: item ? null : ofInvoice,
      subscription_item_details: item ? ofItem : null,
      type: item ? "subscription_item_details" : "invoice_item_details",
    },
    period,
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: "price_details",
      unit_amount_decimal: price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subscription: subscription?.id ?? null,
    subtotal: found.subtotal,
    taxes: tax === undefined ? [] : [taxLine(found.tax, found.total - found.tax, found.isInclusive)],
  });
}

/** Lets a draft become final by itself after the time that the account gives its owner to edit it. */
export function finalizeLater(world, invoice) {
  const at = now(world) + world.settings.finalize_after_s;
  invoice.automatically_finalizes_at = at;
  schedule(world, at, () => {
    if (invoice.status === "draft" && invoice.auto_advance && finalize(world, invoice)) collect(world, invoice);
  });
}

/** Makes a draft final: number, amount due, an intent to pay. False if Stripe cannot, as without a place for tax. */
export function finalize(world, invoice) {
  const customer = peek(world, "customer", invoice.customer);
  if (hiddenOf(world, invoice.customer).failsFinalization) return failFinalization(world, invoice);
  const balance = customer?.balance ?? 0;
  const due = Math.max(0, invoice.total + balance);
  const left = Math.min(0, invoice.total + balance);
  const number = String(customer?.next_invoice_sequence ?? 1).padStart(4, "0");
  Object.assign(invoice, dues(due, 0), {
    automatically_finalizes_at: null,
    effective_at: now(world),
    ending_balance: left,
    hosted_invoice_url: `https://invoice.stripe.com/i/${invoice.id}`,
    invoice_pdf: `https://pay.stripe.com/invoice/${invoice.id}/pdf`,
    number: `${customer?.invoice_prefix}-${number}`,
    starting_balance: balance,
    status: "open",
  });
  invoice.last_finalization_error = null;
  invoice.status_transitions.finalized_at = now(world);
  if (customer) {
    customer.next_invoice_sequence++;
    change(world, "customer.updated", customer, () => (customer.balance = left));
  }
  emit(world, "invoice.finalized", invoice);
  if (due > 0) askForPayment(world, invoice);
  return true;
}

function failFinalization(world, invoice) {
  const message = "The customer's location isn't recognized. Set a valid customer address to calculate tax.";
  change(world, "invoice.updated", invoice, () => {
    const error = { code: "customer_tax_location_invalid", message, type: "invalid_request_error" };
    Object.assign(invoice, { auto_advance: false, automatically_finalizes_at: null, last_finalization_error: error });
    invoice.automatic_tax = { ...automaticTax(0), status: "requires_location_inputs" };
  });
  emit(world, "invoice.finalization_failed", invoice);
  return false;
}

const WHY = { subscription_create: "Subscription creation", subscription_cycle: "Subscription update" };

function askForPayment(world, invoice) {
  const intent = newIntent(world, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer,
    description: WHY[invoice.billing_reason] ?? "Payment for Invoice",
    metadata: {},
    types: hiddenOf(world, invoice.id).types,
  });
  make(world, "invoice_payment", {
    amount_requested: invoice.amount_due,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
}

/** The invoice's own record of its payment, and the intent behind it. Nothing if nothing was due. */
export function paymentOf(world, invoice) {
  const record = all(world, "invoice_payment").findLast((one) => one.invoice === invoice.id);
  return record && { record, intent: peek(world, "payment_intent", record.payment.payment_intent) };
}

/** Tries to collect an open invoice, as the customer's card behaves; says how it went. */
export function collect(world, invoice, { method, isSlow = false } = {}) {
  if (invoice.amount_remaining === 0) {
    markPaid(world, invoice);
    return "ok";
  }
  const { intent } = paymentOf(world, invoice);
  const means = method ?? methodFor(world, invoice);
  Object.assign(invoice, { attempt_count: invoice.attempt_count + 1, attempted: true, next_payment_attempt: null });
  if (!means) {
    failed(world, invoice, "declines");
    return "declines";
  }
  if (isSlow) {
    process(world, intent, means);
    return "processing";
  }
  const state = attempt(world, intent, means);
  if (state === "ok") markPaid(world, invoice);
  else failed(world, invoice, state);
  return state;
}

function methodFor(world, invoice) {
  const subscription = peek(world, "subscription", subscriptionOf(invoice));
  const customer = peek(world, "customer", invoice.customer);
  const id = subscription?.default_payment_method ?? customer?.invoice_settings.default_payment_method;
  return peek(world, "payment_method", id);
}

/** A slow payment has come, or never will. */
export function settleSlow(world, invoice, isPaid) {
  const { intent } = paymentOf(world, invoice);
  settleProcessing(world, intent, isPaid);
  if (isPaid) markPaid(world, invoice);
  else failed(world, invoice, "declines");
}

function markPaid(world, invoice) {
  const payment = paymentOf(world, invoice);
  Object.assign(invoice, dues(invoice.amount_due, invoice.amount_due), {
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: "paid",
  });
  invoice.status_transitions.paid_at = now(world);
  if (payment) {
    Object.assign(payment.record, { amount_paid: invoice.amount_paid, status: "paid" });
    payment.record.status_transitions.paid_at = now(world);
    emit(world, "invoice_payment.paid", payment.record);
  }
  emit(world, "invoice.paid", invoice);
  emit(world, "invoice.payment_succeeded", invoice);
  afterPayment(world, invoice);
}

function failed(world, invoice, state) {
  const days = world.settings.retry_days[invoice.attempt_count - 1];
  const at = days === undefined ? null : now(world) + days * DAY;
  invoice.next_payment_attempt = at;
  if (state === "requires_action") emit(world, "invoice.payment_action_required", invoice);
  emit(world, "invoice.payment_failed", invoice);
  if (at) schedule(world, at, () => retry(world, invoice, at));
  afterFailure(world, invoice, at === null);
}

function retry(world, invoice, at) {
  if (invoice.status === "open" && invoice.next_payment_attempt === at) collect(world, invoice);
}

/** Nobody will be asked for this invoice by itself any more. */
export function stopCollecting(invoice) {
  if (["draft", "open"].includes(invoice.status)) Object.assign(invoice, { auto_advance: false, next_payment_attempt: null });
}

export function voidInvoice(world, invoice) {
  if (!["open", "uncollectible"].includes(invoice.status)) {
    throw invalid(`You can only pass in open invoices. This invoice isn't open.`, { code: "invoice_not_editable" });
  }
  const payment = paymentOf(world, invoice);
  if (payment) {
    abandon(world, payment.intent, "void_invoice");
    payment.record.status = "canceled";
    payment.record.status_transitions.canceled_at = now(world);
  }
  Object.assign(invoice, { status: "void", amount_remaining: 0, next_payment_attempt: null });
  invoice.status_transitions.voided_at = now(world);
  emit(world, "invoice.voided", invoice);
  return invoice;
}

function update(world, { auto_advance, metadata: changes }, id) {
  return change(world, "invoice.updated", get(world, "invoice", id), (invoice) => {
    invoice.auto_advance = auto_advance ?? invoice.auto_advance;
    mergeMetadata(invoice, changes);
  });
}

function finalizeCall(world, _, id) {
  const invoice = get(world, "invoice", id);
  if (invoice.status !== "draft") {
    const message = "This invoice is already finalized, you can't re-finalize a non-draft invoice.";
    throw invalid(message, { code: "invoice_not_editable" });
  }
  finalize(world, invoice);
  return invoice;
}

function payCall(world, params, id) {
  const invoice = get(world, "invoice", id);
  if (invoice.status === "paid") throw invalid("Invoice is already paid");
  if (invoice.status === "draft") finalize(world, invoice);
  if (!["open", "uncollectible"].includes(invoice.status)) throw invalid(`Invoice is ${invoice.status} and cannot be paid.`);
  const method = params.payment_method && get(world, "payment_method", params.payment_method, "payment_method");
  const state = collect(world, invoice, { method });
  if (state !== "ok") throw cardDeclined(structuredClone(paymentOf(world, invoice)?.intent));
  return invoice;
}
