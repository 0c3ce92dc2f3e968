// The API over HTTP: keys, versions, idempotency, outages, and which call is whose.

import { ApiError, invalid } from "./errors.mjs";
import { render } from "./expand.mjs";
import { canonical, decode } from "./form.mjs";
import { API_VERSION } from "./objects.mjs";
import { fields } from "./params.mjs";
import { now, passTime } from "./world.mjs";
import { routes as billing } from "./billing.mjs";
import { routes as catalog } from "./catalog.mjs";
import { routes as checkout } from "./checkout.mjs";
import { routes as customers } from "./customers.mjs";
import { routes as disputes } from "./disputes.mjs";
import { routes as invoices } from "./invoices.mjs";
import { routes as payments } from "./payments.mjs";
import { routes as portal } from "./portal.mjs";
import { routes as refunds } from "./refunds.mjs";
import { routes as webhooks } from "./webhooks.mjs";

const KEY_LIFE_S = 86_400;

/** Every call: `[method, path, parameters, run(world, parameters, ...ids)]`. */
export const ROUTES = [
  ...[customers, catalog, checkout, billing, invoices, payments, refunds, disputes, portal, webhooks].flat(),
];

const TABLE = ROUTES.map(([method, path, shape, run]) => ({
  method,
  pattern: new RegExp(`^${path.replace(/:\w+/g, "([^/]+)")}$`),
  shape: fields(shape),
  run,
}));

/** Answers one call of the API: `{ status, headers, body }`. */
export function answer(world, request, body, url) {
  const requestId = `req_${world.ids.letters(14)}`;
  const key = request.headers["idempotency-key"];
  const headers = { "content-type": "application/json", "request-id": requestId };
  if (key) headers["idempotency-key"] = key;
  try {
    headers["stripe-version"] = version(request);
    checkKey(world, request);
    const call = { method: request.method, path: url.pathname, encoded: encoded(request, body, url), key, requestId };
    call.version = headers["stripe-version"];
    const found = request.method === "POST" && key ? once(world, call) : perform(world, call);
    return { status: found.status, headers: { ...headers, ...found.headers }, body: found.body };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) headers["www-authenticate"] = 'Bearer realm="Stripe"';
    return { status: error.status, headers, body: pretty(error.body(requestId)) };
  }
}

const pretty = (value) => JSON.stringify(value, null, 2);

function encoded(request, body, url) {
  return request.method === "POST" ? [body, url.search.slice(1)].filter(Boolean).join("&") : url.search.slice(1) || body;
}

/** The stand-in answers in one version's shapes only; a few parameters depend on the version that was asked for. */
function version(request) {
  const asked = request.headers["stripe-version"];
  if (asked && !/^\d{4}-\d{2}-\d{2}(\.[a-z_]+)?$/.test(asked)) throw invalid(`Invalid Stripe API version: ${asked}`);
  return asked ?? API_VERSION;
}

function checkKey(world, request) {
  const [scheme, value = ""] = (request.headers.authorization ?? "").split(" ");
  const isBasic = scheme.toLowerCase() === "basic";
  const key = isBasic ? Buffer.from(value, "base64").toString("utf8").split(":")[0] : value;
  if (!key || !/^(bearer|basic)$/i.test(scheme)) {
    const message =
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer " +
      "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
    throw invalid(message, { status: 401 });
  }
  const isKnown = world.keys ? world.keys.includes(key) : /^(sk|rk)_/.test(key);
  if (!isKnown) throw invalid(`Invalid API Key provided: ${key.slice(0, 8)}****`, { status: 401 });
}

/** Performs a call with an idempotency key, or tells again what its first performance answered. */
function once(world, call) {
  const { key, path, encoded } = call;
  const earlier = world.repeats.get(key);
  const params = canonical(encoded);
  if (earlier && now(world) < earlier.until) {
    if (earlier.path !== path) throw keyMisused(sameEndpoint(path, earlier.path, key));
    if (earlier.params !== params) throw keyMisused(sameParameters(key));
    return { ...earlier.found, headers: { "idempotent-replayed": "true", "original-request": earlier.requestId } };
  }
  const found = perform(world, call);
  world.repeats.set(key, { path, params, found, requestId: call.requestId, until: now(world) + KEY_LIFE_S });
  return found;
}

const keyMisused = (message) => new ApiError(400, { message, type: "idempotency_error" });

const sameParameters = (key) =>
  "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
  `Try using a key other than '${key}' if you meant to execute a different request.`;

const sameEndpoint = (path, first, key) =>
  `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs ` +
  `'${first}'). Try using a key other than '${key}' if you meant to execute a different request.`;

/**
 * What was executed is final, a declined card too, and a key brings it back. Parameters that were refused
 * executed nothing: they leave as an error, past the memory for keys.
 */
function perform(world, { method, path, encoded, key, requestId, version }) {
  passTime(world, now(world));
  const found = TABLE.map((route) => ({ ...route, ids: route.pattern.exec(path) }));
  const route = found.find((one) => one.method === method && one.ids);
  if (!route) throw unknownUrl(method, path);
  const params = route.shape.read(decode(encoded), "");
  world.request = { id: requestId, idempotency_key: key ?? null };
  world.version = version;
  try {
    const result = route.run(world, params, ...route.ids.slice(1).map(decodeURIComponent));
    const shown = render(world, result, params.expand);
    world.watch?.(shown);
    return { status: 200, body: pretty(shown) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 402) throw error;
    return { status: 402, body: pretty(error.body(requestId)) };
  } finally {
    world.request = null;
  }
}

const unknownUrl = (method, path) =>
  invalid(`Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs.`, { status: 404 });
