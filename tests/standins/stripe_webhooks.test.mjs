// Events and their deliveries: the SDK judges the signatures.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import Stripe from "stripe";
import { DAY, NOON, SECRET, order, sell, startReceiver, startWatched, typesOf } from "./stripe_kit.mjs";
import { EVENT_TYPES } from "./stripe/webhooks.mjs";

let receiver;
let kit;
let control;

/** What the receiver answers; tests change it. */
let answer = () => 200;

before(async () => {
  receiver = await startReceiver((...given) => answer(...given));
  kit = await startWatched({ webhook: { url: receiver.url, secrets: [SECRET] } });
  ({ control } = kit);
});
after(() => Promise.all([kit.stop(), receiver.stop()]));
beforeEach(async () => {
  answer = () => 200;
  receiver.got.length = 0;
  await control.delivery({ mode: "auto" });
});

const verify = ({ body, signature }, secret = SECRET) => Stripe.webhooks.constructEvent(body, signature, secret);

describe("deliveries", () => {
  test("go out at once, in order, and the SDK takes their signatures", async () => {
    const session = await kit.stripe.checkout.sessions.create(order({ interval: "month" }));
    const { deliveries } = await control.pay({ session: session.id });
    const turns = ["customer.subscription.created", "invoice.paid", "customer.subscription.updated"];
    const expected = [...turns, "checkout.session.completed"];
    assert.deepEqual(typesOf(receiver.got.map((one) => verify(one))), expected);
    assert.deepEqual(deliveries.map(({ type, status }) => [type, status]), expected.map((type) => [type, 200]));
    assert.equal(verify(receiver.got.at(-1)).request.idempotency_key, null);
  });

  test("name the call that caused them, and its idempotency key", async () => {
    const session = await kit.stripe.checkout.sessions.create(order());
    const expired = await kit.stripe.checkout.sessions.expire(session.id, {}, { idempotencyKey: "expire-1" });
    const [event] = (await kit.stripe.events.list({ type: "checkout.session.expired", limit: 1 })).data;
    assert.deepEqual(event.request, { id: expired.lastResponse.requestId, idempotency_key: "expire-1" });
    assert.equal(event.data.object.id, session.id);
  });

  test("with another secret, time or body are refused by the SDK", async () => {
    await sell(kit);
    const event = (await control.events({ types: ["checkout.session.completed"] })).result.data.at(-1);
    receiver.got.length = 0;
    const deliver = (how) => control.deliver({ event: event.id, ...how });
    await deliver({ secrets: ["whsec_wrong"] });
    await deliver({ at: Math.floor(Date.now() / 1_000) - 301 });
    await deliver({});
    const [wrong, late, right] = receiver.got;
    assert.throws(() => verify(wrong), /No signatures found/);
    assert.throws(() => verify(late), /Timestamp outside the tolerance/);
    assert.throws(() => verify({ ...right, body: right.body.toString().replace("4900", "4901") }), /No signatures found/);
    assert.equal(verify(right).id, event.id);
  });

  test("carry one signature for each secret while one is rolled", async () => {
    const { result } = await control.rollSecret({ expires_s: DAY });
    await sell(kit);
    for (const secret of [SECRET, result.secret]) {
      assert.equal(verify(receiver.got.at(-1), secret).type, "checkout.session.completed");
    }
    assert.equal(receiver.got.at(-1).signature.match(/v1=/g).length, 2);
    await control.advance({ seconds: DAY });
    await sell(kit);
    assert.throws(() => verify(receiver.got.at(-1)), /No signatures found/);
    assert.equal(verify(receiver.got.at(-1), result.secret).type, "checkout.session.completed");
    await control.rollSecret({ secret: SECRET, expires_s: 0 });
  });

  test("by hand come in any order, any number of times, or never", async () => {
    await control.delivery({ mode: "manual" });
    const session = await sell(kit, { interval: "month" });
    assert.equal(receiver.got.length, 0);
    const mine = (await control.events({ types: EVENT_TYPES })).result.data.slice(-4);
    answer = (_, count) => (count === 2 ? 500 : 204);
    for (const { id } of [...mine].reverse()) await control.deliver({ event: id, times: 3 });
    const got = receiver.got.map((one) => verify(one));
    assert.deepEqual(typesOf(got.filter((_, idx) => idx % 3 === 0)), typesOf(mine).reverse());
    assert.equal(got.length, 12);
    assert.equal(got[0].data.object.id, session.id);
    const { result } = await control.deliver({ event: mine[0].id });
    assert.deepEqual([result.status, result.deliveries.length], [204, 1]);
  });

  test("that failed are tried again when told so", async () => {
    answer = () => 503;
    await sell(kit);
    const [event] = (await kit.stripe.events.list({ type: "checkout.session.completed", limit: 1 })).data;
    assert.equal(event.pending_webhooks, 1);
    assert((await kit.stripe.events.list({ delivery_success: false })).data.some(({ id }) => id === event.id));
    answer = () => 200;
    const { result } = await control.retry();
    assert.deepEqual(result.deliveries.map(({ event, status }) => [event, status]), [[event.id, 200]]);
    assert.deepEqual((await control.retry()).result.deliveries, []);
    assert.equal((await kit.stripe.events.retrieve(event.id)).pending_webhooks, 0);
  });

  test("go to endpoints made over the API too, each with its own secret and wishes", async () => {
    const wanted = { url: `${receiver.url}/two`, enabled_events: ["charge.*"], description: "two" };
    const { id, secret } = await kit.stripe.webhookEndpoints.create(wanted);
    assert.match(secret, /^whsec_\w{32}$/);
    assert.equal((await kit.stripe.webhookEndpoints.retrieve(id)).secret, undefined);
    const { deliveries } = await control.pay({ session: (await kit.stripe.checkout.sessions.create(order())).id });
    const at = deliveries.findIndex(({ endpoint }) => endpoint === id);
    assert.equal(verify(receiver.got[at], secret).type, "charge.succeeded");
    assert.deepEqual(deliveries.filter(({ endpoint }) => endpoint === id).length, 1);
    assert.equal((await kit.stripe.webhookEndpoints.update(id, { disabled: true })).status, "disabled");
    assert.equal((await kit.stripe.webhookEndpoints.list()).data.length, 2);
    assert.equal((await kit.stripe.webhookEndpoints.del(id)).deleted, true);
  });
});

test("changes say what was before, and no change is no event", async () => {
  const { subscription, customer } = await sell(kit, { interval: "month" });
  await control.cancelAtPeriodEnd({ subscription });
  assert.deepEqual(kit.standIn.events.at(-1).data.previous_attributes, {
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { reason: null },
  });
  const n_events = kit.standIn.events.length;
  await kit.stripe.customers.update(customer, {});
  assert.equal(kit.standIn.events.length, n_events);
  await kit.stripe.customers.update(customer, { name: "Ada", metadata: { member: "m1" } });
  const { previous_attributes } = kit.standIn.events.at(-1).data;
  assert.deepEqual(previous_attributes, { metadata: { member: null }, name: "Jenny Rosen" });
});

test("every event that an academy needs can be made, over HTTP alone", async (t) => {
  const own = await startWatched({ clock: NOON });
  t.after(own.stop);
  const call = async (verb, given = {}) => {
    const answer = await fetch(`${own.standIn.url}/_control/${verb}`, { method: "POST", body: JSON.stringify(given) });
    assert.equal(answer.status, 200, await answer.clone().text());
    return (await answer.json()).result;
  };
  const session = async (given) => (await own.stripe.checkout.sessions.create(order(given))).id;
  const month = { interval: "month" };

  await call("expire", { session: await session() });
  const slow = await session();
  await call("payAsync", { session: slow });
  await call("settleAsync", { session: slow, result: "success" });
  const { id: refund } = await call("refund", { session: slow });
  await call("settleRefund", { refund, result: "fail" });
  const lost = await session();
  await call("payAsync", { session: lost });
  await call("settleAsync", { session: lost, result: "fail" });
  const disputed = await session();
  await call("pay", { session: disputed });
  await call("dispute", { session: disputed, state: "open" });
  await call("dispute", { session: disputed, state: "won" });
  await call("pay", { session: await session({ ...month, subscription_data: { trial_period_days: 10 } }) });
  const monthly = (await call("pay", { session: await session(month), card: "requires_action" })).session;
  await call("pause", { subscription: monthly.subscription });
  await call("resume", { subscription: monthly.subscription });
  const other = (await call("pay", { session: await session(month) })).session;
  await call("failFinalization", { customer: other.customer });
  await call("advance", { seconds: 45 * DAY });
  await call("updateCustomer", { customer: other.customer, name: "New" });
  await call("changeQuantity", { subscription: other.subscription, quantity: 4 });
  await call("cancelNow", { subscription: other.subscription });
  await call("deleteCustomer", { customer: other.customer });
  const sent = new Set(typesOf(own.standIn.events));
  assert.deepEqual(EVENT_TYPES.filter((type) => !sent.has(type)), []);
  assert.equal((await fetch(`${own.standIn.url}/_control/nonsense`, { method: "POST" })).status, 404);
});
