// How often a request asks the Ledger, which is far away: on the Worker, counted at the Ledger's own object.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { start as startMail } from "../standins/mail.mjs";
import { start as startStripe } from "../standins/stripe.mjs";
import { Client } from "./client.mjs";
import { STRIPE_WEBHOOK_SECRET, startWorker } from "./serve.mjs";
import { buildSite, freePort, scratch } from "./site.mjs";

const build = process.env.EDGE_BUILD;
const LESSON = "/courses/rust-ownership/ownership/moves/";
/** What the object asks itself when its alarm rings, whoever is on the site. */
const LETTERS = ["TakeLetters", "SettleLetter"];
const PAID = "The buffer on the heap stays where it is.";

describe("calls to the Ledger", { skip: !build && "EDGE_BUILD is not set" }, () => {
  const { folder, remove } = scratch();
  let url;
  let stripe;
  let mail;
  let worker;
  const calls = [];

  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    mail = await startMail();
    stripe = await startStripe({ webhook: { url: `${url}/webhooks/stripe`, secrets: [STRIPE_WEBHOOK_SECRET] } });
    // No message arrives by itself, so that what is counted is the request's own.
    await stripe.control.delivery({ mode: "manual" });
    const bindings = {
      STRIPE_API_URL: stripe.url,
      PAYMENT_ORIGINS: stripe.url,
      MAIL_API_URL: mail.api,
      SITE_ORIGIN: url,
    };
    const onLedgerCall = (command) => LETTERS.includes(command) || calls.push(command);
    worker = await startWorker({ site: await buildSite(folder), build, port, bindings, onLedgerCall });
  });
  after(async () => {
    await worker?.stop();
    await Promise.all([stripe?.stop(), mail?.stop()]);
    remove();
  });

  /** What a request is answered with, and the commands that it took. */
  async function watched(request) {
    calls.length = 0;
    return [await request(), [...calls]];
  }

  test("two for coming back from a payment, none for the lesson after it", async () => {
    const buyer = new Client(url);
    await buyer.signIn("ada@example.org", async () => mail.outbox);
    assert(!(await buyer.get(LESSON)).body.toString().includes(PAID));
    const { location } = await buyer.post("/checkout/", { price: "rust-ownership" });
    const session = location.split("/pay/")[1];
    const back = new URL(stripe.sessions.get(session).object.success_url);
    await stripe.control.pay({ session });
    const [thanks, returning] = await watched(() => buyer.get(back.pathname + back.search));
    assert.match(thanks.body.toString(), /Thank you/);
    assert.deepEqual(returning, ["OpenOrder", "SettleOrder"]);
    const [lesson, reading] = await watched(() => buyer.get(LESSON));
    assert(lesson.body.toString().includes(PAID));
    assert.deepEqual(reading, []);
  });
});
