// A payment processor for tests: the two calls of Stripe's API that the app makes, and a page to pay on.
//
// Objects have the names and types of Stripe's own example objects (checkout session and subscription).
// Parameters that Stripe does not know are refused as Stripe refuses them, so a typo in the app shows here.

import { randomBytes } from "node:crypto";
import { bearer, escapeHtml, html, json, redirect, serve } from "./http.mjs";

const ITEM = "line_items\\[\\d+\\]";
const KNOWN = [
  /^(mode|success_url|cancel_url|client_reference_id|customer_email|customer|locale)$/,
  /^(allow_promotion_codes|payment_method_collection|billing_address_collection|submit_type|expires_at)$/,
  /^(automatic_tax|tax_id_collection|consent_collection|invoice_creation)\[[a-z_]+\]$/,
  /^(metadata|subscription_data\[metadata\]|payment_intent_data\[metadata\])\[[^\]]+\]$/,
  /^subscription_data\[(trial_period_days|description)\]$/,
  /^payment_intent_data\[(description|receipt_email)\]$/,
  /^expand\[\d*\]$/,
  new RegExp(`^${ITEM}\\[(quantity|price)\\]$`),
  new RegExp(`^${ITEM}\\[price_data\\]\\[(currency|unit_amount|product|tax_behavior)\\]$`),
  new RegExp(`^${ITEM}\\[price_data\\]\\[product_data\\]\\[(name|description)\\]$`),
  new RegExp(`^${ITEM}\\[price_data\\]\\[recurring\\]\\[(interval|interval_count)\\]$`),
];

const DAY = 86_400;
const PERIOD = { day: DAY, week: 7 * DAY, month: 30 * DAY, year: 365 * DAY };

const now = () => Math.floor(Date.now() / 1_000);
const name = (prefix) => `${prefix}_${randomBytes(12).toString("hex")}`;

const refuse = (message, param, type = "invalid_request_error", status = 400) =>
  json(status, { error: { message, param, type } });

/** What is wrong with the parameters of a new session, as Stripe says it; nothing when all is well. */
function fault(form) {
  const unknown = [...form.keys()].find((key) => !KNOWN.some((pattern) => pattern.test(key)));
  if (unknown) return refuse(`Received unknown parameter: ${unknown}`, unknown);
  for (const field of ["mode", "success_url", "line_items[0][quantity]"]) {
    if (!form.get(field)) return refuse(`Missing required param: ${field}.`, field);
  }
  const mode = form.get("mode");
  if (!["payment", "subscription", "setup"].includes(mode)) return refuse(`Invalid mode: ${mode}`, "mode");
  const data = "line_items[0][price_data]";
  if (!/^\d+$/.test(form.get(`${data}[unit_amount]`) ?? "")) return refuse("Invalid integer", `${data}[unit_amount]`);
  if (!/^[a-z]{3}$/i.test(form.get(`${data}[currency]`) ?? "")) return refuse("Invalid currency", `${data}[currency]`);
  const isRecurring = form.has(`${data}[recurring][interval]`);
  if (mode === "payment" && isRecurring) return refuse("You must use `subscription` mode with recurring prices.", "mode");
  if (mode === "subscription" && !isRecurring) return refuse("You must provide a recurring price.", "line_items");
  return undefined;
}

/** The fields `group[key]` of the form, as an object. */
function group(form, prefix) {
  const fields = [...form].filter(([key]) => key.startsWith(`${prefix}[`));
  return Object.fromEntries(fields.map(([key, value]) => [key.slice(prefix.length + 1, -1), value]));
}

function newSession(form, url) {
  const id = `cs_test_${randomBytes(24).toString("hex")}`;
  const data = "line_items[0][price_data]";
  const amount = Number(form.get(`${data}[unit_amount]`)) * Number(form.get("line_items[0][quantity]"));
  const trial_days = Number(form.get("subscription_data[trial_period_days]") ?? 0);
  const due = trial_days > 0 ? 0 : amount;
  return {
    object: {
      id,
      object: "checkout.session",
      amount_subtotal: due,
      amount_total: due,
      cancel_url: form.get("cancel_url"),
      client_reference_id: form.get("client_reference_id"),
      created: now(),
      currency: form.get(`${data}[currency]`).toLowerCase(),
      customer: null,
      customer_details: null,
      customer_email: form.get("customer_email"),
      expires_at: now() + DAY,
      livemode: false,
      metadata: group(form, "metadata"),
      mode: form.get("mode"),
      payment_intent: null,
      payment_status: "unpaid",
      status: "open",
      subscription: null,
      success_url: form.get("success_url"),
      total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
      url: `${url}/pay/${id}`,
    },
    title: form.get(`${data}[product_data][name]`) ?? "",
    interval: form.get(`${data}[recurring][interval]`),
    amount,
    trial_days,
    subscription: null,
  };
}

/** What a buyer's press of the button does. */
function complete(session) {
  const { object } = session;
  object.status = "complete";
  object.url = null;
  object.payment_status = session.trial_days > 0 ? "no_payment_required" : "paid";
  object.customer = name("cus");
  object.customer_details = { address: null, email: object.customer_email, name: null, phone: null, tax_ids: [] };
  if (object.mode === "payment") object.payment_intent = name("pi");
  if (object.mode === "subscription") session.subscription = newSubscription(session);
}

function newSubscription({ object, interval, amount, trial_days }) {
  const id = name("sub");
  const start = now();
  const end = start + (trial_days > 0 ? trial_days * DAY : PERIOD[interval]);
  const price = { id: name("price"), object: "price", currency: object.currency, unit_amount: amount };
  const item = { id: name("si"), object: "subscription_item", quantity: 1, subscription: id };
  Object.assign(item, { current_period_start: start, current_period_end: end });
  Object.assign(item, { price: { ...price, recurring: { interval, interval_count: 1 }, type: "recurring" } });
  return {
    id,
    object: "subscription",
    cancel_at_period_end: false,
    created: start,
    currency: object.currency,
    customer: object.customer,
    items: { object: "list", data: [item], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    livemode: false,
    metadata: {},
    status: trial_days > 0 ? "trialing" : "active",
    trial_end: trial_days > 0 ? end : null,
  };
}

/** The object as the API answers it: the subscription in full only when asked for. */
function shown({ object, subscription }, url) {
  const isExpanded = [...url.searchParams].some(([key, value]) => key.startsWith("expand") && value === "subscription");
  return { ...object, subscription: subscription && (isExpanded ? subscription : subscription.id) };
}

function payPage(session) {
  const { object, title, amount } = session;
  if (object.status !== "open") return html(410, "<h1>This payment page is closed</h1>");
  const price = `${(amount / 100).toFixed(2)} ${object.currency.toUpperCase()}`;
  return html(
    200,
    `<h1>${escapeHtml(title)}</h1><p>${price}${session.interval ? ` every ${escapeHtml(session.interval)}` : ""}</p>
     <form method="post"><button name="action" value="pay">Pay</button></form>
     <form method="post"><button name="action" value="cancel">Cancel</button></form>`,
  );
}

/**
 * Starts the processor. `sessions` holds what it knows, by id, for tests that look behind the counter;
 * `isDown = true` makes every call of the API fail, as in an outage.
 */
export async function start({ port = 0 } = {}) {
  const sessions = new Map();
  const repeats = new Map();
  const processor = { sessions, isDown: false, n_calls: 0 };

  const create = (request, body) => {
    const key = request.headers["idempotency-key"];
    const earlier = key && repeats.get(key);
    if (earlier && earlier.body !== body) {
      return refuse("Keys for idempotent requests can only be used with the same parameters.", undefined, "idempotency_error");
    }
    if (earlier) return json(200, earlier.answer);
    const form = new URLSearchParams(body);
    const wrong = fault(form);
    if (wrong) return wrong;
    const session = newSession(form, processor.url);
    sessions.set(session.object.id, session);
    const answer = { ...session.object };
    if (key) repeats.set(key, { body, answer });
    return json(200, answer);
  };

  const api = (request, body, url) => {
    processor.n_calls++;
    if (processor.isDown) return json(503, { error: { message: "out of service", type: "api_error" } });
    if (!bearer(request)) return refuse("You did not provide an API key.", undefined, "invalid_request_error", 401);
    if (request.method === "POST" && url.pathname === "/v1/checkout/sessions") return create(request, body);
    const session = sessions.get(/^\/v1\/checkout\/sessions\/(\w+)$/.exec(url.pathname)?.[1]);
    if (request.method === "GET" && session) return json(200, shown(session, url));
    return refuse(`No such object at ${url.pathname}`, undefined, "invalid_request_error", 404);
  };

  const page = (request, body, url) => {
    const session = sessions.get(/^\/pay\/(\w+)$/.exec(url.pathname)?.[1]);
    if (!session) return html(404, "<h1>No such payment page</h1>");
    if (request.method !== "POST" || session.object.status !== "open") return payPage(session);
    const { success_url, cancel_url, id } = session.object;
    if (new URLSearchParams(body).get("action") !== "pay") return redirect(cancel_url);
    complete(session);
    return redirect(success_url.replace("{CHECKOUT_SESSION_ID}", id));
  };

  const answer = (request, body, url) => (url.pathname.startsWith("/v1/") ? api : page)(request, body, url);
  return Object.assign(processor, await serve(answer, port));
}
