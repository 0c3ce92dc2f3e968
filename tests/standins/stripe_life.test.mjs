// The lives of subscriptions and payments, by the stand-in's own calendar.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DAY, NOON, order, refusal, sell, startWatched, typesOf } from "./stripe_kit.mjs";

const HOUR = 3_600;

/** Runs one life with a stand-in of its own. */
function life(name, run) {
  test(name, async () => {
    const kit = await startWatched();
    try {
      await run(kit);
    } finally {
      await kit.stop();
    }
  });
}

const advance = async ({ control }, seconds) => (await control.advance({ seconds })).events;
const status = async ({ stripe }, subscription) => (await stripe.subscriptions.retrieve(subscription)).status;
const periodEnd = async ({ stripe }, id) => (await stripe.subscriptions.retrieve(id)).items.data[0].current_period_end;
const date = (time) => new Date(time * 1_000).toISOString().slice(0, 10);
const told = (events, ...types) => typesOf(events).filter((type) => types.includes(type));

describe("a subscription", () => {
  life("renews on the day of its anchor, whatever the month's length", async (kit) => {
    const { subscription } = await sell(kit, { interval: "month" });
    const ends = [await periodEnd(kit, subscription)];
    for (let month = 0; month < 3; month++) {
      await advance(kit, ends.at(-1) - NOON - sumOf(kit));
      ends.push(await periodEnd(kit, subscription));
    }
    assert.deepEqual(ends.map(date), ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]);
    const { data } = await kit.stripe.invoices.list({ subscription });
    assert.deepEqual(data.map(({ status, billing_reason }) => `${status} ${billing_reason}`), [
      "draft subscription_cycle", "paid subscription_cycle", "paid subscription_cycle", "paid subscription_create",
    ]);
    await advance(kit, HOUR);
    assert.equal((await kit.stripe.invoices.retrieve(data[0].id)).status, "paid");
  });

  life("with a trial warns three days before, then charges", async (kit) => {
    const { subscription } = await sell(kit, { interval: "month", subscription_data: { trial_period_days: 14 } });
    assert.deepEqual(told(await advance(kit, 11 * DAY - 1), "customer.subscription.trial_will_end"), []);
    assert.deepEqual(typesOf(await advance(kit, 1)), ["customer.subscription.trial_will_end"]);
    assert.equal(await status(kit, subscription), "trialing");
    await advance(kit, 3 * DAY + HOUR);
    const after = await kit.stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] });
    assert.deepEqual([after.status, after.latest_invoice.amount_paid], ["active", 4_900]);
  });

  life("with a short trial warns at once", async (kit) => {
    const trial = { subscription_data: { trial_period_days: 2 } };
    const session = await kit.stripe.checkout.sessions.create(order({ interval: "month", ...trial }));
    await kit.control.pay({ session: session.id });
    assert.deepEqual(typesOf(await advance(kit, 0)), ["customer.subscription.trial_will_end"]);
  });

  life("without a card pauses after the trial if told so, and can be resumed", async (kit) => {
    const end_behavior = { missing_payment_method: "pause" };
    const { subscription } = await sell(kit, {
      interval: "month",
      payment_method_collection: "if_required",
      subscription_data: { trial_period_days: 5, trial_settings: { end_behavior } },
    });
    const events = await advance(kit, 5 * DAY);
    assert.deepEqual(told(events, "customer.subscription.paused"), ["customer.subscription.paused"]);
    assert.equal(await status(kit, subscription), "paused");
    await advance(kit, 60 * DAY);
    assert.equal(await status(kit, subscription), "paused");
    await kit.stripe.subscriptions.resume(subscription);
    assert.equal(kit.standIn.events.at(-1).type, "customer.subscription.resumed");
  });

  life("can be paused and resumed by its owner", async (kit) => {
    const { subscription } = await sell(kit, { interval: "month" });
    assert.equal((await kit.stripe.subscriptions.pause(subscription)).status, "paused");
    assert.match((await refusal(kit.stripe.subscriptions.pause(subscription))).message, /status paused/);
    const from = { billing_cycle_anchor: { type: "now" } };
    assert.equal((await kit.stripe.subscriptions.resume(subscription, from)).status, "active");
    assert.match((await refusal(kit.stripe.subscriptions.resume(subscription))).message, /only resume/);
  });

  life("whose collection is paused goes on without being paid", async (kit) => {
    const { subscription } = await sell(kit, { interval: "month" });
    const resumes_at = NOON + 40 * DAY;
    await kit.stripe.subscriptions.update(subscription, { pause_collection: { behavior: "void", resumes_at } });
    const events = await advance(kit, 29 * DAY);
    assert.deepEqual(told(events, "invoice.paid", "customer.subscription.paused"), []);
    assert.deepEqual([await status(kit, subscription), (await newestInvoice(kit, subscription)).status], ["active", "void"]);
    await advance(kit, 11 * DAY);
    assert.equal((await kit.stripe.subscriptions.retrieve(subscription)).pause_collection, null);
  });

  for (const [after_retries, last] of [["cancel", "canceled"], ["unpaid", "unpaid"], ["past_due", "past_due"]]) {
    life(`that is not paid is past due, and after the last retry ${last}`, async (kit) => {
      await kit.control.settings({ retry_days: [3, 5], after_retries });
      const { subscription, customer } = await sell(kit, { interval: "month" });
      await kit.control.setCard({ customer, state: "declines" });
      const first = await advance(kit, 28 * DAY + HOUR);
      assert.deepEqual(told(first, "invoice.payment_failed"), ["invoice.payment_failed"]);
      assert.equal(await status(kit, subscription), "past_due");
      const { attempt_count, next_payment_attempt, created } = await newestInvoice(kit, subscription);
      assert.deepEqual([attempt_count, next_payment_attempt - created], [1, 3 * DAY + HOUR]);
      await advance(kit, 3 * DAY);
      assert.equal(await status(kit, subscription), "past_due");
      const events = await advance(kit, 5 * DAY);
      assert.equal(await status(kit, subscription), last);
      assert.equal(told(events, "customer.subscription.deleted").length, last === "canceled" ? 1 : 0);
      const ended = await kit.stripe.subscriptions.retrieve(subscription);
      assert.equal(ended.cancellation_details.reason, last === "canceled" ? "payment_failed" : null);
    });
  }

  life("that is past due recovers with the next retry, or when the invoice is paid", async (kit) => {
    const { subscription, customer } = await sell(kit, { interval: "month" });
    await kit.control.setCard({ customer, state: "declines" });
    await advance(kit, 28 * DAY + HOUR);
    const invoice = (await newestInvoice(kit, subscription)).id;
    const refused = await refusal(kit.stripe.invoices.pay(invoice));
    assert.deepEqual([refused.status, refused.type, refused.code], [402, "card_error", "card_declined"]);
    await kit.control.setCard({ customer, state: "ok" });
    const { events } = await kit.control.payInvoice({ subscription });
    const types = ["invoice.paid", "customer.subscription.updated"];
    assert.deepEqual(told(events, ...types), types);
    assert.equal(await status(kit, subscription), "active");
    await kit.control.setCard({ customer, state: "declines" });
    await advance(kit, 31 * DAY);
    assert.equal(await status(kit, subscription), "past_due");
    await kit.control.setCard({ customer, state: "ok" });
    await advance(kit, 3 * DAY);
    assert.equal(await status(kit, subscription), "active");
  });

  life("whose card asks for the buyer says so", async (kit) => {
    const { subscription } = await sell(kit, { interval: "month" }, { card: "requires_action" });
    assert.equal(await status(kit, subscription), "active");
    const events = await advance(kit, 28 * DAY + HOUR);
    const types = ["invoice.payment_action_required", "invoice.payment_failed"];
    assert.deepEqual(told(events, ...types), types);
    const invoice = await kit.stripe.invoices.retrieve((await newestInvoice(kit, subscription)).id, {
      expand: ["payments.data.payment.payment_intent"],
    });
    assert.equal(invoice.payments.data[0].payment.payment_intent.status, "requires_action");
  });

  life("cancelled for the end of its period lives until then, unless it is kept", async (kit) => {
    const { subscription } = await sell(kit, { interval: "month" });
    const ending = await kit.stripe.subscriptions.update(subscription, { cancel_at_period_end: true });
    assert.equal(ending.cancel_at, ending.items.data[0].current_period_end);
    const kept = await kit.stripe.subscriptions.update(subscription, { cancel_at_period_end: false });
    assert.deepEqual([kept.cancel_at, kept.canceled_at], [null, null]);
    await kit.control.cancelAtPeriodEnd({ subscription });
    await advance(kit, 28 * DAY - 1);
    assert.equal(await status(kit, subscription), "active");
    assert.deepEqual(typesOf(await advance(kit, 1)), ["customer.subscription.deleted"]);
    const { status: last, ended_at, latest_invoice } = await kit.stripe.subscriptions.retrieve(subscription);
    assert.deepEqual([last, ended_at], ["canceled", NOON + 28 * DAY]);
    assert.equal((await kit.stripe.invoices.retrieve(latest_invoice)).billing_reason, "subscription_create");
  });

  life("cancelled at once is over, and most of it cannot be changed", async (kit) => {
    const { subscription, customer } = await sell(kit, { interval: "month" });
    const details = { cancellation_details: { feedback: "too_expensive", comment: "Sorry" } };
    const { status: last, cancellation_details } = await kit.stripe.subscriptions.cancel(subscription, details);
    assert.deepEqual([last, cancellation_details.feedback], ["canceled", "too_expensive"]);
    assert.equal((await refusal(kit.stripe.subscriptions.cancel(subscription))).code, "resource_missing");
    const refused = await refusal(kit.stripe.subscriptions.update(subscription, { cancel_at_period_end: true }));
    assert.match(refused.message, /canceled subscription/);
    assert.deepEqual((await kit.stripe.subscriptions.list({ customer })).data, []);
    for (const wanted of ["all", "canceled", "ended"]) {
      assert.equal((await kit.stripe.subscriptions.list({ customer, status: wanted })).data.length, 1);
    }
    assert.deepEqual(typesOf(await advance(kit, 60 * DAY)), []);
  });

  life("changes plan and seats, and pays the difference", async (kit) => {
    const { stripe } = kit;
    const { id: product } = await stripe.products.create({ name: "Team" });
    const price = (unit_amount, interval) =>
      stripe.prices.create({ product, currency: "usd", unit_amount, recurring: { interval } });
    const [small, large, yearly] = await Promise.all([price(2_800, "month"), price(5_600, "month"), price(20_000, "year")]);
    const line_items = [{ price: small.id, quantity: 5 }];
    const session = await stripe.checkout.sessions.create({ ...order(), mode: "subscription", line_items });
    const { result } = await kit.control.pay({ session: session.id });
    const { subscription } = result.session;
    await advance(kit, 14 * DAY);
    const [item] = (await stripe.subscriptions.retrieve(subscription)).items.data;
    const seats = await stripe.subscriptions.update(subscription, { items: [{ id: item.id, quantity: 3 }] });
    assert.equal(seats.items.data[0].quantity, 3);
    await advance(kit, 14 * DAY + HOUR);
    const { lines, total } = await newestInvoice(kit, subscription);
    assert.deepEqual(lines.data.map(({ amount, parent }) => [amount, parent.subscription_item_details.proration]), [
      [3 * 2_800, false], [-7_000, true], [4_200, true],
    ]);
    assert.equal(total, 5_600);
    const dear = { items: [{ id: item.id, price: large.id }], proration_behavior: "always_invoice" };
    await stripe.subscriptions.update(subscription, dear);
    const billed = await newestInvoice(kit, subscription);
    assert.deepEqual([billed.billing_reason, billed.status, billed.total > 8_000], ["subscription_update", "paid", true]);
    const { result: year } = await kit.control.changePlan({ subscription, price: yearly.id });
    assert.equal(date(year.items.data[0].current_period_end), "2027-02-28");
    const credit = await newestInvoice(kit, subscription);
    assert.equal(credit.lines.data[0].amount, 60_000);
    assert(credit.total < 60_000 && credit.status === "paid");
  });

  life("gets a discount for some months, or once", async (kit) => {
    await kit.stripe.coupons.create({ id: "TWO", percent_off: 50, duration: "repeating", duration_in_months: 2 });
    await kit.stripe.coupons.create({ id: "ONE", amount_off: 900, currency: "usd", duration: "once" });
    const paid = async (coupon) => {
      const { subscription } = await sell(kit, { interval: "month", discounts: [{ coupon }] });
      await advance(kit, 100 * DAY);
      return (await kit.stripe.invoices.list({ subscription })).data.map(({ total }) => total).reverse();
    };
    assert.deepEqual(await paid("TWO"), [2_450, 2_450, 4_900, 4_900]);
    assert.deepEqual((await paid("ONE")).slice(0, 2), [4_000, 4_900]);
  });

  life("whose invoice cannot be finalized says so, and is billed once it can", async (kit) => {
    const { subscription, customer } = await sell(kit, { interval: "month" });
    await kit.control.failFinalization({ customer });
    const events = await advance(kit, 28 * DAY + HOUR);
    assert.deepEqual(told(events, "invoice.finalization_failed", "invoice.paid"), ["invoice.finalization_failed"]);
    const invoice = await newestInvoice(kit, subscription);
    assert.equal(invoice.last_finalization_error.code, "customer_tax_location_invalid");
    await kit.control.failFinalization({ customer, is_failing: false });
    await kit.control.finalize({ invoice: invoice.id });
    assert.equal((await newestInvoice(kit, subscription)).status, "paid");
  });
});

describe("a payment by bank", () => {
  for (const [result, expected] of [["success", "paid"], ["fail", "unpaid"]]) {
    life(`that takes two days ends in ${result}`, async (kit) => {
      const session = await kit.stripe.checkout.sessions.create(order());
      await kit.control.payAsync({ session: session.id });
      const waiting = await kit.stripe.checkout.sessions.retrieve(session.id, { expand: ["payment_intent"] });
      const states = [waiting.status, waiting.payment_status, waiting.payment_intent.status];
      assert.deepEqual(states, ["complete", "unpaid", "processing"]);
      await advance(kit, 2 * DAY);
      const { events } = await kit.control.settleAsync({ session: session.id, result });
      const word = result === "success" ? "succeeded" : "failed";
      assert.equal(events.at(-1).type, `checkout.session.async_payment_${word}`);
      assert.equal((await kit.stripe.checkout.sessions.retrieve(session.id)).payment_status, expected);
      await assert.rejects(kit.control.settleAsync({ session: session.id, result }), /waits for no payment/);
    });
  }

  life("for a subscription opens it at once, and closes it if the money never comes", async (kit) => {
    const session = await kit.stripe.checkout.sessions.create(order({ interval: "month" }));
    const { result } = await kit.control.payAsync({ session: session.id });
    assert.equal(await status(kit, result.subscription), "active");
    await kit.control.settleAsync({ session: session.id, result: "fail" });
    assert.equal(await status(kit, result.subscription), "past_due");
  });

  life("is refunded slowly, and the refund can fail", async (kit) => {
    const session = await kit.stripe.checkout.sessions.create(order());
    await kit.control.payAsync({ session: session.id });
    await kit.control.settleAsync({ session: session.id, result: "success" });
    const { result: refund } = await kit.control.refund({ session: session.id });
    assert.equal(refund.status, "pending");
    const { events, result } = await kit.control.settleRefund({ refund: refund.id, result: "fail" });
    assert.deepEqual(typesOf(events), ["refund.updated", "refund.failed"]);
    assert.deepEqual([result.status, (await kit.stripe.charges.retrieve(refund.charge)).amount_refunded], ["failed", 0]);
  });
});

life("a card that is declined sells nothing and leaves the page open", async (kit) => {
  const session = await kit.stripe.checkout.sessions.create(order());
  const { result, events } = await kit.control.decline({ session: session.id });
  assert.equal(result.isSold, false);
  const types = ["checkout.session.completed", "payment_intent.payment_failed"];
  assert.deepEqual(told(events, ...types), ["payment_intent.payment_failed"]);
  await kit.control.pay({ session: session.id });
  const paid = await kit.stripe.checkout.sessions.retrieve(session.id);
  assert.equal(paid.payment_status, "paid");
  assert.equal((await kit.stripe.charges.list({ payment_intent: paid.payment_intent })).data.length, 2);
});

const sumOf = ({ standIn }) => standIn.events.at(-1).created - NOON;

const newestInvoice = async ({ stripe }, subscription) => (await stripe.invoices.list({ subscription, limit: 1 })).data[0];
