// The customer portal over the API: its configurations and the sessions that lead to it.

import { liveCustomer } from "./customers.mjs";
import { invalid } from "./errors.mjs";
import { mergeMetadata } from "./objects.mjs";
import { EXPAND, PAGE, atLeast, choice, emptyable, fields, flag, id, list, metadata, required, text, webAddress } from "./params.mjs";
import { all, emit, get, hiddenOf, make, newId, now, page } from "./world.mjs";

const SEATS = fields({ enabled: required(flag), maximum: atLeast(1), minimum: atLeast(0) });
const PRODUCTS = list(fields({ adjustable_quantity: SEATS, prices: required(list(id)), product: required(id) }));
const REASON = choice(
  "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex", "too_expensive", "unused",
);
const UPDATES = list(choice("price", "promotion_code", "quantity"));
const PRORATION = choice("always_invoice", "create_prorations", "none");
const FEATURES = fields({
  customer_update: fields({
    allowed_updates: emptyable(list(choice("address", "email", "name", "phone", "shipping", "tax_id"))),
    enabled: flag,
  }),
  invoice_history: fields({ enabled: required(flag) }),
  payment_method_update: fields({ enabled: required(flag) }),
  subscription_cancel: fields({
    cancellation_reason: fields({ enabled: required(flag), options: required(emptyable(list(REASON))) }),
    enabled: required(flag),
    mode: choice("at_period_end", "immediately"),
    proration_behavior: PRORATION,
  }),
  subscription_update: fields({
    default_allowed_updates: emptyable(UPDATES),
    enabled: flag,
    products: emptyable(PRODUCTS),
    proration_behavior: PRORATION,
  }),
});
const PROFILE = fields({
  headline: emptyable(text), privacy_policy_url: webAddress, terms_of_service_url: webAddress,
});
const CONFIGURATION = {
  business_profile: PROFILE,
  default_return_url: emptyable(webAddress),
  features: FEATURES,
  metadata,
  name: emptyable(text),
  ...EXPAND,
};
const OF_SUBSCRIPTION = fields({ subscription: required(id) });
const FLOW = fields({
  after_completion: fields({
    redirect: fields({ return_url: required(webAddress) }),
    type: required(choice("hosted_confirmation", "portal_homepage", "redirect")),
  }),
  subscription_cancel: OF_SUBSCRIPTION,
  subscription_update: OF_SUBSCRIPTION,
  type: required(choice("payment_method_update", "subscription_cancel", "subscription_update")),
});
const SESSION = {
  configuration: id, customer: required(id), flow_data: FLOW, locale: text, return_url: webAddress, ...EXPAND,
};

const CONFIGURATIONS = "/v1/billing_portal/configurations";
const KIND = "billing_portal.configuration";

export const routes = [
  ["POST", "/v1/billing_portal/sessions", SESSION, createSession],
  ["POST", CONFIGURATIONS, { ...CONFIGURATION, features: required(FEATURES) }, createConfiguration],
  ["GET", CONFIGURATIONS, { ...PAGE, active: flag, is_default: flag }, listConfigurations],
  ["GET", `${CONFIGURATIONS}/:id`, EXPAND, (world, _, id) => get(world, KIND, id)],
  ["POST", `${CONFIGURATIONS}/:id`, { ...CONFIGURATION, active: flag }, updateConfiguration],
];

const OFF = {
  customer_update: { allowed_updates: [], enabled: false },
  invoice_history: { enabled: false },
  payment_method_update: { enabled: false, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: { enabled: false, feedback_options: [], options: [] },
    enabled: false,
    mode: "at_period_end",
    proration_behavior: "none",
  },
  subscription_pause: { duration: { interval_options: [], type: "interval_options" }, enabled: false },
  subscription_update: {
    billing_cycle_anchor: null,
    default_allowed_updates: [],
    enabled: false,
    proration_behavior: "none",
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: "end_trial",
  },
};

/** The configuration that an account has from the start: everything is allowed, with any price. */
export function defaultConfiguration(world) {
  const configuration = newConfiguration(world, { is_default: true });
  const { features } = configuration;
  for (const name of ["invoice_history", "payment_method_update", "subscription_cancel", "subscription_update"]) {
    features[name].enabled = true;
  }
  features.subscription_update.default_allowed_updates = ["price", "quantity"];
  features.subscription_update.proration_behavior = "create_prorations";
  return configuration;
}

const newConfiguration = (world, values) =>
  make(world, KIND, {
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    features: structuredClone(OFF),
    updated: now(world),
    ...values,
  });

const withQuantity = ({ adjustable_quantity: given, ...product }) => ({
  adjustable_quantity: { enabled: false, maximum: null, minimum: 1, ...given },
  ...product,
});

function write(world, configuration, params) {
  const { expand: _, metadata: changes, features = {}, business_profile, ...values } = params;
  for (const [name, wanted] of Object.entries(features)) {
    const { products, cancellation_reason: reason, ...settings } = wanted;
    Object.assign(configuration.features[name], settings);
    if (reason) Object.assign(configuration.features[name].cancellation_reason, reason);
    if (products !== undefined) hiddenOf(world, configuration.id).products = (products || []).map(withQuantity);
  }
  Object.assign(configuration.business_profile, business_profile);
  Object.assign(configuration, values, { updated: now(world) });
  mergeMetadata(configuration, changes);
}

function checkProducts(world, products) {
  const param = "features[subscription_update][products]";
  if (products.length > 10) throw invalid("You may specify at most 10 products.", { param });
  for (const { product, prices } of products) {
    get(world, "product", product, param);
    const found = prices.map((price) => get(world, "price", price, param));
    if (found.some((price) => !price.recurring || price.product !== product)) {
      throw invalid("Prices must be recurring and of the product that they are listed with.", { param });
    }
    const terms = found.map(({ currency, recurring }) => `${currency} ${recurring.interval} ${recurring.interval_count}`);
    if (new Set(terms).size < terms.length) {
      throw invalid("Prices of one product must have different billing intervals.", { param });
    }
  }
}

function createConfiguration(world, params) {
  const { enabled, products } = params.features.subscription_update ?? {};
  if (enabled && !products?.length) {
    const param = "features[subscription_update][products]";
    throw invalid("You must specify products if subscription updates are enabled.", { param });
  }
  checkProducts(world, products ?? []);
  const configuration = newConfiguration(world, { is_default: false });
  write(world, configuration, params);
  emit(world, "billing_portal.configuration.created", configuration);
  return configuration;
}

function updateConfiguration(world, params, id) {
  const configuration = get(world, KIND, id);
  checkProducts(world, params.features?.subscription_update?.products || []);
  write(world, configuration, params);
  emit(world, "billing_portal.configuration.updated", configuration);
  return configuration;
}

function listConfigurations(world, params) {
  const { active, is_default } = params;
  const keep = (one) => one.active === (active ?? one.active) && one.is_default === (is_default ?? one.is_default);
  return page(world, all(world, KIND).filter(keep), params, CONFIGURATIONS);
}

function createSession(world, { configuration, customer, flow_data, locale = null, return_url }) {
  liveCustomer(world, customer);
  const ordinary = all(world, KIND).find((one) => one.is_default);
  const found = configuration ? get(world, KIND, configuration, "configuration") : ordinary;
  const type = "billing_portal.session";
  const id = newId(world, type);
  const session = make(world, type, {
    id,
    configuration: found.id,
    customer,
    flow: flow_data ? flowOf(world, customer, flow_data) : null,
    locale,
    return_url: return_url ?? found.default_return_url,
    url: `${world.url}/portal/${id}`,
  });
  emit(world, "billing_portal.session.created", session);
  return session;
}

function flowOf(world, customer, { type, after_completion, ...flows }) {
  const wanted = flows[type]?.subscription;
  const param = `flow_data[${type}][subscription]`;
  if (type !== "payment_method_update") {
    if (!wanted) throw invalid(`Missing required param: ${param}.`, { code: "parameter_missing", param });
    const { customer: owner } = get(world, "subscription", wanted, param);
    if (owner !== customer) throw invalid("It belongs to another customer.", { param });
  }
  return {
    after_completion: { hosted_confirmation: null, redirect: null, type: "portal_homepage", ...after_completion },
    customer_update: null,
    subscription_cancel: type === "subscription_cancel" ? { retention: null, subscription: wanted } : null,
    subscription_pause: null,
    subscription_update: type === "subscription_update" ? { subscription: wanted } : null,
    subscription_update_confirm: null,
    type,
  };
}

/** The prices that a subscription may change to: those the configuration names, otherwise all that fit. */
export function offeredPrices(world, configuration, subscription) {
  const { products = [] } = hiddenOf(world, configuration.id);
  const named = products.flatMap(({ prices }) => prices);
  const fits = (price) => price.active && price.recurring && price.currency === subscription.currency;
  return all(world, "price").filter((price) => fits(price) && (named.length === 0 || named.includes(price.id)));
}
