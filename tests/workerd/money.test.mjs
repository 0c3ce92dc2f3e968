// What is paid at the processor and what may be read at the academy: the same, promptly, both ways, whichever messages
// get through. On the Worker and on `lyceum serve`, with the stand-in for Stripe.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { buy, deliver, memberOf, order, startShop } from "./shop.mjs";
import { scratch } from "./site.mjs";

const build = process.env.EDGE_BUILD;
const LESSON = "/courses/rust-ownership/ownership/moves/";
const PAID = "The buffer on the heap stays where it is.";

const { folder, remove } = scratch();
after(remove);

for (const name of ["workerd", "serve"]) {
  describe(`money on ${name}`, { skip: name === "workerd" && !build && "EDGE_BUILD is not set" }, () => {
    let academy;
    before(async () => {
      // With tax, which Stripe takes of known customers only when it may keep their address.
      academy = await startShop(name, path.join(folder, name), { settings: { STRIPE_TAX: "automatic" } });
    });
    after(() => academy?.stop());

    let n_members = 0;
    const member = () => memberOf(academy, `m${++n_members}@example.org`);

    const reads = async (client, lesson = LESSON) => (await client.get(lesson)).body.toString();
    const isIn = async (client) => (await reads(client)).includes(PAID);

    for (const webhook of ["before", "after", "never"]) {
      for (const comesBack of ["before", "after", "never"]) {
        test(`messages ${webhook} paying is known, return page ${comesBack} it: the buyer is in`, async () => {
          const client = await member();
          const { session, back } = await order(academy, client, "rust-ownership");
          assert(!(await isIn(client)));
          // "before": it comes while nothing is paid yet, and once more or never after.
          if (comesBack === "before") assert.equal((await client.get(back)).status, 200);
          const early = academy.stripe.events.length;
          const { events } = await academy.stripe.control.pay({ session });
          assert(events.length > 0 && academy.stripe.events.length > early);
          if (webhook === "before") await deliver(academy, events);
          if (comesBack !== "never") assert.match((await client.get(back)).body.toString(), /Thank you/);
          if (webhook === "after") await deliver(academy, events);
          assert(await isIn(client), "paid, and not in");
        });
      }
    }

    const BOUGHT = "rust-ownership";
    const MONTHLY = "pro-month";

    const buyer = async (price) => buy(academy, await member(), price);

    /** Lets something happen at the processor, and the academy hear of it, in the wrong order and twice. */
    async function happens(verb, of) {
      const { events } = await academy.stripe.control[verb](of);
      assert(events.length > 0, `${verb} says nothing`);
      await deliver(academy, [...events].reverse());
      await deliver(academy, events);
    }

    /** What the account page says. It asks the Ledger, so that the cookie believes nothing old after it. */
    async function standing(client) {
      const account = (await client.get("/account/")).body.toString();
      return { account, isIn: await isIn(client) };
    }

    test("a refund in part changes nothing, one in full ends access", async () => {
      const { client, session } = await buyer(BOUGHT);
      await happens("refund", { session, amount: 1_000 });
      assert((await standing(client)).isIn);
      await happens("refund", { session });
      const { account, isIn: stillIn } = await standing(client);
      assert(!stillIn && account.includes("Refunded"), account);
    });

    for (const [state, remains] of [["won", true], ["lost", false]]) {
      test(`a dispute that is ${state} ${remains ? "leaves" : "ends"} access`, async () => {
        const { client, session } = await buyer(BOUGHT);
        await happens("dispute", { session, state: "open" });
        assert((await standing(client)).isIn, "an open dispute changes nothing");
        await happens("dispute", { session, state });
        assert.equal((await standing(client)).isIn, remains);
      });
    }

    for (const [result, isPaid] of [["success", true], ["fail", false]]) {
      test(`a payment by bank opens when it comes: ${result}`, async () => {
        const client = await member();
        const { session, back } = await order(academy, client, BOUGHT);
        const { events } = await academy.stripe.control.payAsync({ session });
        await deliver(academy, events);
        assert.match((await client.get(back)).body.toString(), /bank is still working/);
        assert(!(await standing(client)).isIn);
        await happens("settleAsync", { session, result });
        assert.equal((await standing(client)).isIn, isPaid);
      });
    }

    test("a subscription: trial, cancelled, kept, ended at once", async () => {
      const { client, subscription } = await buyer(MONTHLY);
      let now = await standing(client);
      assert(now.isIn && now.account.includes("Free until"), now.account);
      await happens("cancelAtPeriodEnd", { subscription });
      now = await standing(client);
      assert(now.isIn && now.account.includes("Ends on"), now.account);
      await happens("keep", { subscription });
      assert((await standing(client)).account.includes("Free until"));
      await happens("pause", { subscription });
      now = await standing(client);
      assert(!now.isIn && now.account.includes("Paused"), now.account);
      await happens("resume", { subscription });
      now = await standing(client);
      assert(now.isIn, now.account);
    });

    test("what was missed while nobody listened is made good by the next message", async () => {
      const { client, session } = await buyer(BOUGHT);
      // Nobody hears of the first refund.
      await academy.stripe.control.refund({ session, amount: 1_000 });
      await happens("refund", { session });
      assert(!(await standing(client)).isIn);
    });

    for (const mode of ["429", "500", "garbage", "timeout"]) {
      test(`while the processor answers ${mode}, pages are served and nothing opens`, async () => {
        const { client: paying } = await buyer(BOUGHT);
        const client = await member();
        const { session, back } = await order(academy, client, BOUGHT);
        const { events } = await academy.stripe.control.pay({ session });
        await academy.stripe.control.outage({ mode });
        try {
          assert.equal((await client.get("/courses/rust-ownership/")).status, 200);
          assert(await isIn(paying), "whoever has paid reads on");
          assert(!(await isIn(client)), "nothing opens by an outage");
          const page = await client.get(back);
          assert.equal(page.status, 503);
          assert.match(page.body.toString(), /does not answer|try again/i);
          const { result } = await academy.stripe.control.deliver({ event: events.at(-1).id });
          assert.equal(result.status, 503, "the processor is to say it again");
        } finally {
          await academy.stripe.control.outage({ mode: "none" });
        }
        await deliver(academy, events);
        assert((await standing(client)).isIn, "nothing paid is lost");
      });
    }

    test("the account leads to receipts and to the processor's page for cancelling", async () => {
      const { client } = await buyer(BOUGHT);
      const { account } = await standing(client);
      assert.match(account, /href="https:\/\/[^"]+" rel="noreferrer">Receipt</);
      const { location } = await client.post("/account/billing/", {});
      assert(location?.startsWith(`${academy.stripe.url}/portal/`), location);
      const stranger = await member();
      assert.equal((await stranger.post("/account/billing/", {})).status, 404);
    });

    test("whoever has bought before can buy again", async () => {
      const { client, customer } = await buyer(BOUGHT);
      // As for a customer of the time before tax.
      await academy.stripe.control.updateCustomer({ customer, address: null });
      const { session } = await order(academy, client, "pro-90d");
      assert.equal(academy.stripe.sessions.get(session).object.customer, customer);
    });

    test("a customer whom the processor has forgotten buys as a new one", async () => {
      const { client, customer } = await buyer(BOUGHT);
      await academy.stripe.control.deleteCustomer({ customer });
      const { session } = await order(academy, client, "pro-90d");
      assert.notEqual(academy.stripe.sessions.get(session).object.customer, customer);
    });

    test("a price that moved to another product since the last sync gives what was ordered", async () => {
      const at = async (address, fields) => {
        const headers = { authorization: "Bearer sk_test_x", "content-type": "application/x-www-form-urlencoded" };
        const answer = await fetch(`${academy.stripe.url}/v1/${address}`, { method: "POST", headers, body: new URLSearchParams(fields) });
        assert.equal(answer.status, 200, await answer.clone().text());
        return answer.json();
      };
      const { id: product } = await at("products", { name: "Other" });
      const { id: price } = await at("prices", {
        product, currency: "usd", unit_amount: "1900", "recurring[interval]": "month", lookup_key: "pro-month",
        "metadata[lyceum_scope]": "tier:other", "metadata[lyceum_price]": "pro-month",
      });
      const { client } = await buyer("pro-month");
      assert((await standing(client)).isIn);
      await at(`prices/${price}`, { active: "false" });
    });

    test("settings are kept", async () => {
      const client = await member();
      assert.equal((await client.post("/account/settings/", { language: "zh", access_ended: "1" })).status, 303);
      const { account } = await standing(client);
      assert.match(account, /<option value="zh" selected>/);
      assert.match(account, /name="access_ended" value="1" checked/);
      assert.doesNotMatch(account, /name="pass_ending" value="1" checked/);
    });

    test("what the processor did not sign does nothing", async () => {
      const client = await member();
      const { session } = await order(academy, client, BOUGHT);
      const { events } = await academy.stripe.control.pay({ session });
      const now = Math.floor(Date.now() / 1_000);
      for (const how of [{ secrets: ["whsec_of_somebody_else_entirely"] }, { at: now - 301 }, { at: now + 301 }]) {
        const { result } = await academy.stripe.control.deliver({ event: events.at(-1).id, ...how });
        assert.equal(result.status, 400, JSON.stringify(how));
      }
      const bare = await client.send("POST", "/webhooks/stripe", { "content-type": "application/json" }, "{}");
      assert.equal(bare.status, 400);
    });
  });
}
