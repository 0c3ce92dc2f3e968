// What tests tell the stand-in to do: the buyer, the bank, the calendar and the weather.
//
// Every verb takes one object and is also `POST /_control/<verb>` with that object as JSON.

import { cancelNow, update } from "./billing.mjs";
import { close } from "./checkout.mjs";
import { remove, setCard } from "./customers.mjs";
import { pause, resume } from "./cycle.mjs";
import { chargeOfIntent, closeDispute, disputeOf, openDispute } from "./disputes.mjs";
import { invalid } from "./errors.mjs";
import { collect, finalize, paymentOf } from "./invoices.mjs";
import { SLOW } from "./payments.mjs";
import { chargeOfSession, pay, settleAsync } from "./purchase.mjs";
import { createRefund, settleRefund } from "./refunds.mjs";
import { endpointsFor, eventOf, retry, rollSecret, send } from "./webhooks.mjs";
import { all, change, get, hiddenOf, now, passTime, peek } from "./world.mjs";

const sessionOf = (world, { session }) => get(world, "checkout.session", session);
const subscriptionOf = (world, { subscription }) => get(world, "subscription", subscription);

/** The charge that is meant: by its own id, or by what it paid for. */
function chargeFrom(world, { charge, payment_intent, session, invoice, subscription }) {
  const newest = invoice ?? (subscription && get(world, "subscription", subscription).latest_invoice);
  const intent = payment_intent ? get(world, "payment_intent", payment_intent) : undefined;
  const found =
    (charge && get(world, "charge", charge)) ??
    (intent && chargeOfIntent(world, intent)) ??
    (session && chargeOfSession(world, sessionOf(world, { session }))) ??
    (newest && chargeOfIntent(world, paymentOf(world, get(world, "invoice", newest))?.intent ?? {}));
  if (found) return found;
  throw invalid("Nothing was paid there.");
}

function payAsync(world, { session, ...how }) {
  const found = sessionOf(world, { session });
  const method = found.payment_method_types.find((type) => SLOW.includes(type));
  if (!method) throw invalid("This Checkout Session takes no payment that comes later.");
  pay(world, found, { ...how, method });
  return found;
}

function dispute(world, { state, ...of }) {
  const given = of.dispute && get(world, "dispute", of.dispute);
  if (state === "open") return openDispute(world, chargeFrom(world, of), of.reason);
  if (state !== "won" && state !== "lost") throw invalid("Invalid state: must be one of open, won or lost");
  const found = given ?? disputeOf(world, chargeFrom(world, of));
  if (!found) throw invalid("Nothing is disputed there.");
  return closeDispute(world, found, state);
}

function changeItem(world, of, wanted) {
  const subscription = subscriptionOf(world, of);
  const { id } = subscription.items.data[0];
  const { proration_behavior } = of;
  return update(world, subscription, { items: [{ id, ...wanted }], proration_behavior });
}

function payInvoice(world, { invoice, subscription }) {
  const found = get(world, "invoice", invoice ?? subscriptionOf(world, { subscription }).latest_invoice);
  if (found.status === "draft") finalize(world, found);
  return { state: collect(world, found), invoice: found };
}

function setCustomer(world, { customer, ...values }) {
  return change(world, "customer.updated", get(world, "customer", customer), (found) => Object.assign(found, values));
}

function advance(world, { seconds }) {
  if (!Number.isInteger(seconds) || seconds < 0) throw invalid("seconds must be a whole number, zero or more");
  passTime(world, now(world) + seconds);
  return { now: now(world) };
}

function setTime(world, { time }) {
  if (!Number.isInteger(time) || time < now(world)) throw invalid("time only goes on");
  passTime(world, time);
  return { now: now(world) };
}

const OUTAGES = ["none", "429", "500", "503", "timeout", "garbage", "lost"];

/**
 * From now on, or for the next `calls` calls, the API fails: `lost` does what was asked and then breaks the
 * connection, so that only an idempotency key can tell; `garbage` answers 200 with something that is no JSON.
 */
function outage(world, { mode, calls = Infinity }) {
  if (!OUTAGES.includes(mode)) throw invalid(`Invalid mode: must be one of ${OUTAGES.join(", ")}`);
  world.outage = { mode, calls };
  return { mode };
}

function delivery(world, { mode }) {
  if (mode !== "auto" && mode !== "manual") throw invalid("Invalid mode: must be one of auto or manual");
  world.post.mode = mode;
  return { mode };
}

/** Delivers an event, whatever was delivered before. `{ event, times, at, secrets, body }`; says each answer's status. */
async function deliver(world, { event, times = 1, endpoint, ...how }) {
  const found = eventOf(world, event);
  const wanted = endpoint ? [get(world, "webhook_endpoint", endpoint)] : endpointsFor(world, found);
  const answers = [];
  for (let time = 0; time < times; time++) {
    for (const one of wanted) answers.push(await send(world, world.post, found, one, how));
  }
  return { status: answers.at(-1)?.status ?? null, deliveries: answers };
}

function events(world, { types, since }) {
  const at = since ? world.events.findIndex(({ id }) => id === since) + 1 : 0;
  return { data: world.events.slice(at).filter(({ type }) => !types || types.includes(type)) };
}

function failFinalization(world, { customer, is_failing = true }) {
  get(world, "customer", customer);
  hiddenOf(world, customer).failsFinalization = is_failing;
  return { customer, is_failing };
}

const settings = (world, wanted) => {
  const unknown = Object.keys(wanted).find((key) => !Object.hasOwn(world.settings, key));
  if (unknown) throw invalid(`Unknown setting: ${unknown}`);
  return Object.assign(world.settings, wanted);
};

const setCardState = (world, { customer, state }) => {
  get(world, "customer", customer);
  if (!["ok", "declines", "requires_action"].includes(state)) {
    throw invalid("Invalid state: must be one of ok, declines or requires_action");
  }
  setCard(world, customer, state);
  return { customer, state };
};

/** Every verb: `run(world, object)`. */
export const VERBS = {
  // The buyer on the payment page.
  pay: (world, { session, ...how }) => {
    const found = sessionOf(world, { session });
    return { ...pay(world, found, how), session: found };
  },
  payAsync,
  decline: (world, of) => pay(world, sessionOf(world, of), { card: "declines" }),
  settleAsync: (world, { result, ...of }) => {
    if (result !== "success" && result !== "fail") throw invalid("Invalid result: must be one of success or fail");
    return settleAsync(world, sessionOf(world, of), result === "success");
  },
  // Going away changes nothing: the session stays open until it expires.
  abandon: (world, of) => sessionOf(world, of),
  expire: (world, of) => {
    const session = sessionOf(world, of);
    if (session.status !== "open") throw invalid(`This Checkout Session is ${session.status}.`);
    return close(world, session);
  },
  // The owner and the bank.
  refund: (world, { amount, reason, ...of }) => createRefund(world, { amount, reason, charge: chargeFrom(world, of).id }),
  settleRefund: (world, { refund, result }) => settleRefund(world, get(world, "refund", refund), result === "success"),
  dispute,
  setCard: setCardState,
  payInvoice,
  failFinalization,
  finalize: (world, { invoice }) => {
    const found = get(world, "invoice", invoice);
    if (finalize(world, found)) collect(world, found);
    return found;
  },
  // The subscriber in the portal.
  changePlan: (world, { price, ...of }) => changeItem(world, of, { price }),
  changeQuantity: (world, { quantity, ...of }) => changeItem(world, of, { quantity }),
  cancelNow: (world, of) => cancelNow(world, subscriptionOf(world, of)),
  cancelAtPeriodEnd: (world, of) => update(world, subscriptionOf(world, of), { cancel_at_period_end: true }),
  keep: (world, of) => update(world, subscriptionOf(world, of), { cancel_at_period_end: false }),
  pause: (world, of) => pause(world, subscriptionOf(world, of)),
  resume: (world, of) => resume(world, subscriptionOf(world, of), of.billing_cycle_anchor),
  pauseCollection: (world, { behavior = "void", ...of }) =>
    update(world, subscriptionOf(world, of), { pause_collection: behavior && { behavior } }),
  deleteCustomer: (world, { customer }) => remove(world, {}, customer),
  updateCustomer: setCustomer,
  // Time, weather and the post.
  advance,
  setTime,
  outage,
  delivery,
  deliver,
  retry: async (world) => ({ deliveries: await retry(world, world.post) }),
  rollSecret: (world, { endpoint, ...how }) => {
    const found = endpoint ? get(world, "webhook_endpoint", endpoint) : all(world, "webhook_endpoint")[0];
    if (!found) throw invalid("There is no webhook endpoint.");
    return { secret: rollSecret(world, found, how) };
  },
  events,
  settings,
  state: (world) => ({
    now: now(world),
    settings: world.settings,
    objects: Object.fromEntries([...world.objects].map(([type, found]) => [type, [...found.values()]])),
  }),
  peek: (world, { type, id }) => peek(world, type, id) ?? null,
};

/**
 * Does what the verb says and waits until the post is delivered. Answers `{ result, events, deliveries }`: what came
 * of it, the ids of the events it caused, and how the endpoints took them.
 */
export async function perform(world, verb, given = {}) {
  if (!Object.hasOwn(VERBS, verb)) throw invalid(`Unknown verb: ${verb}`, { status: 404 });
  const [n_events, n_sent] = [world.events.length, world.post.log.length];
  if (!["advance", "setTime"].includes(verb)) passTime(world, now(world));
  const result = await VERBS[verb](world, given);
  const shown = structuredClone(result);
  const caused = world.events.slice(n_events).map(({ id, type }) => ({ id, type }));
  await world.post.last;
  return { result: shown, events: caused, deliveries: world.post.log.slice(n_sent) };
}
