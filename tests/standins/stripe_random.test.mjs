// Random lives with a fixed seed: whatever is done in whatever order, every object stays one that Stripe could show,
// sums agree, and nothing ends in an error that is not Stripe's. Also: the stand-in as a program of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DAY, order, sdk, startWatched } from "./stripe_kit.mjs";
import { ApiError } from "./stripe/errors.mjs";

const N_LIVES = 25;
const N_STEPS = 40;

/** The same numbers in every run, from 0 up to 1 (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One step of a life: a verb and its object, made of what there is. */
function step({ pick, number, objects }) {
  const session = pick(objects["checkout.session"])?.id;
  const subscription = pick(objects.subscription)?.id;
  const customer = pick(objects.customer)?.id;
  const price = pick(objects.price?.filter(({ recurring, active }) => recurring && active))?.id;
  const quantity = 1 + number(5);
  const steps = [
    ["pay", { session, card: pick(["ok", "ok", "declines", "requires_action"]), country: pick(["DE", "US"]) }],
    ["pay", { session }],
    ["payAsync", { session }],
    ["settleAsync", { session, result: pick(["success", "fail"]) }],
    ["expire", { session }],
    ["refund", { session, amount: pick([undefined, 1, 900]) }],
    ["refund", { subscription, amount: pick([undefined, 100]) }],
    ["settleRefund", { refund: pick(objects.refund)?.id, result: pick(["success", "fail"]) }],
    ["dispute", { session, state: pick(["open", "won", "lost"]) }],
    ["setCard", { customer, state: pick(["ok", "declines", "requires_action"]) }],
    ["payInvoice", { subscription }],
    ["failFinalization", { customer, is_failing: number(2) === 0 }],
    ["changePlan", { subscription, price, proration_behavior: pick(["create_prorations", "always_invoice", "none"]) }],
    ["changeQuantity", { subscription, quantity }],
    ["cancelNow", { subscription }],
    ["cancelAtPeriodEnd", { subscription }],
    ["keep", { subscription }],
    ["pause", { subscription }],
    ["resume", { subscription, billing_cycle_anchor: pick(["now", "unchanged"]) }],
    ["pauseCollection", { subscription, behavior: pick(["void", "keep_as_draft", "mark_uncollectible", null]) }],
    ["advance", { seconds: number(45 * DAY) }],
    ["advance", { seconds: number(4 * DAY) }],
    ["settings", { after_retries: pick(["cancel", "unpaid", "past_due"]) }],
    ["deleteCustomer", { customer: number(4) === 0 ? customer : "cus_nobody" }],
  ];
  return pick(steps);
}

async function live(seed) {
  const kit = await startWatched({ seed: `life ${seed}` });
  try {
    const refused = await play(kit, randomFrom(seed));
    return { n_events: kit.standIn.events.length, n_refused: refused.length };
  } finally {
    await kit.stop();
  }
}

async function play(kit, random) {
  const { stripe, control } = kit;
  const number = (below) => Math.floor(random() * below);
  const pick = (list) => list?.[number(list.length)];
  const { id: product } = await stripe.products.create({ name: "Team" });
  for (const [unit_amount, interval] of [[900, "month"], [1_900, "month"], [9_900, "year"]]) {
    await stripe.prices.create({ product, currency: "usd", unit_amount, recurring: { interval } });
  }
  for (const duration of ["once", "forever"]) await stripe.coupons.create({ id: duration, percent_off: 30, duration });
  const refused = [];
  for (let count = 0; count < N_STEPS; count++) {
    const { objects } = (await control.state()).result;
    if (count < 3 || number(6) === 0) {
      const { id: session } = await stripe.checkout.sessions.create(randomOrder({ number, pick }));
      if (number(4) > 0) await control.pay({ session });
    } else await act(kit, step({ pick, number, objects }), refused);
    await checkSums(kit);
  }
  return refused;
}

function randomOrder({ number, pick }) {
  const trial = number(3) === 0 ? { subscription_data: { trial_period_days: 1 + number(20) } } : {};
  const interval = pick([undefined, "month", "year", "week"]);
  const more = interval ? trial : { invoice_creation: { enabled: number(2) === 0 } };
  const discounts = number(3) === 0 ? { discounts: [{ coupon: pick(["once", "forever"]) }] } : {};
  const automatic_tax = { enabled: number(3) === 0 };
  return order({ amount: 100 + number(5_000), interval, quantity: 1 + number(4), automatic_tax, ...more, ...discounts });
}

/** Does it; only Stripe's own refusals may come back. */
async function act({ control }, [verb, given], refused) {
  try {
    await control[verb](given);
  } catch (error) {
    if (!(error instanceof ApiError)) throw new Error(`${verb} ${JSON.stringify(given)}`, { cause: error });
    refused.push(error);
  }
}

async function checkSums({ control }) {
  const { objects } = (await control.state()).result;
  for (const charge of objects.charge ?? []) {
    const refunds = (objects.refund ?? []).filter((refund) => refund.charge === charge.id && refund.status !== "failed");
    const given = refunds.reduce((sum, { amount }) => sum + amount, 0);
    assert.equal(charge.amount_refunded, given);
    assert(charge.amount_refunded <= charge.amount_captured);
    assert.equal(charge.refunded, charge.amount_captured > 0 && given === charge.amount_captured);
  }
  for (const { total, lines, status, total_taxes, total_discount_amounts, ...dues } of objects.invoice ?? []) {
    const sum = (list) => list.reduce((sum, { amount }) => sum + amount, 0);
    assert.equal(total, sum(lines.data) - sum(total_discount_amounts) + sum(total_taxes));
    if (status === "paid") assert.equal(dues.amount_paid, dues.amount_due);
  }
  for (const { status, ended_at, canceled_at, items } of objects.subscription ?? []) {
    assert.equal(status === "canceled", ended_at !== null);
    if (ended_at !== null) assert(canceled_at <= ended_at);
    for (const item of items.data) assert(item.current_period_start <= item.current_period_end);
  }
}

test(`${N_LIVES} random lives stay possible`, async () => {
  let [n_events, n_refused] = [0, 0];
  for (let seed = 1; seed <= N_LIVES; seed++) {
    const life = await live(seed).catch((error) => {
      throw new Error(`life ${seed}`, { cause: error });
    });
    n_events += life.n_events;
    n_refused += life.n_refused;
  }
  const n_steps = N_LIVES * N_STEPS;
  // Most steps must do something, or this looks at nothing.
  assert(n_events > 2 * n_steps, `only ${n_events} events in ${n_steps} steps`);
  assert(n_refused < 0.6 * n_steps, `${n_refused} of ${n_steps} steps were refused`);
});

test("as a program it says where it is, and takes orders over HTTP", async () => {
  const program = fileURLToPath(new URL("stripe.mjs", import.meta.url));
  const options = ["--port", "0", "--time", "1767225600"];
  const child = spawn(process.execPath, [program, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [said] = await once(child.stdout, "data");
    const url = String(said).trim();
    const { id, created } = await sdk({ url }).checkout.sessions.create(order());
    assert.equal(created, 1_767_225_600);
    const verb = (name, given) => fetch(`${url}/_control/${name}`, { method: "POST", body: JSON.stringify(given) });
    assert.equal((await (await verb("pay", { session: id })).json()).result.session.payment_status, "paid");
    assert.equal((await (await verb("advance", { seconds: 60 })).json()).result.now, 1_767_225_660);
    assert.equal((await verb("pay", { session: id })).status, 400);
  } finally {
    child.kill("SIGTERM");
    await once(child, "close");
  }
});
