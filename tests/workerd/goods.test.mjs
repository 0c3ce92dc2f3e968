// Tickets, hours and paid questions at the processor: on the Worker and on `lyceum serve`, with the stand-in for Stripe.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { deliver, memberOf, startShop } from "./shop.mjs";
import { scratch } from "./site.mjs";

const build = process.env.EDGE_BUILD;
const DAY = 86_400;

const { folder, remove } = scratch();
after(remove);

const PRODUCTS = {
  hour: `kind: coaching
instructor: ada
minutes: 45
slots: [2090-01-02T10:00, 2090-01-03T10:00, 2090-01-04T10:00]
prices:
  - { id: hour, amount: 80.00 USD }`,
  evening: `kind: ticket
event: evening
places: 10
prices:
  - { id: evening, amount: 10.00 USD }`,
  answer: `kind: question
instructor: ada
within: P1D
prices:
  - { id: answer, amount: 30.00 USD }`,
};

/** An academy with one product of each kind. */
function writeContent() {
  const content = path.join(folder, "content");
  for (const part of ["courses/rust", "instructors", "events", "products"]) {
    mkdirSync(path.join(content, part), { recursive: true });
  }
  const write = (name, text) => writeFileSync(path.join(content, name), text);
  write("lyceum.yaml", "title: Academy\nurl: https://academy.example\nlanguages: [en]\n");
  write("courses/rust/index.md", "---\ntitle: Rust\nsummary: Why.\n---\n");
  write("courses/rust/01-start.md", "---\ntitle: Start\n---\n\nA lesson.\n");
  write("instructors/ada.md", "---\nname: Ada\nrole: Teaches\n---\n\nShe teaches.\n");
  write("events/evening.md", "---\ntitle: Evening\nsummary: One.\nstarts: 2090-02-01T19:00\nends: 2090-02-01T21:00\nkind: seminar\nlocation: Online\n---\n");
  for (const [name, fields] of Object.entries(PRODUCTS)) {
    write(`products/${name}.md`, `---\ntitle: The ${name}\nsummary: Why.\n${fields}\n---\n\nWhat it is.\n`);
  }
  return content;
}

const slot = (day) => String(Date.UTC(2090, 0, day, 10) / 1_000);

for (const name of ["workerd", "serve"]) {
  describe(`goods on ${name}`, { skip: name === "workerd" && !build && "EDGE_BUILD is not set" }, () => {
    let academy;
    before(async () => {
      academy = await startShop(name, path.join(folder, name), { content: writeContent() });
    });
    after(() => academy?.stop());

    let n_members = 0;
    const member = () => memberOf(academy, `m${++n_members}@example.org`);
    const text = async (client, page) => (await client.get(page)).body.toString();

    /** The session at the processor to which an order leads, and where paying leads. */
    function session({ location, body }, shop = academy) {
      assert(location?.includes("/pay/"), body.toString());
      const { object } = shop.stripe.sessions.get(location.split("/pay/")[1]);
      const back = new URL(object.success_url);
      return { session: object, back: back.pathname + back.search };
    }

    test("a slot is sold once, and free again after a refund", async () => {
      const [ada, bea] = [await member(), await member()];
      const order = { price: "hour", slot: slot(2) };
      const { session: paid, back } = session(await ada.post("/checkout/", order));
      const lasts = paid.expires_at - Date.now() / 1_000;
      assert(lasts > 1_800 && lasts <= 3_600, `a page that holds a slot is open for ${lasts} seconds`);
      assert.match((await bea.post("/checkout/", order)).body.toString(), /Somebody else was faster/);
      const { events } = await academy.stripe.control.pay({ session: paid.id });
      await deliver(academy, events);
      assert.match(await text(ada, back), /is booked/);
      assert.match(await text(ada, "/account/"), /booking\.ics/);
      const refund = await academy.stripe.control.refund({ session: paid.id });
      await deliver(academy, refund.events);
      assert.doesNotMatch(await text(ada, "/account/"), /booking\.ics/);
      session(await bea.post("/checkout/", order));
    });

    test("a page that ends unpaid lets its slot go", async () => {
      const [ada, bea] = [await member(), await member()];
      const order = { price: "hour", slot: slot(3) };
      const { session: open } = session(await ada.post("/checkout/", order));
      const { events } = await academy.stripe.control.expire({ session: open.id });
      await deliver(academy, events);
      session(await bea.post("/checkout/", order));
    });

    test("twenty at once get one slot, and fifty ten places", async () => {
      const clients = [];
      for (let n = 0; n < 50; n++) clients.push(await member());
      const rush = async (some, order) => {
        const answers = await Promise.all(some.map((client) => client.post("/checkout/", order)));
        return answers.filter(({ location }) => location?.includes("/pay/")).length;
      };
      assert.equal(await rush(clients.slice(0, 20), { price: "hour", slot: slot(4) }), 1);
      assert.equal(await rush(clients, { price: "evening" }), 10);
    });

    test("a question that nobody answered is paid back, once", async () => {
      // Its clock is two days behind, so the deadline has passed when the money has come.
      const clock = { now: () => Math.floor(Date.now() / 1_000) - 2 * DAY };
      const late = await startShop(name, path.join(folder, `${name}-late`), { content: writeContent(), clock });
      try {
        const ada = await memberOf(late, "ada@example.org");
        const { session: asked, back } = session(await ada.post("/checkout/", { price: "answer", question: "Why?" }), late);
        await late.stripe.control.pay({ session: asked.id });
        assert.match(await text(ada, back), /To be answered by/);
        for (let n = 0; n < 3; n++) await late.tend();
        assert.match(await text(ada, "/account/bookings/"), /Not answered by/);
        assert.match(await text(ada, "/account/"), /Refunded/);
        const { object } = late.stripe.sessions.get(asked.id);
        const listed = await fetch(`${late.stripe.url}/v1/refunds?payment_intent=${object.payment_intent}`, {
          headers: { authorization: "Bearer sk_test_x" },
        });
        const { data } = await listed.json();
        assert.equal(data.length, 1);
        assert.deepEqual([data[0].amount, data[0].metadata.reason], [3_000, "not_answered"]);
      } finally {
        await late.stop();
      }
    });
  });
}
