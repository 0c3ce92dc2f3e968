// What the tests of the stand-in share: one that is watched, and the official SDK talking to it.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import Stripe from "stripe";
import { watcher } from "./compare.mjs";
import { start } from "./stripe.mjs";

/** A fixed time for virtual clocks: 2026-01-31 12:00 UTC, so that months are short. */
export const NOON = Date.UTC(2026, 0, 31, 12) / 1_000;
export const DAY = 86_400;
export const SECRET = "whsec_the_first_secret";

/** A stand-in whose every object is compared with Stripe's; `stop` fails if one differed. */
export async function startWatched(options = {}) {
  const { watch, faults, seen } = watcher();
  const standIn = await start({ clock: NOON, seed: "tests", watch, ...options });
  const stripe = sdk(standIn);
  const stop = async () => {
    for (const event of standIn.events) watch(event);
    await standIn.stop();
    assert.deepEqual(faults(), [], "objects differ from Stripe's");
  };
  return { standIn, stripe, control: standIn.control, seen, stop };
}

/** The official SDK, pointed at the stand-in. */
export function sdk({ url }, options = {}) {
  const { hostname, port } = new URL(url);
  const at = { host: hostname, port, protocol: "http" };
  return new Stripe("sk_test_lyceum", { ...at, maxNetworkRetries: 0, telemetry: false, ...options });
}

/** A webhook endpoint that keeps what it gets and answers as told. */
export async function startReceiver(answer = () => 200) {
  const got = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const delivery = { body: Buffer.concat(chunks), signature: request.headers["stripe-signature"] };
    got.push(delivery);
    response.writeHead(answer(delivery, got.length)).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { got, url: `http://127.0.0.1:${server.address().port}/hook`, stop };
}

export const typesOf = (events) => events.map(({ type }) => type);

/** The parameters of a session that sells one thing. */
export function order({ amount = 4_900, interval, quantity = 1, name = "Rust from zero", ...more } = {}) {
  const recurring = interval && { recurring: { interval } };
  const price_data = { currency: "usd", unit_amount: amount, product_data: { name }, ...recurring };
  return {
    cancel_url: "https://academy.example/cancel",
    line_items: [{ price_data, quantity }],
    mode: interval ? "subscription" : "payment",
    success_url: "https://academy.example/return?session={CHECKOUT_SESSION_ID}",
    ...more,
  };
}

/** Sells one thing; the session as it is afterwards. */
export async function sell({ stripe, control }, given = {}, how = {}) {
  const session = await stripe.checkout.sessions.create(order(given));
  await control.pay({ session: session.id, ...how });
  return stripe.checkout.sessions.retrieve(session.id);
}

/** The API's error for what was asked; fails if there is none. */
export async function refusal(asked) {
  const error = await asked.then(
    () => undefined,
    (error) => error,
  );
  assert(error, "this should have been refused");
  return { status: error.statusCode, type: error.rawType, code: error.code, param: error.param, message: error.message };
}
