// An academy with the stand-in for Stripe, on the Worker or on `lyceum serve`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { start as startMail } from "../standins/mail.mjs";
import { start as startStripe } from "../standins/stripe.mjs";
import { Client } from "./client.mjs";
import { STRIPE_WEBHOOK_SECRET, TEST_KEYS, startWorker } from "./serve.mjs";
import { BINARY, SAMPLE, buildSite, freePort } from "./site.mjs";

const build = process.env.EDGE_BUILD;

/** The settings that both bodies of the academy take. */
const stripeSettings = (stripe) => ({
  STRIPE_SECRET_KEY: "sk_test_lyceum",
  STRIPE_WEBHOOK_SECRET: `whsec_of_last_year_and_gone_soon,${STRIPE_WEBHOOK_SECRET}`,
  STRIPE_API_URL: stripe.url,
});

async function onWorkerd({ folder, content, settings }, stripe, port) {
  const site = await buildSite(path.join(folder, "workerd"), content);
  const mail = await startMail();
  const origin = `http://127.0.0.1:${port}`;
  const bindings = { ...stripeSettings(stripe), ...settings, PAYMENT_ORIGINS: stripe.url, MAIL_API_URL: mail.api, SITE_ORIGIN: origin };
  const worker = await startWorker({ site, build, port, bindings });
  return {
    mails: async () => mail.outbox,
    tend: async () => (await worker.miniflare.getWorker()).scheduled({ cron: "*/10 * * * *" }),
    stop: () => Promise.all([worker.stop(), mail.stop()]),
  };
}

async function onServe({ folder, content, settings }, stripe, port) {
  const own = { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1" };
  const env = { ...own, ...TEST_KEYS, ...stripeSettings(stripe), ...settings };
  const data = path.join(folder, "serve");
  const options = ["serve", "--content", content, "--data", data, "--port", String(port)];
  const origin = `http://127.0.0.1:${port}`;
  let stop = await runServe(options, env, origin);
  // It looks after everything once when it starts, and says nothing about the end of that.
  const tend = async () => {
    await stop();
    const n_before = stripe.n_calls;
    stop = await runServe(options, env, origin);
    await settled(() => stripe.n_calls, n_before);
  };
  return { mails: async () => (await fetch(`${origin}/outbox.json`)).json(), tend, stop: () => stop() };
}

/** Starts `lyceum serve` and waits until it answers. What stops it. */
async function runServe(options, env, origin) {
  const server = spawn(BINARY, options, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "close");
  for (let n_tries = 0; ; n_tries++) {
    const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
    if (answer?.ok) break;
    assert(n_tries < 400 && server.exitCode === null, "`lyceum serve` does not get healthy");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return async () => {
    server.kill("SIGTERM");
    await ended;
  };
}

/** Waits until a number has grown and then stands still for half a second. */
async function settled(number, before) {
  let last = before;
  for (let n_tries = 0; n_tries < 40; n_tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = number();
    if (now !== before && now === last) return;
    last = now;
  }
}

const BODIES = { workerd: onWorkerd, serve: onServe };

/**
 * Starts it in a folder; the processor's messages are delivered when a test says so. `content`: of another academy than
 * the sample; `settings`: further variables; `clock`: the processor's. `tend()` does what is done every ten minutes;
 * `stop()` ends everything.
 */
export async function startShop(body, folder, { content = SAMPLE, settings = {}, clock } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stripe = await startStripe({ clock, webhook: { url: `${url}/webhooks/stripe`, secrets: [STRIPE_WEBHOOK_SECRET] } });
  await stripe.control.delivery({ mode: "manual" });
  const academy = await BODIES[body]({ folder, content, settings }, stripe, port);
  const stop = async () => {
    await academy.stop();
    await stripe.stop();
  };
  return { url, stripe, mails: academy.mails, tend: academy.tend, stop };
}

/** Somebody who has just signed in. */
export async function memberOf(shop, email) {
  const client = new Client(shop.url);
  client.email = email;
  await client.signIn(email, shop.mails);
  return client;
}

/** Places an order. The session at the processor, and where paying leads. */
export async function order(shop, client, price) {
  const { location, body } = await client.post("/checkout/", { price });
  assert(location, body.toString());
  const session = location.split("/pay/")[1];
  const back = new URL(shop.stripe.sessions.get(session).object.success_url);
  return { session, back: back.pathname + back.search };
}

/** Delivers messages of the processor, and expects each to be taken. */
export async function deliver(shop, events) {
  for (const { id } of events) {
    const { result } = await shop.stripe.control.deliver({ event: id });
    for (const { status } of result.deliveries) assert.equal(status, 200);
  }
}

/** Orders, pays, hears of it and comes back. The names that the processor has for it. */
export async function buy(shop, client, price, how = {}) {
  const { session, back } = await order(shop, client, price);
  const { events } = await shop.stripe.control.pay({ session, ...how });
  await deliver(shop, events);
  await client.get(back);
  const { subscription, customer } = shop.stripe.sessions.get(session).object;
  return { client, session, subscription: subscription?.id ?? subscription, customer: customer?.id ?? customer };
}
