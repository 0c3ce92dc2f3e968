// The pages of the stand-in, pressed without a browser: forms as a browser without scripts would send them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { order, sell, startWatched } from "./stripe_kit.mjs";

let kit;

before(async () => (kit = await startWatched()));
after(() => kit.stop());

const page = async (url) => (await fetch(url)).text();
const press = (url, fields) => fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
const create = (given) => kit.stripe.checkout.sessions.create(order(given));

test("the payment page says what is bought, for how much, how often and from when", async () => {
  const trial = { subscription_data: { trial_period_days: 7 } };
  const { url } = await create({ interval: "month", amount: 1_900, name: "Pro <b>", ...trial });
  const text = await page(url);
  for (const part of ["Pro &#60;b&#62;", "19.00 USD every month", "Free until 2026-02-07", "Due today: 0.00 USD"]) {
    assert(text.includes(part), `${part} is missing from ${text}`);
  }
  assert(!text.includes("<script"));
});

test("the button pays and leads back, once", async () => {
  const { id, url } = await create();
  assert.equal((await page(url)).match(/name="action" value="pay"/g).length, 1);
  const answer = await press(url, { action: "pay" });
  assert.deepEqual([answer.status, answer.headers.get("location")], [303, `https://academy.example/return?session=${id}`]);
  assert.equal((await kit.stripe.checkout.sessions.retrieve(id)).payment_status, "paid");
  assert.equal((await press(url, { action: "pay" })).status, 410);
});

test("the other buttons cancel, decline, and pay later", async () => {
  const { id, url } = await create();
  assert.equal((await press(url, { action: "cancel" })).headers.get("location"), "https://academy.example/cancel");
  const declined = await press(url, { action: "decline" });
  assert.match(await declined.text(), /role="alert">Your card was declined/);
  assert.equal((await kit.stripe.checkout.sessions.retrieve(id)).status, "open");
  await press(url, { action: "pay_later" });
  const later = await kit.stripe.checkout.sessions.retrieve(id);
  assert.deepEqual([later.status, later.payment_status], ["complete", "unpaid"]);
  const { url: cards } = await create({ allowed_payment_method_types: ["card"] });
  assert(!(await page(cards)).includes("pay_later"));
  assert.equal((await press(cards, { action: "pay_alipay" })).status, 402);
});

test("a promotion code makes it cheaper, a wrong one says so", async () => {
  await kit.stripe.coupons.create({ id: "HALF", percent_off: 50, duration: "once" });
  await kit.stripe.promotionCodes.create({ code: "HALF26", promotion: { type: "coupon", coupon: "HALF" } });
  const { id, url } = await create({ allow_promotion_codes: true });
  assert.match(await (await press(url, { action: "pay", code: "NOPE" })).text(), /This code is invalid/);
  await press(url, { action: "pay", code: "half26" });
  assert.equal((await kit.stripe.checkout.sessions.retrieve(id)).amount_total, 2_450);
});

test("the portal shows subscriptions, changes them, and leads back", async () => {
  const { stripe } = kit;
  const { customer, subscription } = await sell(kit, { interval: "month", name: "Team" });
  const { id: product } = await stripe.products.create({ name: "Team" });
  const recurring = { interval: "month" };
  const price = await stripe.prices.create({ product, currency: "usd", unit_amount: 9_900, recurring, nickname: "Large" });
  const { url } = await stripe.billingPortal.sessions.create({ customer, return_url: "https://academy.example/account" });
  const now = () => stripe.subscriptions.retrieve(subscription);
  const text = await page(url);
  const parts = ["Team: 1 × 49.00 USD every month", "Large", 'href="https://academy.example/account"'];
  for (const part of parts) assert(text.includes(part), part);
  assert.equal((await press(url, { action: "cancel", subscription })).headers.get("location"), url);
  assert.equal((await now()).cancel_at_period_end, true);
  await press(url, { action: "resume", subscription });
  assert.equal((await now()).cancel_at_period_end, false);
  await press(url, { action: "plan", subscription, price: price.id });
  await press(url, { action: "quantity", subscription, quantity: "3" });
  const [item] = (await now()).items.data;
  assert.deepEqual([item.price.id, item.quantity], [price.id, 3]);
});

test("the portal of one customer changes nothing of another's", async () => {
  const [one, other] = [await sell(kit, { interval: "month" }), await sell(kit, { interval: "month" })];
  const { url } = await kit.stripe.billingPortal.sessions.create({ customer: one.customer });
  await press(url, { action: "cancel", subscription: other.subscription });
  assert.equal((await kit.stripe.subscriptions.retrieve(other.subscription)).cancel_at_period_end, false);
});
