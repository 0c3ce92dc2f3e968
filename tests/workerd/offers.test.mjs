// Codes at the order page and at the processor: on the Worker and on `lyceum serve`, with the stand-in for Stripe.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { memberOf, startShop } from "./shop.mjs";
import { scratch } from "./site.mjs";

const build = process.env.EDGE_BUILD;
const LESSON = "/courses/rust/start/";
const PAID = "Only buyers read this.";
const PASS = "Only holders of a pass read this.";

const { folder, remove } = scratch();
after(remove);

const SITE = `title: Academy
url: https://academy.example
languages: [en]
tiers:
  - id: pro
    name: Pro
    prices:
      - { id: pro-month, amount: 19.00 USD, every: month, trial: P7D }
      - { id: pro-90d, amount: 328.00 CNY, for: P90D }
offers:
  - { code: SPRING-2027, percent: 30, per_member: 9 }
  - { code: TEN, amount: 10.00 USD, prices: [rust], limit: 10 }
  - { code: ONE, percent: 50, prices: [rust], limit: 1 }
  - { code: GIFT, percent: 100, prices: [rust, pro-90d] }
`;

/** An academy with a course, a tier and offers. */
function writeContent() {
  const content = path.join(folder, "content");
  for (const course of ["rust", "go"]) mkdirSync(path.join(content, "courses", course), { recursive: true });
  const write = (name, text) => writeFileSync(path.join(content, name), text);
  write("lyceum.yaml", SITE);
  write("courses/rust/index.md", "---\ntitle: Rust\nsummary: Why.\nprices:\n  - { id: rust, amount: 49.00 USD }\n---\n");
  write("courses/rust/01-start.md", `---\ntitle: Start\n---\n\n${PAID}\n`);
  write("courses/go/index.md", "---\ntitle: Go\nsummary: Why.\n---\n");
  write("courses/go/01-start.md", `---\ntitle: Start\n---\n\n${PASS}\n`);
  return content;
}

for (const name of ["workerd", "serve"]) {
  describe(`codes on ${name}`, { skip: name === "workerd" && !build && "EDGE_BUILD is not set" }, () => {
    let academy;
    before(async () => {
      academy = await startShop(name, path.join(folder, name), { content: writeContent() });
    });
    after(() => academy?.stop());

    let n_members = 0;
    const member = () => memberOf(academy, `m${++n_members}@example.org`);

    /** Places an order with a code. The session at the processor, and where paying leads. */
    async function order(client, price, code) {
      const { location, body } = await client.post("/checkout/", { price, code });
      assert(location, body.toString());
      const { object } = academy.stripe.sessions.get(location.split("/pay/")[1]);
      const back = new URL(object.success_url);
      return { session: object, back: back.pathname + back.search };
    }

    const text = async (client, page) => (await client.get(page)).body.toString();

    test("the first payment of a subscription is lower, and its renewals are not", async () => {
      const client = await member();
      const page = await text(client, "/checkout/?price=pro-month&code=spring-2027");
      assert.match(page, /\$13\.30[^]*for the first payment[^]*then \$19/);
      const { session, back } = await order(client, "pro-month", "spring-2027");
      assert.deepEqual([session.amount_subtotal, session.amount_total], [1_900, 1_330]);
      assert.equal(session.discounts[0].coupon, "lyceum_SPRING-2027_570_usd");
      await academy.stripe.control.pay({ session: session.id });
      assert.match(await text(client, back), /Thank you/);
      assert.match(await text(client, "/courses/go/start/"), new RegExp(PASS));
      const ask = async (path) =>
        (await fetch(academy.stripe.url + path, { headers: { authorization: "Bearer sk_test_x" } })).json();
      const { object: paid } = academy.stripe.sessions.get(session.id);
      const subscription = await ask(`/v1/subscriptions/${paid.subscription}`);
      assert.equal(subscription.items.data[0].price.unit_amount, 1_900, "renewals cost the full price");
      assert.equal(subscription.trial_end, null, "with a code there are no free days");
      assert.equal((await ask(`/v1/invoices/${subscription.latest_invoice}`)).amount_paid, 1_330);
      // The same coupon a second time, for somebody else.
      const second = await order(await member(), "pro-month", "SPRING-2027");
      assert.equal(second.session.amount_total, 1_330);
    });

    test("a course is sold at its lower price", async () => {
      const client = await member();
      const { session, back } = await order(client, "rust", "SPRING-2027");
      assert.deepEqual([session.amount_subtotal, session.amount_total], [3_430, 3_430]);
      await academy.stripe.control.pay({ session: session.id });
      assert.match(await text(client, back), /\$34\.30/);
      assert.match(await text(client, LESSON), new RegExp(PAID));
    });

    test("what costs nothing makes no call", async () => {
      const client = await member();
      const { n_calls } = academy.stripe;
      assert.match(await text(client, "/checkout/?price=rust&code=gift"), /Get it for nothing/);
      const { location } = await client.post("/checkout/", { price: "rust", code: "gift" });
      assert.match(location, /^\/checkout\/return\/\?order=/);
      assert.match(await text(client, location), /is yours/);
      assert.match(await text(client, LESSON), new RegExp(PAID));
      assert.match(await text(client, "/account/"), /Rust/);
      assert.equal(academy.stripe.n_calls, n_calls);
    });

    test("who goes back from the payment page orders again, and can pay only once", async () => {
      const client = await member();
      const first = await order(client, "rust", "ONE");
      const second = await order(client, "rust", "ONE");
      assert.equal(academy.stripe.sessions.get(first.session.id).object.status, "expired");
      const refused = await (await member()).post("/checkout/", { price: "rust", code: "ONE" });
      assert.match(refused.body.toString(), /as often as it can be/);
      await academy.stripe.control.pay({ session: second.session.id });
      assert.match(await text(client, second.back), /Thank you/);
    });

    test("fifty at once get ten of ten", async () => {
      const clients = [];
      for (let n = 0; n < 50; n++) clients.push(await member());
      const answers = await Promise.all(clients.map((client) => client.post("/checkout/", { price: "rust", code: "TEN" })));
      assert.equal(answers.filter(({ location }) => location?.includes("/pay/")).length, 10);
      const refused = answers.filter(({ location, body }) => !location && /as often as it can be/.test(body.toString()));
      assert.equal(refused.length, 40);
    });
  });
}
