// `expand[]`: ids replaced by the objects they name, and lists that are only shown when asked for.

import { invalid } from "./errors.mjs";
import { listOf } from "./objects.mjs";
import { all, hiddenOf, peek } from "./world.mjs";

const DEEPEST = 4;

const CUSTOMER = { customer: ["customer"] };

/** For each type of object: which fields hold ids that can be replaced, and the types that they may name. */
export const EXPANDABLE = {
  balance_transaction: { source: ["charge", "refund", "dispute"] },
  "billing_portal.session": { configuration: ["billing_portal.configuration"] },
  charge: { ...CUSTOMER, balance_transaction: ["balance_transaction"], payment_intent: ["payment_intent"] },
  "checkout.session": {
    ...CUSTOMER,
    invoice: ["invoice"],
    payment_intent: ["payment_intent"],
    subscription: ["subscription"],
    "discounts.coupon": ["coupon"],
    "discounts.promotion_code": ["promotion_code"],
  },
  customer: { "invoice_settings.default_payment_method": ["payment_method"] },
  discount: { ...CUSTOMER, promotion_code: ["promotion_code"], "source.coupon": ["coupon"] },
  dispute: { charge: ["charge"], payment_intent: ["payment_intent"] },
  invoice: {
    ...CUSTOMER,
    default_payment_method: ["payment_method"],
    discounts: ["discount"],
    "parent.subscription_details.subscription": ["subscription"],
    "total_discount_amounts.discount": ["discount"],
  },
  invoice_payment: { invoice: ["invoice"], "payment.payment_intent": ["payment_intent"] },
  line_item: { discounts: ["discount"], "discount_amounts.discount": ["discount"], "pricing.price_details.price": ["price"] },
  payment_intent: { ...CUSTOMER, latest_charge: ["charge"], payment_method: ["payment_method"] },
  payment_method: CUSTOMER,
  price: { product: ["product"] },
  product: { default_price: ["price"] },
  promotion_code: { ...CUSTOMER, "promotion.coupon": ["coupon"] },
  refund: { balance_transaction: ["balance_transaction"], charge: ["charge"], payment_intent: ["payment_intent"] },
  subscription: {
    ...CUSTOMER,
    default_payment_method: ["payment_method"],
    discounts: ["discount"],
    latest_invoice: ["invoice"],
  },
  subscription_item: { discounts: ["discount"] },
};

/** Lists that Stripe leaves out unless they are asked for by name. */
export const INCLUDABLE = {
  "billing_portal.configuration": { products: (world, _, id) => hiddenOf(world, id).products ?? [] },
  charge: {
    refunds: (world, { id }) => newest(world, "refund", ({ charge }) => charge === id, `/v1/charges/${id}/refunds`),
  },
  "checkout.session": {
    line_items: (world, { id }) => listOf(hiddenOf(world, id).items, `/v1/checkout/sessions/${id}/line_items`),
  },
  customer: {
    subscriptions: (world, { id }) => {
      const isLive = ({ customer, status }) => customer === id && status !== "canceled";
      return newest(world, "subscription", isLive, `/v1/customers/${id}/subscriptions`);
    },
  },
  invoice: {
    payments: (world, { id }) => {
      const url = `/v1/invoice_payments?invoice=${id}`;
      return newest(world, "invoice_payment", ({ invoice }) => invoice === id, url);
    },
  },
};

/** Such a list has ten objects at most; more of them are at its address. */
function newest(world, type, keep, url) {
  const found = all(world, type).filter(keep).reverse();
  return listOf(found.slice(0, 10), url, found.length > 10);
}

/** A copy of the object for an answer, with these paths expanded. */
export function render(world, object, paths = []) {
  const copy = structuredClone(object);
  for (const path of paths) {
    const steps = path.split(".");
    if (steps.length > DEEPEST) {
      throw invalid(`You cannot expand more than ${DEEPEST} levels of a property. Property: ${path}`, { param: "expand" });
    }
    descend({ world, path, id: copy.id }, copy, steps, null, "");
  }
  return copy;
}

/** Goes one step down; `owner` is the type of the nearest object with a type, `within` the path since there. */
function descend(job, node, steps, owner, within) {
  if (steps.length === 0 || node === null || node === undefined) return;
  if (Array.isArray(node)) {
    for (const one of node) descend(job, one, steps, owner, within);
    return;
  }
  const isObject = typeof node.object === "string";
  const type = isObject ? node.object : owner;
  const [step, ...rest] = steps;
  const name = isObject || within === "" ? step : `${within}.${step}`;
  include(job, node, type, step);
  if (!Object.hasOwn(node, step)) throw refusal(job.path);
  const kinds = EXPANDABLE[type]?.[name];
  const held = node[step];
  if (rest.length === 0 && !kinds && !INCLUDABLE[type]?.[step] && !isUnfolded(held)) throw refusal(job.path);
  node[step] = kinds ? unfold(job.world, held, kinds) : held;
  descend(job, node[step], rest, type, name);
}

const isUnfolded = (held) => typeof held === "object" && held !== null && (held.object || Array.isArray(held));

const refusal = (path) => invalid(`This property cannot be expanded (${path}).`, { param: "expand" });

function include({ world, id }, node, type, step) {
  const list = INCLUDABLE[type]?.[step];
  if (list && !Object.hasOwn(node, step)) node[step] = structuredClone(list(world, node, id));
}

function unfold(world, held, kinds) {
  if (Array.isArray(held)) return held.map((one) => unfold(world, one, kinds));
  if (typeof held !== "string") return held;
  const found = kinds.map((kind) => peek(world, kind, held)).find((object) => object) ?? world.hidden.get(held)?.deleted;
  return found ? structuredClone(found) : held;
}
