// Checkout sessions over the API.

import { codeByLetters, newPrice, redeemable } from "./catalog.mjs";
import { CREATE, check, methodsFor } from "./checkout_params.mjs";
import { automaticTax } from "./invoices.mjs";
import { invalid, oneOf } from "./errors.mjs";
import { fresh, listOf, mergeMetadata } from "./objects.mjs";
import { EXPAND, PAGE, choice, fields, id, metadata, range, text } from "./params.mjs";
import { settle, sum } from "./sums.mjs";
import { DAY } from "./time.mjs";
import { all, emit, get, hiddenOf, make, newId, now, page, peek, schedule } from "./world.mjs";

const LIST = {
  ...PAGE,
  created: range,
  customer: id,
  customer_details: fields({ email: text }),
  payment_intent: id,
  status: choice("complete", "expired", "open"),
  subscription: id,
};

export const routes = [
  ["POST", "/v1/checkout/sessions", CREATE, createSession],
  ["GET", "/v1/checkout/sessions", LIST, listSessions],
  ["GET", "/v1/checkout/sessions/:id", EXPAND, (world, _, id) => get(world, "checkout.session", id)],
  ["POST", "/v1/checkout/sessions/:id", { metadata, ...EXPAND }, update],
  ["POST", "/v1/checkout/sessions/:id/expire", EXPAND, (world, _, id) => expire(world, get(world, "checkout.session", id))],
  ["GET", "/v1/checkout/sessions/:id/line_items", PAGE, (world, params, id) => lineItems(world, params, id)],
];

function createSession(world, params) {
  check(world, params);
  const wanted = params.line_items.map((line, idx) => readLine(world, params, line, `line_items[${idx}]`));
  const { currency } = wanted[0];
  if (wanted.some((line) => line.currency !== currency)) {
    throw invalid("All prices in a Checkout Session must have the same currency.", { param: "line_items" });
  }
  checkRecurring(params.mode, wanted);
  const discount = readDiscount(world, params.discounts?.[0], currency);
  checkAmount(wanted, discount, params, currency);
  methodsFor(params, currency);
  const lines = wanted.map((line) => makeLine(world, line));
  const session = makeSession(world, params, currency);
  Object.assign(hiddenOf(world, session.id), { lines, params, discount, items: lines.map(({ item }) => item) });
  world.sessions?.set(session.id, { object: session });
  reprice(world, session);
  schedule(world, session.expires_at, () => session.status === "open" && close(world, session));
  return session;
}

/** The price a line names, or the wish for a new one. Nothing is made yet: another line may be refused. */
function readLine(world, params, { price, price_data, quantity, adjustable_quantity, metadata }, at) {
  if (price && price_data) throw oneOf(`${at}[price]`, `${at}[price_data]`);
  if (!price && !price_data) throw invalid(`You must specify either \`price\` or \`price_data\` in ${at}.`, { param: at });
  if (quantity === undefined) throw invalid(`Quantity is required. Add \`quantity\` to \`${at}\``, { param: `${at}[quantity]` });
  const more = { quantity, adjustable_quantity, metadata };
  if (price_data) return { ...more, ...readPriceData(world, price_data, `${at}[price_data]`) };
  const found = get(world, "price", price, `${at}[price]`);
  if (!found.active) {
    throw invalid("The price specified is inactive. This field only accepts active prices.", { param: `${at}[price]` });
  }
  return { ...more, found, currency: found.currency, recurring: found.recurring, unit_amount: found.unit_amount };
}

function readPriceData(world, data, at) {
  if (data.product && data.product_data) throw oneOf(`${at}[product]`, `${at}[product_data]`);
  if (data.product) get(world, "product", data.product, `${at}[product]`);
  else if (!data.product_data) throw invalid(`You must specify either \`product\` or \`product_data\` in ${at}.`, { param: at });
  const { currency, recurring } = data;
  const unit_amount = data.unit_amount ?? (data.unit_amount_decimal && Math.round(data.unit_amount_decimal));
  if (unit_amount !== undefined) return { data, currency, recurring, unit_amount };
  throw invalid(`Missing required param: ${at}[unit_amount].`, { code: "parameter_missing", param: `${at}[unit_amount]` });
}

function checkRecurring(mode, wanted) {
  const isRecurring = wanted.some(({ recurring }) => recurring);
  if (mode === "payment" && isRecurring) {
    const message =
      "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only " +
      "one-time prices.";
    throw invalid(message, { param: "mode" });
  }
  if (mode === "subscription" && !isRecurring) {
    const message = "You must provide at least one recurring price in `subscription` mode when using prices.";
    throw invalid(message, { param: "line_items" });
  }
}

function readDiscount(world, wanted, currency) {
  if (!wanted) return undefined;
  const { coupon, promotion_code } = wanted;
  const code = promotion_code && get(world, "promotion_code", promotion_code, "discounts[0][promotion_code]");
  if (code && !code.active) throw invalid("This promotion code is not active.", { param: "discounts[0][promotion_code]" });
  return { coupon: redeemable(world, coupon ?? code.promotion.coupon, currency, "discounts[0][coupon]"), code };
}

const LEAST = 50;

/** A payment must be worth its fees, or free. */
function checkAmount(wanted, discount, { mode, subscription_data }, currency) {
  if (subscription_data?.trial_period_days || subscription_data?.trial_end) return;
  const lines = wanted.map(({ unit_amount, quantity }) => ({ subtotal: unit_amount * quantity }));
  const total = sum(settle(lines, discount ? [{ id: "", coupon: discount.coupon }] : []).map((line) => line.total));
  if (mode !== "payment" || total === 0 || total >= LEAST) return;
  const message = `The Checkout Session's total amount due must add up to at least ${LEAST} ${currency}.`;
  throw invalid(message, { code: "amount_too_small" });
}

function makeLine(world, { found, data, quantity, adjustable_quantity, metadata }) {
  const price = found ?? priceOf(world, data);
  const description = get(world, "product", price.product).name;
  const limits = adjustable_quantity && { maximum: null, minimum: null, ...adjustable_quantity };
  const item = fresh("item", {
    id: newId(world, "item"),
    adjustable_quantity: limits ?? null,
    currency: price.currency,
    description,
    metadata: metadata ?? {},
    price: structuredClone(price),
    quantity,
  });
  return { item, price };
}

/** Prices and products that are made in passing are not for sale again. */
function priceOf(world, data) {
  const { name, description = null, metadata: changes, tax_code = null, images = [] } = data.product_data ?? {};
  const values = { active: false, name, description, images, tax_code, updated: now(world) };
  const product = data.product ?? make(world, "product", values).id;
  if (data.product_data) mergeMetadata(peek(world, "product", product), changes);
  return newPrice(world, { ...data, product, active: false });
}

function makeSession(world, params, currency) {
  const id = newId(world, "checkout.session");
  const { mode, payment_method_types, tax_id_collection } = params;
  const customer = peek(world, "customer", params.customer);
  const invoice = params.invoice_creation;
  const session = make(world, "checkout.session", {
    id,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    allowed_payment_method_types: params.allowed_payment_method_types ?? null,
    automatic_tax: taxState(params.automatic_tax?.enabled ? null : undefined),
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    currency,
    customer: customer?.id ?? null,
    customer_creation: mode === "payment" ? customerCreation(params) : null,
    customer_details: customer ? detailsOf(customer) : null,
    customer_email: params.customer_email ?? null,
    expires_at: params.expires_at ?? now(world) + DAY,
    invoice_creation: mode === "payment" ? invoiceCreation(invoice) : null,
    locale: params.locale ?? null,
    mode,
    payment_method_collection: mode === "subscription" ? (params.payment_method_collection ?? "always") : "if_required",
    payment_method_configuration_details: payment_method_types ? null : { id: "pmc_1StandIn", parent: null },
    payment_method_options: { card: { request_three_d_secure: "automatic" }, ...weChat(params.payment_method_options) },
    payment_method_types: methodsFor(params, currency),
    submit_type: params.submit_type ?? null,
    success_url: params.success_url,
    url: `${world.url}/pay/${id}`,
  });
  const { terms_of_service = null, promotions = null } = params.consent_collection ?? {};
  const consent = { payment_method_reuse_agreement: null, promotions, terms_of_service };
  if (params.consent_collection) session.consent_collection = consent;
  if (tax_id_collection) session.tax_id_collection = { ...tax_id_collection, required: "never" };
  session.phone_number_collection = { enabled: false, ...params.phone_number_collection };
  mergeMetadata(session, params.metadata);
  return session;
}

const customerCreation = ({ customer_creation, invoice_creation }) =>
  customer_creation ?? (invoice_creation?.enabled ? "always" : "if_required");

const weChat = (options) => options?.wechat_pay && { wechat_pay: { app_id: null, ...options.wechat_pay } };

/** `undefined`: no automatic tax; `null`: the place is not known yet; a number: percent. */
function taxState(tax) {
  const { disabled_reason: _, ...state } = automaticTax(tax === null ? 0 : tax);
  return tax === null ? { ...state, status: "requires_location_inputs" } : state;
}

const invoiceCreation = (wanted) => ({
  enabled: wanted?.enabled ?? false,
  invoice_data: {
    account_tax_ids: null,
    custom_fields: null,
    description: wanted?.invoice_data?.description ?? null,
    footer: null,
    issuer: null,
    metadata: wanted?.invoice_data?.metadata ?? {},
    rendering_options: null,
  },
});

/** What a session says of its customer. */
export const detailsOf = ({ address, email, name, tax_exempt }) => ({
  address,
  business_name: null,
  email,
  individual_name: null,
  name,
  phone: null,
  tax_exempt,
  tax_ids: [],
});

/** When the trial that this session offers would end; nothing without a trial. */
export function trialEndOf(world, session) {
  const { trial_end, trial_period_days } = hiddenOf(world, session.id).params.subscription_data ?? {};
  return trial_end ?? (trial_period_days && now(world) + trial_period_days * DAY);
}

/** Works out the amounts anew: after a discount, another quantity, or once the place for tax is known. */
export function reprice(world, session) {
  const { lines, discount, tax } = hiddenOf(world, session.id);
  const isTrial = trialEndOf(world, session) !== undefined;
  const wanted = lines.map(({ price, item }) => ({
    subtotal: isTrial && price.recurring ? 0 : price.unit_amount * item.quantity,
    isInclusive: price.tax_behavior === "inclusive",
  }));
  const found = settle(wanted, discount ? [{ id: "", coupon: discount.coupon }] : [], tax);
  for (const [idx, { item }] of lines.entries()) {
    const { subtotal, discount, tax, total } = found[idx];
    Object.assign(item, { amount_discount: discount, amount_subtotal: subtotal, amount_tax: tax, amount_total: total });
  }
  const total = (name) => sum(found.map((line) => line[name]));
  session.amount_subtotal = total("subtotal");
  session.amount_total = total("total");
  session.total_details = { amount_discount: total("discount"), amount_shipping: 0, amount_tax: total("tax") };
  if (session.automatic_tax.enabled && tax !== undefined) session.automatic_tax = taxState(tax);
  const { coupon, code } = discount ?? {};
  session.discounts = coupon ? [{ coupon: code ? null : coupon.id, promotion_code: code?.id ?? null }] : [];
}

/** The buyer types a code on the page. */
export function applyCode(world, session, letters) {
  if (!session.allow_promotion_codes) throw invalid("This session takes no promotion codes.");
  const code = codeByLetters(world, letters);
  const { minimum_amount, minimum_amount_currency } = code.restrictions;
  if (minimum_amount_currency === session.currency && session.amount_subtotal < minimum_amount) {
    throw invalid("This code is for larger orders.");
  }
  if (code.customer && code.customer !== session.customer) throw invalid("This code is invalid.");
  const coupon = redeemable(world, code.promotion.coupon, session.currency);
  hiddenOf(world, session.id).discount = { coupon, code };
  reprice(world, session);
}

/** Nobody can pay any more. */
export function close(world, session) {
  Object.assign(session, { status: "expired", url: null });
  emit(world, "checkout.session.expired", session);
  return session;
}

function expire(world, session) {
  if (session.status === "open") return close(world, session);
  const message =
    'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ' +
    `\`${session.status}\`.`;
  throw invalid(message);
}

function update(world, params, id) {
  const session = get(world, "checkout.session", id);
  mergeMetadata(session, params.metadata);
  return session;
}

function listSessions(world, params) {
  const names = ["customer", "payment_intent", "status", "subscription"];
  const keep = (session) =>
    names.every((name) => params[name] === undefined || session[name] === params[name]) &&
    (!params.customer_details?.email || session.customer_details?.email === params.customer_details.email);
  return page(world, all(world, "checkout.session").filter(keep), params, "/v1/checkout/sessions");
}

function lineItems(world, params, id) {
  get(world, "checkout.session", id);
  const { items } = hiddenOf(world, id);
  const limit = params.limit ?? 10;
  return listOf(items.slice(0, limit), `/v1/checkout/sessions/${id}/line_items`, items.length > limit);
}
