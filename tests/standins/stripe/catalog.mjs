// What is sold: products, prices, coupons and promotion codes.

import { ApiError, invalid, oneOf } from "./errors.mjs";
import { deleted, mergeMetadata } from "./objects.mjs";
import {
  EXPAND, PAGE, atLeast, choice, currency, decimal, emptyable, fields, flag, id, integer, list, metadata, range,
  required, text, webAddress,
} from "./params.mjs";
import { all, change, emit, get, make, now, page, peek } from "./world.mjs";

const PRODUCT = {
  active: flag,
  description: emptyable(text),
  images: list(webAddress),
  metadata,
  tax_code: emptyable(text),
  unit_label: emptyable(text),
  url: emptyable(webAddress),
  ...EXPAND,
};

const TAX_BEHAVIOR = choice("exclusive", "inclusive", "unspecified");
const INTERVAL = choice("day", "month", "week", "year");

/** What repeats, as prices and checkout sessions declare it. */
export const RECURRING = { interval: required(INTERVAL), interval_count: atLeast(1) };

const PRICE = {
  active: flag,
  currency: required(currency),
  lookup_key: text,
  metadata,
  nickname: text,
  product: id,
  product_data: fields({ name: required(text), metadata, tax_code: text, unit_label: text }),
  recurring: fields({ ...RECURRING, usage_type: choice("licensed") }),
  tax_behavior: TAX_BEHAVIOR,
  transfer_lookup_key: flag,
  unit_amount: atLeast(0),
  unit_amount_decimal: decimal,
  ...EXPAND,
};

const PRICE_UPDATE = {
  active: flag,
  lookup_key: emptyable(text),
  metadata,
  nickname: emptyable(text),
  tax_behavior: TAX_BEHAVIOR,
  transfer_lookup_key: flag,
  ...EXPAND,
};

const COUPON = {
  amount_off: atLeast(1),
  currency,
  duration: choice("forever", "once", "repeating"),
  duration_in_months: atLeast(1),
  id,
  max_redemptions: atLeast(1),
  metadata,
  name: text,
  percent_off: decimal,
  redeem_by: integer,
  ...EXPAND,
};

const CODE = {
  active: flag,
  code: text,
  customer: id,
  expires_at: integer,
  max_redemptions: atLeast(1),
  metadata,
  promotion: required(fields({ coupon: required(id), type: required(choice("coupon")) })),
  restrictions: fields({ first_time_transaction: flag, minimum_amount: atLeast(0), minimum_amount_currency: currency }),
  ...EXPAND,
};

const PRICE_LIST = {
  ...PAGE, active: flag, created: range, currency, lookup_keys: list(text), product: id, type: choice("one_time", "recurring"),
};
const CODE_LIST = { ...PAGE, active: flag, code: text, coupon: id, created: range, customer: id };

export const routes = [
  ["POST", "/v1/products", { ...PRODUCT, id, name: required(text) }, createProduct],
  ["GET", "/v1/products", { ...PAGE, active: flag, created: range, ids: list(id) }, listProducts],
  ["GET", "/v1/products/:id", EXPAND, (world, _, id) => get(world, "product", id)],
  ["POST", "/v1/products/:id", { ...PRODUCT, default_price: id, name: text }, updateProduct],
  ["DELETE", "/v1/products/:id", {}, deleteProduct],
  ["POST", "/v1/prices", PRICE, createPrice],
  ["GET", "/v1/prices", PRICE_LIST, listPrices],
  ["GET", "/v1/prices/:id", EXPAND, (world, _, id) => get(world, "price", id)],
  ["POST", "/v1/prices/:id", PRICE_UPDATE, updatePrice],
  ["POST", "/v1/coupons", COUPON, createCoupon],
  ["GET", "/v1/coupons", { ...PAGE, created: range }, (world, params) => page(world, coupons(world), params, "/v1/coupons")],
  ["GET", "/v1/coupons/:id", EXPAND, (world, _, id) => refreshed(world, get(world, "coupon", id))],
  ["DELETE", "/v1/coupons/:id", {}, deleteCoupon],
  ["POST", "/v1/promotion_codes", CODE, createCode],
  ["GET", "/v1/promotion_codes", CODE_LIST, listCodes],
  ["GET", "/v1/promotion_codes/:id", EXPAND, (world, _, id) => refreshedCode(world, get(world, "promotion_code", id))],
  ["POST", "/v1/promotion_codes/:id", { active: flag, metadata, ...EXPAND }, updateCode],
];

function taken(what, id) {
  return invalid(`${what} already exists: ${id}`, { code: "resource_already_exists", param: "id" });
}

function createProduct(world, { expand: _, metadata: changes, ...values }) {
  if (values.id && peek(world, "product", values.id)) throw taken("Product", values.id);
  const product = make(world, "product", { ...values, updated: now(world) });
  mergeMetadata(product, changes);
  emit(world, "product.created", product);
  return product;
}

function updateProduct(world, { expand: _, metadata: changes, ...values }, id) {
  const product = get(world, "product", id);
  if (values.default_price) get(world, "price", values.default_price, "default_price");
  return change(world, "product.updated", product, () => {
    Object.assign(product, values, { updated: now(world) });
    mergeMetadata(product, changes);
  });
}

function deleteProduct(world, _, id) {
  const product = get(world, "product", id);
  if (all(world, "price").some((price) => price.product === id)) {
    throw invalid("This product cannot be deleted because it has one or more user-created prices.");
  }
  world.objects.get("product").delete(id);
  emit(world, "product.deleted", product);
  return deleted(product);
}

function listProducts(world, params) {
  const { active, ids } = params;
  const keep = (product) => product.active === (active ?? product.active) && (!ids || ids.includes(product.id));
  return page(world, all(world, "product").filter(keep), params, "/v1/products");
}

function createPrice(world, params) {
  if (params.product && params.product_data) throw oneOf("product", "product_data");
  if (!params.product && !params.product_data) {
    throw invalid("You must specify either `product` or `product_data` when creating a price.", { param: "product" });
  }
  if (params.unit_amount === undefined && params.unit_amount_decimal === undefined) {
    const message = "Missing required param: unit_amount.";
    throw invalid(message, { code: "parameter_missing", param: "unit_amount" });
  }
  if (params.product) get(world, "product", params.product, "product");
  freeLookupKey(world, params);
  const product = params.product ?? createProduct(world, params.product_data).id;
  const price = newPrice(world, { ...params, product });
  emit(world, "price.created", price);
  return price;
}

/** A price from parameters that were checked. */
export function newPrice(world, params) {
  const { active = true, currency, lookup_key = null, nickname = null, product, tax_behavior = "unspecified" } = params;
  const unit_amount = params.unit_amount ?? Math.round(params.unit_amount_decimal);
  const unit_amount_decimal = String(params.unit_amount_decimal ?? unit_amount);
  const recurring = params.recurring && {
    interval: params.recurring.interval,
    interval_count: params.recurring.interval_count ?? 1,
    meter: null,
    trial_period_days: null,
    usage_type: "licensed",
  };
  const values = { active, currency, lookup_key, nickname, product, tax_behavior, unit_amount, unit_amount_decimal };
  const price = make(world, "price", { ...values, recurring: recurring ?? null, type: recurring ? "recurring" : "one_time" });
  mergeMetadata(price, params.metadata);
  return price;
}

/** A lookup key names one active price; another may take it over if told so. */
function freeLookupKey(world, { lookup_key, transfer_lookup_key }, except) {
  const holder = lookup_key && all(world, "price").find((price) => price.lookup_key === lookup_key && price.id !== except);
  if (!holder) return;
  if (!transfer_lookup_key) {
    const message = `A price (\`${holder.id}\`) already uses that lookup key.`;
    throw invalid(message, { param: "lookup_key" });
  }
  change(world, "price.updated", holder, () => (holder.lookup_key = null));
}

function updatePrice(world, params, id) {
  const price = get(world, "price", id);
  const { expand: _, metadata: changes, transfer_lookup_key: __, ...values } = params;
  if (values.tax_behavior && price.tax_behavior !== "unspecified" && values.tax_behavior !== price.tax_behavior) {
    throw invalid("You cannot change the tax behavior of a price once it is set.", { param: "tax_behavior" });
  }
  freeLookupKey(world, params, id);
  return change(world, "price.updated", price, () => {
    Object.assign(price, values);
    mergeMetadata(price, changes);
  });
}

function listPrices(world, params) {
  const { active, currency, lookup_keys, product, type } = params;
  if (lookup_keys?.length > 10) throw invalid("You may only specify up to 10 lookup keys.", { param: "lookup_keys" });
  const keep = (price) =>
    price.active === (active ?? price.active) &&
    price.currency === (currency ?? price.currency) &&
    price.product === (product ?? price.product) &&
    price.type === (type ?? price.type) &&
    (!lookup_keys || lookup_keys.includes(price.lookup_key));
  return page(world, all(world, "price").filter(keep), params, "/v1/prices");
}

function createCoupon(world, { expand: _, metadata: changes, duration = "once", ...values }) {
  if (values.id && peek(world, "coupon", values.id)) throw taken("Coupon", values.id);
  if ((values.percent_off === undefined) === (values.amount_off === undefined)) {
    throw invalid("Must provide exactly one of: amount_off, percent_off.", { param: "percent_off" });
  }
  if (values.percent_off <= 0 || values.percent_off > 100) {
    throw invalid("Invalid percent_off: must be greater than 0 and at most 100", { param: "percent_off" });
  }
  if (values.amount_off && !values.currency) throw invalid("Must provide currency with amount_off.", { param: "currency" });
  if ((duration === "repeating") !== (values.duration_in_months !== undefined)) {
    const message = "duration_in_months is required when duration is repeating, and only then.";
    throw invalid(message, { param: "duration_in_months" });
  }
  const coupon = make(world, "coupon", { ...values, duration });
  mergeMetadata(coupon, changes);
  emit(world, "coupon.created", coupon);
  return coupon;
}

function deleteCoupon(world, _, id) {
  const coupon = get(world, "coupon", id);
  world.objects.get("coupon").delete(id);
  emit(world, "coupon.deleted", coupon);
  return deleted(coupon);
}

/** Whether a coupon can still be redeemed is a question of its time and count. */
function refreshed(world, coupon) {
  const { redeem_by, max_redemptions, times_redeemed } = coupon;
  coupon.valid = !(redeem_by && redeem_by <= now(world)) && !(max_redemptions && times_redeemed >= max_redemptions);
  return coupon;
}

const coupons = (world) => all(world, "coupon").map((coupon) => refreshed(world, coupon));

function refreshedCode(world, code) {
  const { expires_at, max_redemptions, times_redeemed } = code;
  const coupon = peek(world, "coupon", code.promotion.coupon);
  const isOver = (expires_at && expires_at <= now(world)) || (max_redemptions && times_redeemed >= max_redemptions);
  if (isOver || !coupon || !refreshed(world, coupon).valid) code.active = false;
  return code;
}

function createCode(world, { expand: _, metadata: changes, restrictions, ...values }) {
  const coupon = refreshed(world, get(world, "coupon", values.promotion.coupon, "promotion[coupon]"));
  if (!coupon.valid) throw invalid("This coupon is not valid.", { param: "promotion[coupon]" });
  if (values.customer) get(world, "customer", values.customer, "customer");
  const code = values.code ?? world.ids.letters(8).toUpperCase();
  if (all(world, "promotion_code").some((one) => one.active && one.code.toUpperCase() === code.toUpperCase())) {
    throw invalid(`An active promotion code with \`code: ${code}\` already exists.`, { param: "code" });
  }
  const limits = { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null, ...restrictions };
  const made = make(world, "promotion_code", { ...values, code, restrictions: limits });
  mergeMetadata(made, changes);
  emit(world, "promotion_code.created", made);
  return made;
}

function updateCode(world, { active, metadata: changes }, id) {
  const code = get(world, "promotion_code", id);
  return change(world, "promotion_code.updated", code, () => {
    code.active = active ?? code.active;
    mergeMetadata(code, changes);
  });
}

function listCodes(world, params) {
  const { active, code, coupon, customer } = params;
  const keep = (one) =>
    one.active === (active ?? one.active) &&
    one.code.toUpperCase() === (code ?? one.code).toUpperCase() &&
    one.promotion.coupon === (coupon ?? one.promotion.coupon) &&
    one.customer === (customer ?? one.customer);
  const found = all(world, "promotion_code").map((one) => refreshedCode(world, one));
  return page(world, found.filter(keep), params, "/v1/promotion_codes");
}

/** The coupon, if it can be redeemed for this currency. */
export function redeemable(world, id, currency, param) {
  const coupon = refreshed(world, get(world, "coupon", id, param));
  if (!coupon.valid) throw invalid(`Coupon ${id} is expired or used up and cannot be applied.`, { code: "coupon_expired", param });
  if (coupon.currency && coupon.currency !== currency) {
    throw invalid(`The coupon ${id} is for ${coupon.currency}, not for ${currency}.`, { param });
  }
  return coupon;
}

/** The active promotion code with these letters, in any case. */
export function codeByLetters(world, letters) {
  const found = all(world, "promotion_code").find(
    (one) => refreshedCode(world, one).active && one.code.toUpperCase() === letters.toUpperCase(),
  );
  if (!found) throw new ApiError(400, { message: "This code is invalid.", type: "invalid_request_error" });
  return found;
}

/** Counts a redemption. */
export function redeem(world, coupon, code) {
  coupon.times_redeemed++;
  if (code) code.times_redeemed++;
}
