// Events over the API, webhook endpoints, and the deliveries to them.

import { createHmac } from "node:crypto";
import { missing } from "./errors.mjs";
import { API_VERSION, deleted, mergeMetadata } from "./objects.mjs";
import { EXPAND, PAGE, choice, emptyable, flag, list, metadata, range, required, text, webAddress } from "./params.mjs";
import { DAY } from "./time.mjs";
import { all, get, hiddenOf, make, newId, now, page } from "./world.mjs";

const KEPT_S = 30 * DAY;
const TIMEOUT_MS = 20_000;

/** The events that an academy needs; what an endpoint gets when it names none. */
export const EVENT_TYPES = [
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "checkout.session.async_payment_failed",
  "checkout.session.expired",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "customer.subscription.trial_will_end",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.payment_action_required",
  "invoice.finalization_failed",
  "charge.refunded",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.closed",
  "customer.updated",
  "customer.deleted",
];

const VERSION = choice(API_VERSION);
const CREATE = {
  api_version: VERSION,
  description: emptyable(text),
  enabled_events: required(list(text)),
  metadata,
  url: required(webAddress),
  ...EXPAND,
};
const UPDATE = {
  description: emptyable(text), disabled: flag, enabled_events: list(text), metadata, url: webAddress, ...EXPAND,
};

export const routes = [
  ["GET", "/v1/events", { ...PAGE, created: range, delivery_success: flag, type: text, types: list(text) }, listEvents],
  ["GET", "/v1/events/:id", EXPAND, (world, _, id) => eventOf(world, id)],
  ["POST", "/v1/webhook_endpoints", CREATE, createEndpoint],
  ["GET", "/v1/webhook_endpoints", PAGE, listEndpoints],
  ["GET", "/v1/webhook_endpoints/:id", EXPAND, (world, _, id) => get(world, "webhook_endpoint", id)],
  ["POST", "/v1/webhook_endpoints/:id", UPDATE, updateEndpoint],
  ["DELETE", "/v1/webhook_endpoints/:id", {}, deleteEndpoint],
];

/** The event with this id, even if it is too old for the API. */
export function eventOf(world, id) {
  const found = world.events.find((event) => event.id === id);
  if (!found) throw missing("event", id);
  return found;
}

function listEvents(world, params) {
  const { type, types, delivery_success: wanted } = params;
  const isMeant = (event) =>
    (!type || matches(type, event.type)) &&
    (!types || types.some((one) => matches(one, event.type))) &&
    (wanted === undefined || (event.pending_webhooks === 0) === wanted);
  const kept = world.events.filter((event) => event.created > now(world) - KEPT_S);
  return page(world, kept.filter(isMeant), params, "/v1/events");
}

const matches = (wanted, type) =>
  wanted === "*" || wanted === type || (wanted.endsWith(".*") && type.startsWith(wanted.slice(0, -1)));

function createEndpoint(world, { metadata: changes, expand: _, ...values }) {
  const endpoint = make(world, "webhook_endpoint", values);
  mergeMetadata(endpoint, changes);
  const secret = `whsec_${world.ids.letters(32)}`;
  hiddenOf(world, endpoint.id).secrets = [{ secret, until: Infinity }];
  return { ...endpoint, secret };
}

function listEndpoints(world, params) {
  return page(world, all(world, "webhook_endpoint"), params, "/v1/webhook_endpoints");
}

function updateEndpoint(world, { metadata: changes, expand: _, disabled, ...values }, id) {
  const endpoint = get(world, "webhook_endpoint", id);
  Object.assign(endpoint, values);
  if (disabled !== undefined) endpoint.status = disabled ? "disabled" : "enabled";
  mergeMetadata(endpoint, changes);
  return endpoint;
}

function deleteEndpoint(world, _, id) {
  const endpoint = get(world, "webhook_endpoint", id);
  world.objects.get("webhook_endpoint").delete(id);
  return deleted(endpoint);
}

/** The endpoint that a test was started with: its address and its secrets. */
export function firstEndpoint(world, { url, secrets, events = EVENT_TYPES }) {
  const endpoint = make(world, "webhook_endpoint", { id: newId(world, "webhook_endpoint"), url, enabled_events: events });
  hiddenOf(world, endpoint.id).secrets = secrets.map((secret) => ({ secret, until: Infinity }));
  return endpoint;
}

/** Gives an endpoint a new secret; the old ones still sign for a while. */
export function rollSecret(world, endpoint, { secret, expires_s = DAY }) {
  const hidden = hiddenOf(world, endpoint.id);
  const fresh = secret ?? `whsec_${world.ids.letters(32)}`;
  const old = hidden.secrets.map((one) => ({ ...one, until: Math.min(one.until, now(world) + expires_s) }));
  hidden.secrets = [{ secret: fresh, until: Infinity }, ...old];
  return fresh;
}

/**
 * The value of `Stripe-Signature`: a time, and one signature for each secret. In test mode Stripe adds one with the
 * old scheme `v0` that means nothing; whoever takes it for a signature can be fooled.
 */
export function signature(body, secrets, time) {
  const sign = (secret) => createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
  const meaningless = createHmac("sha256", "v0").update(String(time)).digest("hex");
  return [`t=${time}`, ...secrets.map((secret) => `v1=${sign(secret)}`), `v0=${meaningless}`].join(",");
}

/** Sends events to endpoints. `auto`: each at once, in order; otherwise only what a test delivers. */
export function createPost(world) {
  const post = { mode: "auto", log: [], last: Promise.resolve() };
  const enqueue = (event) => {
    const wanted = endpointsFor(world, event);
    event.pending_webhooks = wanted.length;
    if (post.mode !== "auto") return;
    for (const endpoint of wanted) {
      post.last = post.last.then(() => send(world, post, event, endpoint)).catch(() => {});
    }
  };
  return Object.assign(post, { enqueue });
}

export function endpointsFor(world, event) {
  const isMeant = ({ status, enabled_events }) =>
    status === "enabled" && enabled_events.some((wanted) => matches(wanted, event.type));
  return all(world, "webhook_endpoint").filter(isMeant);
}

/**
 * Delivers an event once. Tests may set the signature's time `at`, other `secrets`, or a changed `body`.
 * Answers `{ event, type, endpoint, status }`; status 0 when nobody answered.
 */
export async function send(world, post, event, endpoint, { at, secrets, body } = {}) {
  const raw = body ?? JSON.stringify(event, null, 2);
  const time = at ?? (world.settings.signature_time === "own" ? now(world) : Math.floor(Date.now() / 1_000));
  const active = hiddenOf(world, endpoint.id).secrets.filter(({ until }) => until > now(world));
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "stripe-signature": signature(raw, secrets ?? active.map(({ secret }) => secret), time),
    "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
  };
  world.watch?.(event);
  const wait = AbortSignal.timeout(TIMEOUT_MS);
  const asked = fetch(endpoint.url, { method: "POST", headers, body: raw, redirect: "manual", signal: wait });
  const answer = await asked.catch(() => undefined);
  await answer?.arrayBuffer().catch(() => {});
  const delivery = { event: event.id, type: event.type, endpoint: endpoint.id, status: answer?.status ?? 0 };
  post.log.push(delivery);
  if (isTaken(delivery)) event.pending_webhooks = Math.max(0, event.pending_webhooks - 1);
  return delivery;
}

const isTaken = ({ status }) => status >= 200 && status < 300;

/** Delivers again whatever no endpoint has taken yet. */
export async function retry(world, post) {
  const found = [];
  for (const event of world.events) {
    for (const endpoint of endpointsFor(world, event)) {
      const tries = post.log.filter((one) => one.event === event.id && one.endpoint === endpoint.id);
      if (tries.length > 0 && !tries.some(isTaken)) found.push(await send(world, post, event, endpoint));
    }
  }
  return found;
}
