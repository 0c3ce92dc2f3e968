// Refunds, in full or in part. A card's succeeds at once; a bank's is pending until it is settled.

import { ApiError, invalid, oneOf } from "./errors.mjs";
import { mergeMetadata } from "./objects.mjs";
import { EXPAND, PAGE, atLeast, choice, id, metadata, range } from "./params.mjs";
import { SLOW, bookEntry, listBy } from "./payments.mjs";
import { change, emit, get, make, peek } from "./world.mjs";

const CREATE = {
  amount: atLeast(1),
  charge: id,
  metadata,
  payment_intent: id,
  reason: choice("duplicate", "fraudulent", "requested_by_customer"),
  ...EXPAND,
};
const LIST = { ...PAGE, charge: id, created: range, payment_intent: id };
const LIST_OF_CHARGE = { ...PAGE };

export const routes = [
  ["POST", "/v1/refunds", CREATE, createRefund],
  ["GET", "/v1/refunds", LIST, (world, params) => listBy(world, "refund", params, ["charge", "payment_intent"])],
  ["GET", "/v1/refunds/:id", EXPAND, (world, _, id) => get(world, "refund", id)],
  ["POST", "/v1/refunds/:id", { metadata, ...EXPAND }, update],
  ["GET", "/v1/charges/:id/refunds", LIST_OF_CHARGE, ofCharge],
];

export function createRefund(world, { metadata: changes, amount, reason = null, ...of }) {
  const charge = chargeOf(world, of);
  const left = charge.amount_captured - charge.amount_refunded;
  const payable = refundable(charge, left, amount);
  const { type } = charge.payment_method_details;
  const refund = make(world, "refund", {
    amount: payable,
    charge: charge.id,
    currency: charge.currency,
    customer: charge.customer,
    destination_details: destination(world, type),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason,
    status: SLOW.includes(type) ? "pending" : "succeeded",
  });
  mergeMetadata(refund, changes);
  refund.balance_transaction = bookEntry(world, "refund", refund.id, -payable, charge.currency).id;
  emit(world, "refund.created", refund);
  change(world, "charge.refunded", charge, () => take(charge, payable));
  return refund;
}

function chargeOf(world, { charge, payment_intent }) {
  if (charge && payment_intent) throw oneOf("charge", "payment_intent");
  if (charge) return get(world, "charge", charge, "charge");
  if (!payment_intent) {
    throw invalid("One of the following params should be provided for this request: payment_intent or charge.");
  }
  const intent = get(world, "payment_intent", payment_intent, "payment_intent");
  const found = intent.status === "succeeded" && peek(world, "charge", intent.latest_charge);
  if (!found) throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
  return found;
}

function refundable(charge, left, amount = left) {
  if (charge.status !== "succeeded") throw invalid(`Charge ${charge.id} has not succeeded and cannot be refunded.`);
  if (charge.disputed) {
    const message = `Charge ${charge.id} has been charged back; cannot issue a refund.`;
    throw invalid(message, { code: "charge_disputed" });
  }
  if (left === 0) {
    const message = `Charge ${charge.id} has already been refunded.`;
    throw invalid(message, { code: "charge_already_refunded" });
  }
  if (amount <= left) return amount;
  const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`;
  throw new ApiError(400, { message, param: "amount", type: "invalid_request_error" });
}

/** Where the money goes: back to the card or wallet, or as a transfer to the bank that was debited. */
function destination(world, type) {
  const transfer = { sepa_debit: "eu_bank_transfer", us_bank_account: "us_bank_transfer" }[type];
  if (transfer) return { [transfer]: { reference: null, reference_status: null }, type: transfer };
  return { [type]: type === "card" ? cardDetails(world) : {}, type };
}

const cardDetails = (world) => ({
  reference: world.ids.letters(23),
  reference_status: "available",
  reference_type: "acquirer_reference_number",
  type: "refund",
});

function take(charge, amount) {
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount_captured;
}

/** A pending refund arrives, or comes back to the account. */
export function settleRefund(world, refund, isPaid) {
  if (refund.status !== "pending") throw invalid(`Refund ${refund.id} is ${refund.status}, not pending.`);
  if (isPaid) return change(world, "refund.updated", refund, () => (refund.status = "succeeded"));
  const charge = get(world, "charge", refund.charge);
  take(charge, -refund.amount);
  const failure = bookEntry(world, "refund_failure", refund.id, refund.amount, refund.currency);
  change(world, "refund.updated", refund, () => {
    const reason = { failure_reason: "lost_or_stolen_card", failure_balance_transaction: failure.id };
    Object.assign(refund, { status: "failed", ...reason });
  });
  emit(world, "refund.failed", refund);
  return refund;
}

function update(world, { metadata: changes }, id) {
  const refund = get(world, "refund", id);
  return change(world, "refund.updated", refund, () => mergeMetadata(refund, changes));
}

function ofCharge(world, params, id) {
  const charge = get(world, "charge", id);
  return listBy(world, "refund", { ...params, charge: charge.id }, ["charge"], `/v1/charges/${id}/refunds`);
}
