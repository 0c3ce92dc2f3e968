// What a buyer's press of the button does to a checkout session.

import { detailsOf, applyCode, reprice, trialEndOf } from "./checkout.mjs";
import { redeemable } from "./catalog.mjs";
import { NOWHERE, createCustomer, newMethod, setCard } from "./customers.mjs";
import { newDiscount, startSubscription } from "./cycle.mjs";
import { invalid } from "./errors.mjs";
import { collect, finalize, newInvoice, paymentOf, settleSlow } from "./invoices.mjs";
import { SLOW, decline, newIntent, process, settleProcessing, succeed } from "./payments.mjs";
import { change, emit, hiddenOf, now, peek } from "./world.mjs";

/**
 * The buyer pays. `card`: `ok`, `declines` (nothing is sold, the session stays open) or `requires_action` (the buyer is
 * there now and confirms; a renewal will need them again). `method`: another way to pay than a card; a slow one
 * completes the session before the money has come. Says whether something was sold.
 */
export function pay(world, session, { card = "ok", method = "card", email, name, country, code, quantity } = {}) {
  if (session.status !== "open") throw invalid(`This Checkout Session is ${session.status}.`);
  if (!session.payment_method_types.includes(method)) throw invalid(`This Checkout Session does not take ${method}.`);
  if (code) applyCode(world, session, code);
  if (quantity) adjust(world, session, quantity);
  checkDiscount(world, session);
  const buyer = buyerOf(world, session, { email, name, country });
  placeForTax(world, session, buyer);
  if (card === "declines" && session.amount_total > 0) {
    turnAway(world, session, buyer);
    return { isSold: false };
  }
  const customer = customerOf(world, session, buyer);
  if (customer) setCard(world, customer.id, card);
  const isSlow = SLOW.includes(method);
  const sell = session.mode === "subscription" ? sellSubscription : sellOnce;
  Object.assign(session, sell(world, session, { buyer, customer, method, isSlow }));
  complete(world, session, { buyer, customer, isSlow });
  return { isSold: true };
}

function adjust(world, session, quantity) {
  const { items } = hiddenOf(world, session.id);
  const { enabled, minimum, maximum } = items[0].adjustable_quantity ?? {};
  if (!enabled || quantity < (minimum ?? 0) || quantity > (maximum ?? 99)) throw invalid("This quantity cannot be chosen.");
  items[0].quantity = quantity;
  reprice(world, session);
}

/** Somebody else may have had the last of the coupons since the page was opened. */
function checkDiscount(world, session) {
  const { discount } = hiddenOf(world, session.id);
  if (discount) redeemable(world, discount.coupon.id, session.currency, "discounts");
}

function buyerOf(world, session, { email, name, country }) {
  const customer = peek(world, "customer", session.customer);
  const address = country ? { ...NOWHERE, country } : (customer?.address ?? { ...NOWHERE, country: "US" });
  return {
    address,
    email: customer?.email ?? session.customer_email ?? email ?? "buyer@example.com",
    name: name ?? customer?.name ?? "Jenny Rosen",
    tax_exempt: customer?.tax_exempt ?? "none",
  };
}

function placeForTax(world, session, { address, tax_exempt }) {
  if (!session.automatic_tax.enabled) return;
  const percent = tax_exempt === "none" ? (world.settings.tax[address.country] ?? 0) : 0;
  hiddenOf(world, session.id).tax = percent;
  reprice(world, session);
}

/** A declined card leaves an intent behind, and the session as it was. */
function turnAway(world, session, buyer) {
  if (session.mode !== "payment") return;
  const intent = peek(world, "payment_intent", session.payment_intent) ?? intentOf(world, session, null);
  session.payment_intent = intent.id;
  decline(world, intent, newMethod(world, "card", { details: buyer }));
}

function customerOf(world, session, buyer) {
  const known = peek(world, "customer", session.customer);
  const { customer_update: update = {} } = hiddenOf(world, session.id).params;
  if (known) {
    return change(world, "customer.updated", known, () => {
      if (update.address === "auto") known.address = buyer.address;
      if (update.name === "auto") known.name = buyer.name;
    });
  }
  if (session.mode === "payment" && session.customer_creation !== "always") return null;
  const { address, email, name } = buyer;
  return createCustomer(world, { address, email, name });
}

function intentOf(world, session, customer) {
  const { params } = hiddenOf(world, session.id);
  const { description = null, metadata, receipt_email = null } = params.payment_intent_data ?? {};
  return newIntent(world, {
    amount: session.amount_total,
    currency: session.currency,
    customer: customer?.id ?? null,
    description,
    metadata,
    receipt_email,
    types: session.payment_method_types,
  });
}

function sellOnce(world, session, { buyer, customer, method, isSlow }) {
  const discounts = discountsFor(world, session, customer);
  const how = { buyer, customer, method, isSlow, discounts };
  if (session.invoice_creation.enabled) return sellWithInvoice(world, session, how);
  if (session.amount_total === 0) return {};
  const means = newMethod(world, method, { details: buyer });
  const intent = peek(world, "payment_intent", session.payment_intent) ?? intentOf(world, session, customer);
  intent.customer = customer?.id ?? null;
  (isSlow ? process : succeed)(world, intent, means);
  return { payment_intent: intent.id };
}

/** The discount as an object of its own, for whatever has a customer or an invoice. */
function discountsFor(world, session, customer) {
  const { discount } = hiddenOf(world, session.id);
  if (!discount) return [];
  const made = newDiscount(world, { ...discount, session: session.id }, { customer });
  return [{ id: made.id, coupon: discount.coupon }];
}

function sellWithInvoice(world, session, { buyer, customer, method, isSlow, discounts }) {
  const { lines, tax, params } = hiddenOf(world, session.id);
  const { description = null, metadata = {} } = params.invoice_creation.invoice_data ?? {};
  const at = { start: now(world), end: now(world) };
  const billed = lines.map(({ price, item: { description, quantity } }) => {
    return { description, price, quantity, period: at, subtotal: price.unit_amount * quantity };
  });
  const of = { customer, reason: "manual", lines: billed, period: at, discounts, tax };
  const invoice = newInvoice(world, { ...of, description, metadata });
  hiddenOf(world, invoice.id).types = session.payment_method_types;
  finalize(world, invoice);
  const payment = paymentOf(world, invoice);
  if (payment) Object.assign(payment.intent, { metadata: { ...params.payment_intent_data?.metadata } });
  const means = payment && newMethod(world, method, { customer: customer.id, details: buyer });
  setCard(world, customer.id, "ok");
  collect(world, invoice, { method: means, isSlow });
  return { invoice: invoice.id, payment_intent: payment?.intent.id ?? null };
}

function sellSubscription(world, session, { buyer, customer, method, isSlow }) {
  const { lines, discount, params } = hiddenOf(world, session.id);
  const { description = null, metadata, trial_settings } = params.subscription_data ?? {};
  const isAsked = session.payment_method_collection === "always" || session.amount_total > 0;
  const means = isAsked ? newMethod(world, method, { customer: customer.id, details: buyer }) : undefined;
  const wanted = lines.map(({ price, item }) => ({ price, quantity: item.quantity, name: item.description }));
  // The buyer is here and confirms; how the card behaves later is set again below.
  const card = hiddenOf(world, customer.id).card;
  setCard(world, customer.id, "ok");
  const { subscription, invoice } = startSubscription(world, {
    customer,
    discounts: discount ? [{ ...discount, session: session.id }] : [],
    extras: wanted.filter(({ price }) => !price.recurring),
    isSlow,
    isTaxed: session.automatic_tax.enabled,
    items: wanted.filter(({ price }) => price.recurring),
    method: means,
    missing: trial_settings?.end_behavior.missing_payment_method,
    trialEnd: trialEndOf(world, session),
    values: { description, metadata },
  });
  setCard(world, customer.id, card);
  return { invoice: invoice.id, subscription: subscription.id };
}

function complete(world, session, { buyer, customer, isSlow }) {
  const isFree = session.amount_total === 0;
  const paid = isSlow ? "unpaid" : "paid";
  Object.assign(session, {
    customer: customer?.id ?? session.customer,
    customer_details: detailsOf({ ...buyer, ...(customer && { tax_exempt: customer.tax_exempt }) }),
    payment_status: isFree ? world.settings.free_status : paid,
    status: "complete",
    url: null,
  });
  emit(world, "checkout.session.completed", session);
}

/** The money of a slow payment has come, or never will. */
export function settleAsync(world, session, isPaid) {
  const invoice = peek(world, "invoice", session.invoice);
  const intent = invoice ? paymentOf(world, invoice)?.intent : peek(world, "payment_intent", session.payment_intent);
  if (intent?.status !== "processing") throw invalid("This Checkout Session waits for no payment.");
  if (invoice) settleSlow(world, invoice, isPaid);
  else settleProcessing(world, intent, isPaid);
  if (isPaid) session.payment_status = "paid";
  emit(world, `checkout.session.async_payment_${isPaid ? "succeeded" : "failed"}`, session);
  return session;
}

/** The charge behind a completed session, if there is one. */
export function chargeOfSession(world, session) {
  const invoice = peek(world, "invoice", session.invoice);
  const intent = peek(world, "payment_intent", session.payment_intent) ?? (invoice && paymentOf(world, invoice)?.intent);
  return intent && peek(world, "charge", intent.latest_charge);
}
