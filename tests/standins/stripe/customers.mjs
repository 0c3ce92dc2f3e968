// Customers, and how their cards behave.

import { missing } from "./errors.mjs";
import { deleted, mergeMetadata } from "./objects.mjs";
import { EXPAND, PAGE, choice, email, emptyable, fields, id, list, metadata, range, text } from "./params.mjs";
import { cancelNow } from "./billing.mjs";
import { add, all, change, emit, get, hiddenOf, make, page, peek } from "./world.mjs";

const ADDRESS = fields({ city: text, country: text, line1: text, line2: text, postal_code: text, state: text });

const FIELDS = {
  address: emptyable(ADDRESS),
  description: emptyable(text),
  email: emptyable(email),
  metadata,
  name: emptyable(text),
  phone: emptyable(text),
  preferred_locales: list(text),
  tax_exempt: emptyable(choice("exempt", "none", "reverse")),
  ...EXPAND,
};

export const routes = [
  ["POST", "/v1/customers", FIELDS, (world, params) => createCustomer(world, params)],
  ["GET", "/v1/customers", { ...PAGE, created: range, email: text }, listCustomers],
  ["GET", "/v1/customers/:id", EXPAND, retrieve],
  ["POST", "/v1/customers/:id", FIELDS, update],
  ["DELETE", "/v1/customers/:id", {}, remove],
  ["GET", "/v1/customers/:id/payment_methods", { ...PAGE, type: text }, listMethods],
  ["GET", "/v1/customers/:id/payment_methods/:method", EXPAND, (world, _, __, method) => methodOf(world, method)],
  ["GET", "/v1/payment_methods/:id", EXPAND, (world, _, method) => methodOf(world, method)],
];

export function createCustomer(world, params) {
  const invoice_prefix = world.ids.letters(8).toUpperCase();
  const customer = make(world, "customer", { invoice_prefix });
  write(customer, params);
  emit(world, "customer.created", customer);
  return customer;
}

function write(customer, { expand: _, metadata: changes, address, ...rest }) {
  Object.assign(customer, rest);
  if (address !== undefined) customer.address = address && { ...NOWHERE, ...address };
  if (rest.tax_exempt === null) customer.tax_exempt = "none";
  mergeMetadata(customer, changes);
}

export const NOWHERE = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** A customer who is not deleted. */
export const liveCustomer = (world, id, param = "customer") => get(world, "customer", id, param);

function retrieve(world, _, id) {
  return peek(world, "customer", id) ?? hiddenOf(world, id).deleted ?? get(world, "customer", id);
}

function update(world, params, id) {
  return change(world, "customer.updated", get(world, "customer", id), (customer) => write(customer, params));
}

function listCustomers(world, params) {
  const found = all(world, "customer").filter(({ email }) => !params.email || email === params.email);
  return page(world, found, params, "/v1/customers");
}

/** Deletes a customer; what they subscribe to ends at once. */
export function remove(world, _, id) {
  const customer = get(world, "customer", id);
  const isLive = ({ customer, status }) => customer === id && !["canceled", "incomplete_expired"].includes(status);
  for (const subscription of all(world, "subscription").filter(isLive)) cancelNow(world, subscription);
  world.objects.get("customer").delete(id);
  hiddenOf(world, id).deleted = deleted(customer);
  emit(world, "customer.deleted", customer);
  return deleted(customer);
}

/** How the customer's card behaves: `ok`, `declines` or `requires_action`. */
export const cardOf = (world, customer) => (customer && hiddenOf(world, customer).card) ?? "ok";

export const setCard = (world, customer, state) => (hiddenOf(world, customer).card = state);

/** A means to pay, the customer's own from now on. */
export function newMethod(world, type, { customer = null, details = null }) {
  const method = make(world, "payment_method", { type, customer, billing_details: billingDetails(details) });
  if (type !== "card") {
    delete method.card;
    method[type] = DETAILS[type] ?? {};
  } else {
    method.card.generated_from = null;
    method.card.wallet = null;
  }
  if (customer) emit(world, "payment_method.attached", method);
  return add(world, method);
}

const BANK_DEBIT = { fingerprint: "Ih3foEp6RvMtzNlP", last4: "3000" };

const DETAILS = {
  sepa_debit: { bank_code: "37040044", branch_code: null, country: "DE", generated_from: null, ...BANK_DEBIT },
  us_bank_account: {
    account_holder_type: "individual",
    account_type: "checking",
    bank_name: "STRIPE TEST BANK",
    financial_connections_account: null,
    networks: { preferred: "ach", supported: ["ach"] },
    routing_number: "110000000",
    status_details: null,
    ...BANK_DEBIT,
  },
};

/** Who pays, as charges and payment methods tell it. */
export const billingDetails = (details) => ({
  address: { ...NOWHERE, ...details?.address },
  email: details?.email ?? null,
  name: details?.name ?? null,
  phone: null,
  tax_id: null,
});

function methodOf(world, id) {
  const found = peek(world, "payment_method", id);
  if (!found) throw missing("PaymentMethod", id);
  return found;
}

function listMethods(world, params, id) {
  get(world, "customer", id, "customer");
  const mine = all(world, "payment_method").filter(({ customer, type }) => customer === id && type === (params.type ?? type));
  return page(world, mine, params, `/v1/customers/${id}/payment_methods`);
}
