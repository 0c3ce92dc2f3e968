// A stand-in for Stripe: its API, its Checkout and portal pages, its webhooks, and a calendar that tests turn.
//
//   node tests/standins/stripe.mjs --port 4242 [--time 1767225600] [--webhook URL --secret whsec_...] [--seed TEXT]
//
// It has one version's shapes (see `stripe/objects.mjs`), only test keys, and no memory beyond its process.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { json, serve } from "./http.mjs";
import { answer as answerApi } from "./stripe/api.mjs";
import { VERBS, perform } from "./stripe/control.mjs";
import { ApiError } from "./stripe/errors.mjs";
import { answerPage } from "./stripe/pages.mjs";
import { defaultConfiguration } from "./stripe/portal.mjs";
import { createPost, firstEndpoint } from "./stripe/webhooks.mjs";
import { createWorld } from "./stripe/world.mjs";

/**
 * Starts the stand-in.
 *
 * `clock`: a time at which it stands still, or an object with `now()`; the machine's time otherwise.
 * `webhook`: `{ url, secrets, events }`. `seed`: the same ids in every run. `keys`: the API keys that it knows, any
 * secret key otherwise. `watch(object)`: sees whatever the API answers and the post delivers.
 *
 * `url`; `control.<verb>(object)`: see `stripe/control.mjs`; `sessions`: checkout sessions by id; `events`: all of
 * them; `versions`: the API versions that were asked for; `n_calls`; `isDown = true`: an outage; `stop()`.
 */
export async function start({ port = 0, clock, webhook, seed, keys, watch } = {}) {
  const world = createWorld({ clock, seed });
  const post = createPost(world);
  Object.assign(world, { keys, watch, post, repeats: new Map(), sessions: new Map(), outage: { mode: "none", calls: 0 } });
  world.onEvent = post.enqueue;
  defaultConfiguration(world);
  if (webhook) firstEndpoint(world, webhook);
  const standIn = { sessions: world.sessions, events: world.events, versions: new Set(), n_calls: 0, control: {} };
  for (const verb of Object.keys(VERBS)) standIn.control[verb] = (given) => perform(world, verb, given);
  Object.defineProperty(standIn, "isDown", {
    get: () => world.outage.mode !== "none",
    set: (isDown) => (world.outage = { mode: isDown ? "503" : "none", calls: Infinity }),
    enumerable: true,
  });
  const server = await serve((request, body, url) => route(world, standIn, request, body, url), port);
  world.url = server.url;
  return Object.assign(standIn, server);
}

function route(world, standIn, request, body, url) {
  if (url.pathname.startsWith("/_control/")) return controlAnswer(world, request, body, url);
  if (!url.pathname.startsWith("/v1/")) return answerPage(world, request, body, url);
  standIn.n_calls++;
  standIn.versions.add(request.headers["stripe-version"] ?? null);
  const mode = outageNow(world);
  if (OUTAGES[mode]) return OUTAGES[mode]();
  const answered = answerApi(world, request, body, url);
  if (mode !== "lost") return answered;
  request.socket.destroy();
  return new Promise(() => {});
}

function outageNow(world) {
  const { mode, calls } = world.outage;
  if (mode !== "none") world.outage.calls = calls - 1;
  if (world.outage.calls <= 0) world.outage = { mode: "none", calls: 0 };
  return mode;
}

const error = (message, type, code) => ({ error: { ...(code && { code }), message, type } });

const OUTAGES = {
  429: () => json(429, error("Too many requests hit the API too quickly.", "invalid_request_error", "rate_limit")),
  500: () => json(500, error("Sorry! There was an error while talking to one of our backends.", "api_error")),
  503: () => json(503, error("out of service", "api_error")),
  garbage: () => ({ status: 200, headers: { "content-type": "application/json" }, body: '{"id": "cs_test_' }),
  timeout: () => new Promise(() => {}),
};

async function controlAnswer(world, request, body, url) {
  if (request.method !== "POST") return json(405, error("POST only", "invalid_request_error"));
  try {
    return json(200, await perform(world, url.pathname.slice("/_control/".length), body ? JSON.parse(body) : {}));
  } catch (caught) {
    if (caught instanceof ApiError) return json(caught.status, { error: caught.fields });
    if (caught instanceof SyntaxError) return json(400, error("not JSON", "invalid_request_error"));
    throw caught;
  }
}

async function main() {
  const text = { type: "string" };
  const options = { port: text, time: text, webhook: text, secret: { type: "string", multiple: true }, seed: text };
  const { port, time, webhook, secret = [], seed } = parseArgs({ options }).values;
  const standIn = await start({
    clock: time && Number(time),
    port: Number(port ?? 0),
    seed,
    webhook: webhook && { url: webhook, secrets: secret },
  });
  console.log(standIn.url);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
