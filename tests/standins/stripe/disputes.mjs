// Disputes: a buyer's bank takes the money back, and decides later who keeps it.

import { invalid } from "./errors.mjs";
import { EXPAND, PAGE, fields, flag, id, metadata, range, text } from "./params.mjs";
import { bookEntry, listBy } from "./payments.mjs";
import { mergeMetadata } from "./objects.mjs";
import { DAY } from "./time.mjs";
import { change, emit, get, make, now, peek } from "./world.mjs";

const LIST = { ...PAGE, charge: id, created: range, payment_intent: id };
const EVIDENCE = fields({ product_description: text, uncategorized_text: text, customer_name: text });
const UPDATE = { evidence: EVIDENCE, metadata, submit: flag, ...EXPAND };

export const routes = [
  ["GET", "/v1/disputes", LIST, (world, params) => listBy(world, "dispute", params, ["charge", "payment_intent"])],
  ["GET", "/v1/disputes/:id", EXPAND, (world, _, id) => get(world, "dispute", id)],
  ["POST", "/v1/disputes/:id", UPDATE, update],
  ["POST", "/v1/disputes/:id/close", EXPAND, (world, _, id) => closeDispute(world, get(world, "dispute", id), "lost")],
];

const OPEN = ["needs_response", "under_review"];

/** The buyer's bank opens a dispute about the charge. */
export function openDispute(world, charge, reason = "fraudulent") {
  if (charge.disputed) throw invalid(`Charge ${charge.id} is disputed already.`);
  if (charge.status !== "succeeded") throw invalid(`Charge ${charge.id} has not succeeded and cannot be disputed.`);
  const left = charge.amount_captured - charge.amount_refunded;
  const dispute = make(world, "dispute", {
    amount: left,
    charge: charge.id,
    currency: charge.currency,
    evidence_details: {
      due_by: now(world) + 9 * DAY,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    is_charge_refundable: false,
    payment_intent: charge.payment_intent,
    payment_method_details: {
      card: { brand: "visa", case_type: "chargeback", network: "visa", network_reason_code: "10.4" },
      type: "card",
    },
    reason,
    status: "needs_response",
  });
  charge.disputed = true;
  emit(world, "charge.updated", charge, { disputed: false });
  emit(world, "charge.dispute.created", dispute);
  change(world, "charge.dispute.funds_withdrawn", dispute, () => {
    dispute.balance_transactions = [bookEntry(world, "adjustment", dispute.id, -left, charge.currency)];
  });
  return dispute;
}

/** The bank decides: `won` or `lost`. */
export function closeDispute(world, dispute, status) {
  if (!OPEN.includes(dispute.status)) throw invalid("This dispute is already closed", { code: "dispute_closed" });
  change(world, "charge.dispute.closed", dispute, () => (dispute.status = status));
  if (status !== "won") return dispute;
  change(world, "charge.dispute.funds_reinstated", dispute, () => {
    const back = bookEntry(world, "adjustment", dispute.id, dispute.amount, dispute.currency);
    dispute.balance_transactions = [...dispute.balance_transactions, back];
  });
  return dispute;
}

function update(world, { evidence, metadata: changes, submit }, id) {
  const dispute = get(world, "dispute", id);
  if (!OPEN.includes(dispute.status)) throw invalid("This dispute is already closed", { code: "dispute_closed" });
  return change(world, "charge.dispute.updated", dispute, () => {
    Object.assign(dispute.evidence, evidence);
    dispute.evidence_details.has_evidence ||= evidence !== undefined;
    if (submit) {
      dispute.status = "under_review";
      Object.assign(dispute.evidence_details, { submission_count: 1, submission_method: "manual" });
    }
    mergeMetadata(dispute, changes);
  });
}

/** The dispute of a charge, if there is one. */
export const disputeOf = (world, charge) =>
  [...(world.objects.get("dispute")?.values() ?? [])].findLast((dispute) => dispute.charge === charge.id);

export const chargeOfIntent = (world, intent) => peek(world, "charge", intent.latest_charge);
