// Everything the stand-in knows: objects by type and id, what is due when, and the events so far.

import { randomBytes } from "node:crypto";
import { missing, invalid } from "./errors.mjs";
import { API_VERSION, createIds, fresh, isDated, listOf } from "./objects.mjs";
import { within } from "./params.mjs";
import { createClock } from "./time.mjs";

/** How the account is set up; tests change these fields. */
const SETTINGS = {
  // Days between the tries to collect an unpaid invoice, and what becomes of the subscription after the last:
  // "cancel", "unpaid" or "past_due".
  retry_days: [3, 5, 7],
  after_retries: "cancel",
  // A renewal's invoice can be edited this long before it is charged.
  finalize_after_s: 3_600,
  // Tax in percent by country, for whatever asks for automatic tax.
  tax: { DE: 19, FR: 20, JP: 10, SG: 9 },
  // Deliveries are signed with the machine's time ("wall"), as Stripe's own test clocks do, or with our clock's ("own").
  signature_time: "wall",
  // What a session says that was completed without a payment.
  free_status: "no_payment_required",
};

export function createWorld({ clock, seed } = {}) {
  const ids = createIds(seed ?? randomBytes(16).toString("hex"));
  const world = {
    clock: createClock(clock),
    ids,
    settings: structuredClone(SETTINGS),
    objects: new Map(),
    // What the API never shows, by id: a session's items, a customer's card, a subscription's pending prorations.
    hidden: new Map(),
    timers: [],
    events: [],
    // The API call that is being answered; events name it as their cause.
    request: null,
    onEvent: () => {},
  };
  return world;
}

export const now = (world) => world.clock.now();

export const newId = (world, type) => world.ids.of(type);

/** Puts a new object into the world. */
export function add(world, object) {
  const kind = object.object;
  if (!world.objects.has(kind)) world.objects.set(kind, new Map());
  world.objects.get(kind).set(object.id, object);
  return object;
}

/** A new object of the type, with an id and the present time, put into the world. */
export function make(world, type, values) {
  const id = values.id ?? newId(world, type);
  return add(world, fresh(type, { id, ...(isDated(type) && { created: now(world) }), ...values }));
}

export const peek = (world, type, id) => world.objects.get(type)?.get(id);

export const all = (world, type) => [...(world.objects.get(type)?.values() ?? [])];

const WORDS = { "checkout.session": "checkout.session", payment_intent: "payment_intent" };

/** The object, or Stripe's complaint that there is none. */
export function get(world, type, id, param) {
  const found = peek(world, type, id);
  if (found) return found;
  throw missing(WORDS[type] ?? type.replace("billing_portal.", "").replaceAll("_", " "), id, param);
}

/** What is kept about an object beside what the API shows. */
export function hiddenOf(world, id) {
  if (!world.hidden.has(id)) world.hidden.set(id, {});
  return world.hidden.get(id);
}

/** One page of a list, newest first. */
export function page(world, found, params, url) {
  const { limit = 10, starting_after, ending_before, created } = params;
  if (limit < 1 || limit > 100) {
    throw invalid(`Invalid integer: ${limit}; limit must be between 1 and 100`, { param: "limit" });
  }
  const newest = found.filter((object) => within(object.created, created)).reverse();
  const cursor = starting_after ?? ending_before;
  const at = newest.findIndex(({ id }) => id === cursor);
  if (cursor && at < 0) throw missing("object", cursor, starting_after ? "starting_after" : "ending_before");
  if (ending_before) {
    const before = newest.slice(0, at);
    return listOf(before.slice(-limit), url, before.length > limit);
  }
  const rest = newest.slice(at + 1);
  return listOf(rest.slice(0, limit), url, rest.length > limit);
}

/** Records an event about the object as it is now. */
export function emit(world, type, object, previous) {
  const data = { object: structuredClone(object), ...(previous && { previous_attributes: previous }) };
  const id = newId(world, "event");
  const request = world.request ?? { id: null, idempotency_key: null };
  const event = fresh("event", { id, api_version: API_VERSION, created: now(world), data, request, type });
  event.request = { ...request };
  world.events.push(event);
  world.onEvent(event);
  return event;
}

/** Changes an object, and records the event with what was different before. No change, no event. */
export function change(world, type, object, mutate) {
  const before = structuredClone(object);
  mutate(object);
  const previous = difference(before, object);
  if (previous) emit(world, type, object, previous);
  return object;
}

/** The old values of what changed; within plain objects only the parts that did. */
function difference(before, after) {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const old = {};
  for (const key of keys) {
    const [was, is] = [before[key] ?? null, after[key] ?? null];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    old[key] = isPlain(was) && isPlain(is) ? difference(was, is) : was;
  }
  return Object.keys(old).length > 0 ? old : undefined;
}

const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !value.object;

/** Remembers that something is due. What exactly is decided when the time has come, by what is true then. */
export function schedule(world, at, run) {
  world.timers.push({ at, run });
}

/** Does what was due until `time`, in its order, each thing at its own time. */
export function passTime(world, time) {
  for (;;) {
    const due = world.timers.reduce((best, timer, idx) => {
      return timer.at <= time && (best < 0 || timer.at < world.timers[best].at) ? idx : best;
    }, -1);
    if (due < 0) break;
    const [{ at, run }] = world.timers.splice(due, 1);
    if (at > now(world)) world.clock.set(at);
    run();
  }
  if (time > now(world)) world.clock.set(time);
}
