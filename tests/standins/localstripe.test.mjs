// A second opinion: PyPI `localstripe`, which others wrote. What both know must behave the same: customers, the life
// of a subscription, refunds, and signed webhooks. localstripe has no Checkout, so each opens a subscription its own way.
// It does not know when a cancellation was asked for, what remains to be paid, nor that a refund can be too much.
//
// It is installed once into a folder below ~/.cache; LOCALSTRIPE_HOME names another one.

import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import Stripe from "stripe";
import { SECRET, order, refusal, sdk, startReceiver, startWatched } from "./stripe_kit.mjs";

const VERSION = "1.15.10";
const HOME = process.env.LOCALSTRIPE_HOME ?? path.join(os.homedir(), ".cache", "lyceum-tests", `localstripe-${VERSION}`);
const START_MS = 20_000;
const POST_MS = 10_000;

const skip = await reasonToSkip();

/** Both, under one roof: `{ stripe, receiver, subscribe }`. */
const worlds = {};
const stops = [];

describe("localstripe and our stand-in", { skip }, () => {
  before(async () => {
    worlds.theirs = await startTheirs();
    worlds.ours = await startOurs();
  });
  after(() => Promise.all(stops.reverse().map((stop) => stop())));

  /** Tells the same story to both, and compares what they noted. */
  function same(name, story) {
    test(name, async () => {
      const [theirs, ours] = [await story(worlds.theirs), await story(worlds.ours)];
      assert.deepEqual(ours, theirs);
      assert.notDeepEqual(ours, []);
    });
  }

  same("keep customers", async ({ stripe }) => {
    const metadata = { member: "m1", seat: "2" };
    const made = await stripe.customers.create({ email: "ada@example.org", name: "Ada", metadata });
    const changed = await stripe.customers.update(made.id, { name: "Ada L.", metadata: { seat: "3" } });
    const listed = await stripe.customers.list({ email: "ada@example.org" });
    const gone = await stripe.customers.del(made.id);
    const { status, type } = await refusal(stripe.customers.retrieve("cus_nobody"));
    return [
      [made.object, made.email, made.name, made.metadata, made.delinquent, made.livemode],
      [changed.name, changed.metadata.seat],
      listed.data.map(({ email }) => email),
      [gone.object, gone.deleted],
      [status, type],
    ];
  });

  same("let a subscription live, change and end", async ({ stripe, subscribe }) => {
    const { subscription, customer } = await subscribe(2_000, 2);
    const seen = [];
    const note = ({ status, cancel_at_period_end, ended_at, items, customer: of }) => {
      const [{ quantity, plan }] = items.data;
      seen.push([status, cancel_at_period_end, ended_at !== null, quantity, plan.amount, plan.interval, of === customer]);
    };
    const active = await stripe.subscriptions.retrieve(subscription);
    note(active);
    note(await stripe.subscriptions.update(subscription, { cancel_at_period_end: true }));
    note(await stripe.subscriptions.update(subscription, { cancel_at_period_end: false }));
    note(await stripe.subscriptions.update(subscription, { metadata: { order: "1" } }));
    const mine = async (more) => (await stripe.subscriptions.list({ customer, ...more })).data.map(({ status }) => status);
    seen.push(await mine());
    note(await stripe.subscriptions.cancel(subscription));
    seen.push(await mine(), await mine({ status: "canceled" }), await mine({ status: "active" }));
    return seen;
  });

  same("bill it for price times quantity", async ({ stripe, subscribe }) => {
    const { subscription } = await subscribe(1_900, 3);
    const { data } = await stripe.invoices.list({ subscription });
    return data.map(({ status, total, amount_due, amount_paid, attempted, currency, lines }) => {
      return [status, total, amount_due, amount_paid, attempted, currency, lines.data.map(({ amount }) => amount)];
    });
  });

  same("give money back, in part and then the rest", async ({ stripe, subscribe }) => {
    const { customer } = await subscribe(4_900, 1);
    const [charge] = (await stripe.charges.list({ customer })).data;
    const part = await stripe.refunds.create({ charge: charge.id, amount: 900, metadata: { why: "late" } });
    const after = await stripe.charges.retrieve(charge.id);
    const rest = await stripe.refunds.create({ charge: charge.id, amount: 4_000 });
    const last = await stripe.charges.retrieve(charge.id);
    const listed = await stripe.refunds.list({ charge: charge.id });
    return [
      [charge.status, charge.amount, charge.paid, charge.refunded],
      [part.object, part.status, part.amount, part.metadata, after.amount_refunded, after.refunded],
      [rest.amount, last.amount_refunded, last.refunded],
      listed.data.map(({ amount }) => amount).sort(),
    ];
  });

  same("sign what they post, for the same turns of a life", async ({ stripe, subscribe, receiver }) => {
    receiver.got.length = 0;
    const { subscription, customer } = await subscribe(2_500, 1);
    await stripe.subscriptions.cancel(subscription);
    const types = ["customer.subscription.created", "customer.subscription.deleted"];
    const mine = () =>
      receiver.got
        .map(({ body, signature }) => Stripe.webhooks.constructEvent(body, signature, SECRET))
        .filter(({ type, data }) => types.includes(type) && data.object.customer === customer);
    await until(() => mine().length >= 2, POST_MS, "the webhooks never came");
    const told = mine().map(({ object, type, data, livemode }) => [object, type, data.object.object, livemode]);
    return told.sort();
  });
});

async function startTheirs() {
  const python = await install();
  const port = await freePort();
  const server = spawn(python, ["-m", "localstripe", "--port", String(port), "--from-scratch"], {
    env: { PATH: process.env.PATH, HOME: os.homedir() },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => server.once("close", resolve));
  stops.push(async () => {
    server.kill("SIGTERM");
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(url).then(() => true, () => false), START_MS, "localstripe did not start");
  const receiver = await startReceiver();
  stops.push(receiver.stop);
  const hook = new URLSearchParams({ url: receiver.url, secret: SECRET });
  assert.equal((await fetch(`${url}/_config/webhooks/lyceum`, { method: "POST", body: hook })).status, 200);
  const stripe = sdk({ url });
  return { stripe, receiver, subscribe: (amount, quantity) => subscribeTheirs(stripe, amount, quantity) };
}

async function subscribeTheirs(stripe, amount, quantity) {
  const card = { number: "4242424242424242", exp_month: 12, exp_year: 2040, cvc: "123" };
  const method = await stripe.paymentMethods.create({ type: "card", card });
  const customer = await stripe.customers.create({ email: "team@example.org" });
  await stripe.paymentMethods.attach(method.id, { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  const product = await stripe.products.create({ name: "Team", type: "service" });
  const plan = await stripe.plans.create({ product: product.id, amount, currency: "usd", interval: "month" });
  const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ plan: plan.id, quantity }] });
  return { customer: customer.id, subscription: subscription.id };
}

async function startOurs() {
  const receiver = await startReceiver();
  const kit = await startWatched({ clock: undefined, webhook: { url: receiver.url, secrets: [SECRET] } });
  stops.push(kit.stop, receiver.stop);
  const subscribe = async (amount, quantity) => {
    const session = await kit.stripe.checkout.sessions.create(order({ interval: "month", amount, quantity }));
    return (await kit.control.pay({ session: session.id })).result.session;
  };
  return { stripe: kit.stripe, receiver, subscribe };
}

/** Its own Python with localstripe; made when it is not there yet. */
/** Why this cannot run here: no Python, or a machine that has never installed it and does not reach PyPI. */
async function reasonToSkip() {
  if (spawnSync("python3", ["--version"]).status !== 0) return "there is no `python3` to run localstripe with";
  try {
    await install();
    return false;
  } catch (error) {
    return `localstripe cannot be installed: ${String(error.stderr ?? error).trim().split("\n").at(-1)}`;
  }
}

async function install() {
  const run = promisify(execFile);
  const python = path.join(HOME, "bin", "python");
  if (existsSync(path.join(HOME, "bin", "localstripe"))) return python;
  mkdirSync(HOME, { recursive: true });
  await run("python3", ["-m", "venv", HOME]);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", `localstripe==${VERSION}`]);
  return python;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function until(condition, limit_ms, complaint) {
  const deadline = Date.now() + limit_ms;
  while (!(await condition())) {
    assert(Date.now() < deadline, complaint);
    await pause(100);
  }
}
