// The official SDK drives every call of the stand-in, and every object it gets is compared with Stripe's.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { NOON, DAY, order, refusal, sdk, sell, startWatched } from "./stripe_kit.mjs";

let kit;
let stripe;
let control;

before(async () => {
  kit = await startWatched();
  ({ stripe, control } = kit);
});
after(() => kit.stop());

describe("customers", () => {
  test("are made, found, changed and deleted", async () => {
    const made = await stripe.customers.create({ email: "ada@example.org", name: "Ada", metadata: { member: "m1" } });
    assert.equal((await stripe.customers.retrieve(made.id)).email, "ada@example.org");
    const changed = await stripe.customers.update(made.id, { name: "Ada L.", metadata: { member: "", seat: "2" } });
    assert.deepEqual([changed.name, changed.metadata], ["Ada L.", { seat: "2" }]);
    assert.deepEqual((await stripe.customers.list({ email: "ada@example.org" })).data.map(({ id }) => id), [made.id]);
    assert.equal((await stripe.customers.del(made.id)).deleted, true);
    assert.equal((await stripe.customers.retrieve(made.id)).deleted, true);
    const refused = await refusal(stripe.customers.update(made.id, { name: "x" }));
    assert.deepEqual([refused.status, refused.code, refused.param], [404, "resource_missing", "id"]);
  });

  test("take their subscriptions along when they are deleted", async () => {
    const { customer, subscription } = await sell(kit, { interval: "month" });
    await stripe.customers.del(customer);
    const left = await stripe.subscriptions.retrieve(subscription, { expand: ["customer"] });
    assert.deepEqual([left.status, left.customer.deleted], ["canceled", true]);
  });
});

describe("products and prices", () => {
  test("are synchronised by lookup key, which can move to another price", async () => {
    const product = await stripe.products.create({ id: "prod_rust", name: "Rust", metadata: { course: "rust" } });
    const price = { product: product.id, currency: "usd", unit_amount: 1_900, recurring: { interval: "month" } };
    const old = await stripe.prices.create({ ...price, lookup_key: "pro-month" });
    const refused = await refusal(stripe.prices.create({ ...price, lookup_key: "pro-month" }));
    assert.equal(refused.param, "lookup_key");
    const moved = { lookup_key: "pro-month", transfer_lookup_key: true };
    const next = await stripe.prices.create({ ...price, unit_amount: 2_400, ...moved });
    assert.equal((await stripe.prices.update(old.id, { active: false })).lookup_key, null);
    const found = await stripe.prices.list({ lookup_keys: ["pro-month", "other"], active: true, expand: ["data.product"] });
    assert.deepEqual(found.data.map(({ id, product }) => [id, product.name]), [[next.id, "Rust"]]);
    assert.equal((await stripe.prices.retrieve(next.id)).unit_amount, 2_400);
    assert.equal((await stripe.products.update(product.id, { description: "All of it" })).description, "All of it");
    assert.equal((await stripe.products.retrieve(product.id)).metadata.course, "rust");
    assert.equal((await stripe.products.list({ ids: [product.id] })).data.length, 1);
    assert.equal((await refusal(stripe.products.create({ id: "prod_rust", name: "Again" }))).code, "resource_already_exists");
  });

  test("in passing are for one sale only", async () => {
    const session = await stripe.checkout.sessions.create(order());
    const { data } = await stripe.checkout.sessions.listLineItems(session.id);
    assert.equal(data[0].price.active, false);
    const again = { ...order(), line_items: [{ price: data[0].price.id, quantity: 1 }] };
    assert.match((await refusal(stripe.checkout.sessions.create(again))).message, /inactive/);
  });
});

describe("coupons", () => {
  test("have their own ids, limits and codes", async () => {
    const coupon = await stripe.coupons.create({ id: "SPRING", percent_off: 25, duration: "once", max_redemptions: 1 });
    assert.equal(coupon.valid, true);
    const twice = await refusal(stripe.coupons.create({ id: "SPRING", percent_off: 25, duration: "once" }));
    assert.deepEqual([twice.status, twice.code], [400, "resource_already_exists"]);
    const code = await stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: "SPRING" }, code: "Spring26" });
    assert.equal((await stripe.promotionCodes.list({ code: "spring26" })).data[0].id, code.id);
    const session = await sell(kit, { amount: 1_001, discounts: [{ promotion_code: code.id }] });
    assert.deepEqual([session.amount_total, session.total_details.amount_discount], [751, 250]);
    assert.deepEqual(session.discounts, [{ coupon: null, promotion_code: code.id }]);
    const used = await stripe.coupons.retrieve("SPRING");
    assert.deepEqual([used.times_redeemed, used.valid], [1, false]);
    assert.equal((await stripe.promotionCodes.retrieve(code.id)).active, false);
    const refused = await refusal(stripe.checkout.sessions.create(order({ discounts: [{ coupon: "SPRING" }] })));
    assert.equal(refused.code, "coupon_expired");
    assert.equal((await refusal(stripe.coupons.retrieve("SUMMER"))).message, "No such coupon: 'SUMMER'");
  });

  test("cannot be used more often than they may, however many pages are open", async () => {
    await stripe.coupons.create({ id: "LAST", percent_off: 10, duration: "once", max_redemptions: 1 });
    const open = () => stripe.checkout.sessions.create(order({ discounts: [{ coupon: "LAST" }] }));
    const [one, two] = [await open(), await open()];
    await control.pay({ session: one.id });
    await assert.rejects(control.pay({ session: two.id }), /LAST is expired or used up/);
    assert.equal((await stripe.coupons.retrieve("LAST")).times_redeemed, 1);
  });

  test("of 100 % need no payment", async () => {
    await stripe.coupons.create({ id: "FREE", percent_off: 100, duration: "forever" });
    const once = await sell(kit, { discounts: [{ coupon: "FREE" }] });
    assert.deepEqual([once.payment_status, once.payment_intent, once.amount_total], ["no_payment_required", null, 0]);
    const every = await sell(kit, { interval: "month", discounts: [{ coupon: "FREE" }] });
    const { status, discounts } = await stripe.subscriptions.retrieve(every.subscription, { expand: ["discounts"] });
    assert.deepEqual([status, discounts[0].source.coupon], ["active", "FREE"]);
  });
});

describe("checkout sessions", () => {
  test("sell once, in one of several ways to pay", async () => {
    const session = await stripe.checkout.sessions.create(
      order({
        customer_email: "ada@example.org",
        client_reference_id: "order-1",
        locale: "zh",
        metadata: { order: "1" },
        payment_intent_data: { metadata: { order: "1" } },
        allowed_payment_method_types: ["card", "alipay", "wechat_pay"],
        payment_method_options: { wechat_pay: { client: "web" } },
        tax_id_collection: { enabled: true },
      }),
    );
    assert.deepEqual([session.status, session.payment_status, session.amount_total], ["open", "unpaid", 4_900]);
    await control.pay({ session: session.id, method: "alipay" });
    const expand = ["payment_intent.latest_charge.balance_transaction", "line_items.data.price.product"];
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand });
    assert.deepEqual([paid.status, paid.payment_status, paid.url], ["complete", "paid", null]);
    assert.equal(paid.payment_intent.metadata.order, "1");
    assert.equal(paid.payment_intent.latest_charge.payment_method_details.type, "alipay");
    assert.equal(paid.payment_intent.latest_charge.balance_transaction.amount, 4_900);
    assert.equal(paid.line_items.data[0].price.product.name, "Rust from zero");
    const found = await stripe.checkout.sessions.list({ payment_intent: paid.payment_intent.id });
    assert.deepEqual(found.data.map(({ id }) => id), [session.id]);
    assert.equal(paid.customer, null);
  });

  test("sell subscriptions, with trial and metadata", async () => {
    const session = await sell(kit, {
      interval: "month",
      quantity: 3,
      customer_email: "team@example.org",
      subscription_data: { trial_period_days: 7, metadata: { order: "2" } },
    });
    assert.deepEqual([session.amount_total, session.payment_status], [0, "no_payment_required"]);
    const expanded = { expand: ["subscription.items.data.price", "subscription.latest_invoice"] };
    const { subscription } = await stripe.checkout.sessions.retrieve(session.id, expanded);
    assert.deepEqual([subscription.status, subscription.metadata.order], ["trialing", "2"]);
    assert.equal(subscription.items.data[0].quantity, 3);
    assert.equal(subscription.items.data[0].current_period_end - subscription.start_date, 7 * DAY);
    assert.equal(subscription.latest_invoice.parent.subscription_details.subscription, subscription.id);
    assert.equal((await stripe.checkout.sessions.list({ subscription: subscription.id })).data[0].id, session.id);
    assert.equal((await stripe.checkout.sessions.list({ customer: session.customer })).data.length, 1);
  });

  test("write invoices when told so, with tax by the buyer's country", async () => {
    const session = await stripe.checkout.sessions.create(
      order({ invoice_creation: { enabled: true }, automatic_tax: { enabled: true } }),
    );
    assert.equal(session.automatic_tax.status, "requires_location_inputs");
    await control.pay({ session: session.id, country: "DE" });
    const paid = await stripe.checkout.sessions.retrieve(session.id, { expand: ["invoice"] });
    assert.deepEqual([paid.amount_total, paid.total_details.amount_tax, paid.automatic_tax.status], [5_831, 931, "complete"]);
    assert.deepEqual([paid.invoice.status, paid.invoice.total, paid.invoice.parent], ["paid", 5_831, null]);
    assert.equal((await stripe.customers.retrieve(paid.customer)).address.country, "DE");
  });

  test("expire when told so, or by themselves after their time", async () => {
    const one = await stripe.checkout.sessions.create(order());
    assert.equal((await stripe.checkout.sessions.expire(one.id)).status, "expired");
    assert.match((await refusal(stripe.checkout.sessions.expire(one.id))).message, /status of `expired`/);
    const two = await stripe.checkout.sessions.create(order({ expires_at: kit.standIn.events.at(-1).created + 3_600 }));
    await control.advance({ seconds: 3_599 });
    assert.equal((await stripe.checkout.sessions.retrieve(two.id)).status, "open");
    await control.advance({ seconds: 1 });
    assert.equal((await stripe.checkout.sessions.retrieve(two.id)).status, "expired");
  });

  test("refuse what does not fit together", async () => {
    const customer = (await stripe.customers.create({ email: "ada@example.org" })).id;
    const recurring = order({ interval: "month" });
    const cases = [
      [order({ customer, customer_email: "ada@example.org" }), /only specify one of .*: customer, customer_email/],
      [order({ allow_promotion_codes: true, discounts: [{ coupon: "FREE" }] }), /allow_promotion_codes, discounts/],
      [{ ...recurring, mode: "payment" }, /`payment` mode but passed a recurring price/],
      [{ ...order(), mode: "subscription" }, /at least one recurring price/],
      [{ ...recurring, customer_creation: "always" }, /customer_creation/],
      [{ ...recurring, payment_intent_data: { description: "x" } }, /payment_intent_data/],
      [{ ...recurring, allowed_payment_method_types: ["alipay"] }, /No valid payment method types/],
      [order({ payment_method_types: ["card"] }), /unknown parameter: payment_method_types/],
      [order({ expires_at: NOON + 60 }), /expires_at/],
      [order({ amount: 20 }), /at least 50 usd/],
      [order({ customer: "cus_nobody" }), /No such customer: 'cus_nobody'/],
      [order({ customer, automatic_tax: { enabled: true } }), /valid address/],
    ];
    for (const [params, message] of cases) {
      assert.match((await refusal(stripe.checkout.sessions.create(params))).message, message);
    }
  });
});

test("checkout sessions of older versions name the ways to pay themselves", async () => {
  const older = { apiVersion: "2026-08-26.dahlia" };
  const { checkout } = sdk(kit.standIn, older);
  const client = { payment_method_options: { wechat_pay: { client: "web" } } };
  const both = order({ payment_method_types: ["alipay", "wechat_pay"], ...client });
  assert.deepEqual((await checkout.sessions.create(both)).payment_method_types, ["alipay", "wechat_pay"]);
  const cases = [
    [order({ payment_method_types: ["wechat_pay"] }), /payment_method_options\[wechat_pay\]\[client\]/],
    [order({ interval: "month", payment_method_types: ["alipay"] }), /cannot be used in `subscription` mode/],
    [order({ allowed_payment_method_types: ["card"] }), /unknown parameter: allowed_payment_method_types/],
  ];
  for (const [params, message] of cases) assert.match((await refusal(checkout.sessions.create(params))).message, message);
});

describe("payments", () => {
  test("lead from the intent to the invoice and the subscription", async () => {
    const { subscription, customer } = await sell(kit, { interval: "year" });
    const [invoice] = (await stripe.invoices.list({ subscription, expand: ["data.payments"] })).data;
    const intentId = invoice.payments.data[0].payment.payment_intent;
    const expand = ["latest_charge", "customer", "payment_method"];
    const intent = await stripe.paymentIntents.retrieve(intentId, { expand });
    assert.deepEqual([intent.status, intent.customer.id, intent.payment_method.type], ["succeeded", customer, "card"]);
    const payment = { type: "payment_intent", payment_intent: intentId };
    const [found] = (await stripe.invoicePayments.list({ payment, expand: ["data.invoice"] })).data;
    assert.deepEqual([found.invoice.id, found.status, found.amount_paid], [invoice.id, "paid", 4_900]);
    const again = await stripe.invoices.retrieve(invoice.id, { expand: ["payments.data.payment.payment_intent"] });
    assert.equal(again.payments.data[0].payment.payment_intent.id, intentId);
    const { data } = await stripe.charges.list({ payment_intent: intentId });
    assert.equal((await stripe.charges.retrieve(data[0].id, { expand: ["payment_intent"] })).payment_intent.id, intentId);
    assert.equal((await stripe.paymentIntents.list({ customer })).data.length, 1);
    assert.equal((await stripe.paymentMethods.retrieve(intent.payment_method.id)).card.last4, "4242");
  });

  test("are refunded in part and in full, never twice", async () => {
    const { payment_intent } = await sell(kit);
    const part = await stripe.refunds.create({ payment_intent, amount: 900, metadata: { why: "late" } });
    assert.deepEqual([part.status, part.amount], ["succeeded", 900]);
    const much = await refusal(stripe.refunds.create({ payment_intent, amount: 4_001 }));
    assert.equal(much.param, "amount");
    const rest = await stripe.refunds.create({ charge: part.charge, reason: "requested_by_customer" });
    assert.equal(rest.amount, 4_000);
    assert.equal((await refusal(stripe.refunds.create({ payment_intent }))).code, "charge_already_refunded");
    const charge = await stripe.charges.retrieve(part.charge, { expand: ["refunds"] });
    assert.deepEqual([charge.refunded, charge.amount_refunded, charge.refunds.data.length], [true, 4_900, 2]);
    assert.equal((await stripe.refunds.list({ payment_intent })).data[0].id, rest.id);
    assert.equal((await stripe.refunds.retrieve(part.id, { expand: ["charge"] })).charge.id, charge.id);
  });

  test("are disputed, and the bank decides", async () => {
    const one = await sell(kit);
    const opened = await control.dispute({ session: one.id, state: "open" });
    assert.equal((await refusal(stripe.refunds.create({ payment_intent: one.payment_intent }))).code, "charge_disputed");
    const [dispute] = (await stripe.disputes.list({ payment_intent: one.payment_intent })).data;
    assert.deepEqual([dispute.id, dispute.status], [opened.result.id, "needs_response"]);
    assert.equal((await stripe.disputes.close(dispute.id)).status, "lost");
    assert.equal((await refusal(stripe.disputes.close(dispute.id))).code, "dispute_closed");
    const two = await sell(kit);
    await control.dispute({ session: two.id, state: "open" });
    const { result } = await control.dispute({ session: two.id, state: "won" });
    const won = await stripe.disputes.retrieve(result.id, { expand: ["charge"] });
    assert.deepEqual([won.status, won.balance_transactions.length, won.charge.disputed], ["won", 2, true]);
  });
});

describe("the portal", () => {
  test("has sessions and configurations", async () => {
    const { customer, subscription } = await sell(kit, { interval: "month" });
    const { id: product } = await stripe.products.create({ name: "Portal" });
    const recurring = { interval: "month" };
    const price = await stripe.prices.create({ product, currency: "usd", unit_amount: 900, recurring });
    const features = {
      subscription_cancel: { enabled: true, mode: "immediately" },
      subscription_update: { enabled: true, default_allowed_updates: ["price"], products: [{ product, prices: [price.id] }] },
    };
    const made = await stripe.billingPortal.configurations.create({ features, business_profile: { headline: "Lyceum" } });
    assert.equal((await stripe.billingPortal.configurations.update(made.id, { active: false })).active, false);
    assert.equal((await stripe.billingPortal.configurations.list({ is_default: true })).data.length, 1);
    const kept = await stripe.billingPortal.configurations.retrieve(made.id);
    assert.equal(kept.features.subscription_cancel.mode, "immediately");
    const flow_data = { type: "subscription_cancel", subscription_cancel: { subscription } };
    const return_url = "https://academy.example/account";
    const session = await stripe.billingPortal.sessions.create({ customer, return_url, flow_data, locale: "zh" });
    assert.equal(session.url, `${kit.standIn.url}/portal/${session.id}`);
    assert.equal(session.flow.subscription_cancel.subscription, subscription);
    assert.match((await refusal(stripe.billingPortal.sessions.create({ customer: "cus_x" }))).message, /No such customer/);
  });
});

describe("lists", () => {
  test("come in pages, newest first, and the SDK walks through them", async () => {
    for (let idx = 0; idx < 25; idx++) await stripe.customers.create({ name: `n${idx}`, email: "pages@example.org" });
    const first = await stripe.customers.list({ email: "pages@example.org", limit: 10 });
    assert.deepEqual([first.data.length, first.has_more, first.data[0].name], [10, true, "n24"]);
    const next = await stripe.customers.list({ email: "pages@example.org", limit: 20, starting_after: first.data[9].id });
    assert.deepEqual([next.data.length, next.has_more, next.data[0].name], [15, false, "n14"]);
    const before = await stripe.customers.list({ email: "pages@example.org", limit: 5, ending_before: next.data[0].id });
    assert.deepEqual(before.data.map(({ name }) => name), ["n19", "n18", "n17", "n16", "n15"]);
    const all = await stripe.customers.list({ email: "pages@example.org", limit: 7 }).autoPagingToArray({ limit: 100 });
    assert.deepEqual(all.map(({ name }) => name), Array.from({ length: 25 }, (_, idx) => `n${24 - idx}`));
    assert.equal((await refusal(stripe.customers.list({ limit: 101 }))).param, "limit");
    assert.equal((await refusal(stripe.customers.list({ starting_after: "cus_x" }))).code, "resource_missing");
  });

  test("of events have types, times and a month's memory", async (t) => {
    const { data } = await stripe.events.list({ types: ["checkout.session.completed", "charge.refunded"], limit: 100 });
    assert.deepEqual(new Set(data.map(({ type }) => type)), new Set(["checkout.session.completed", "charge.refunded"]));
    assert.equal((await stripe.events.retrieve(data[0].id)).id, data[0].id);
    const later = await stripe.events.list({ created: { gte: data[0].created + 1 }, type: "charge.refunded" });
    assert.deepEqual(later.data, []);
    const old = await startWatched();
    t.after(old.stop);
    await sell(old);
    await old.control.advance({ seconds: 31 * DAY });
    assert.deepEqual((await old.stripe.events.list()).data, []);
  });
});

describe("expanding", () => {
  test("goes four levels deep and no further", async () => {
    const { subscription } = await sell(kit, { interval: "month" });
    const deep = ["latest_invoice.payments.data.payment.payment_intent"];
    const five = await refusal(stripe.subscriptions.retrieve(subscription, { expand: deep }));
    assert.match(five.message, /more than 4 levels/);
    const wrong = await refusal(stripe.subscriptions.retrieve(subscription, { expand: ["currency"] }));
    assert.match(wrong.message, /cannot be expanded \(currency\)/);
    const four = await stripe.subscriptions.list({ expand: ["data.latest_invoice.customer.subscriptions"], limit: 1 });
    assert.equal(four.data[0].latest_invoice.customer.subscriptions.data[0].id, subscription);
  });
});

describe("the protocol", () => {
  const raw = (path, options = {}) => fetch(`${kit.standIn.url}${path}`, options);
  const key = { authorization: "Bearer sk_test_x" };

  test("needs a key, as bearer or basic", async () => {
    const without = await raw("/v1/customers");
    assert.deepEqual([without.status, (await without.json()).error.type], [401, "invalid_request_error"]);
    const basic = { authorization: `Basic ${Buffer.from("sk_test_x:").toString("base64")}` };
    assert.equal((await raw("/v1/customers", { headers: basic })).status, 200);
    assert.equal((await raw("/v1/customers", { headers: { authorization: "Bearer pk_test_x" } })).status, 401);
  });

  test("names the request and the version", async () => {
    const { lastResponse } = await stripe.customers.list();
    assert.match(lastResponse.requestId, /^req_\w+$/);
    assert.equal(lastResponse.apiVersion, "2026-10-28.endive");
    assert.equal((await raw("/v1/customers", { headers: { ...key, "stripe-version": "tomorrow" } })).status, 400);
  });

  test("refuses parameters and addresses that Stripe does not know", async () => {
    const unknown = await refusal(stripe.customers.create({ emial: "ada@example.org" }));
    assert.deepEqual([unknown.status, unknown.code, unknown.param], [400, "parameter_unknown", "emial"]);
    assert.equal(unknown.message, "Received unknown parameter: emial");
    const nested = await refusal(stripe.checkout.sessions.create(order({ automatic_tax: { on: true } })));
    assert.equal(nested.param, "automatic_tax[on]");
    const missing = await refusal(stripe.checkout.sessions.create({ mode: "payment" }));
    assert.deepEqual([missing.code, missing.message], ["parameter_missing", "Missing required param: success_url."]);
    const number = await refusal(stripe.customers.list({ limit: "many" }));
    assert.deepEqual([number.code, number.message], ["parameter_invalid_integer", "Invalid integer: many"]);
    assert.equal((await refusal(stripe.rawRequest("GET", "/v1/nonsense"))).status, 404);
    assert.equal((await refusal(stripe.customers.retrieve("cus_nobody"))).message, "No such customer: 'cus_nobody'");
  });

  test("does a thing once for one idempotency key", async () => {
    const once = { idempotencyKey: "key-1" };
    const first = await stripe.customers.create({ name: "One" }, once);
    const again = await stripe.customers.create({ name: "One" }, once);
    assert.equal(again.id, first.id);
    assert.equal(again.lastResponse.headers["idempotent-replayed"], "true");
    assert.equal(again.lastResponse.headers["original-request"], first.lastResponse.requestId);
    const other = await refusal(stripe.customers.create({ name: "Two" }, once));
    assert.deepEqual([other.status, other.type], [400, "idempotency_error"]);
    assert.match((await refusal(stripe.products.create({ name: "One" }, once))).message, /same endpoint/);
    await refusal(stripe.customers.create({ emial: "x" }, { idempotencyKey: "key-2" }));
    assert.equal((await stripe.customers.create({ name: "Fine" }, { idempotencyKey: "key-2" })).name, "Fine");
  });

  test("brings the answer back that an outage lost", async () => {
    await control.outage({ mode: "lost", calls: 1 });
    const retrying = sdk(kit.standIn, { maxNetworkRetries: 1 });
    const made = await retrying.customers.create({ email: "lost@example.org" });
    assert.equal((await stripe.customers.list({ email: "lost@example.org" })).data.map(({ id }) => id).join(), made.id);
  });

  test("can be out of order in several ways", async () => {
    for (const [mode, type] of [["429", "invalid_request_error"], ["500", "api_error"], ["503", "api_error"]]) {
      await control.outage({ mode });
      const refused = await refusal(stripe.customers.list());
      assert.deepEqual([refused.status, refused.type], [Number(mode), type]);
    }
    await control.outage({ mode: "garbage" });
    assert.match((await refusal(stripe.customers.list())).message, /JSON/i);
    await control.outage({ mode: "timeout" });
    const impatient = sdk(kit.standIn, { timeout: 200 });
    assert.match((await refusal(impatient.customers.list())).message, /timeout|timed out|aborted/i);
    await control.outage({ mode: "none" });
    assert.equal((await stripe.customers.list()).object, "list");
  });
});
