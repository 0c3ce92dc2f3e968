// The outbox on the Worker: the Ledger's alarm sends what is due, without anybody asking for it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "./client.mjs";
import { buildSite, scratch, startAcademy } from "./site.mjs";

const build = process.env.EDGE_BUILD;
const MAIL_MS = 10_000;

const { folder, remove } = scratch();
let site;

before(async () => {
  site = await buildSite(folder);
});
after(remove);

/** Waits until a condition holds. */
async function until(holds, what) {
  for (const end = Date.now() + MAIL_MS; !holds(); ) {
    assert(Date.now() < end, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const receipts = ({ mail }) => mail.outbox.filter(({ subject }) => /^(Your order|你的订单)/.test(subject));

async function buyer(academy, email, language = "") {
  const client = new Client(academy.url);
  await client.post(`${language}/sign-in/`, { email, return_to: "/" });
  const { text } = academy.mail.outbox.find(({ to }) => to === email);
  const answer = await client.post(`${language}/sign-in/code/`, { code: /^\d{6}$/m.exec(text)[0] });
  assert.equal(answer.status, 303, "the code was not taken");
  assert.equal((await client.buy("rust-ownership")).status, 200);
  return client;
}

describe("mail from the Worker", () => {
  let academy;
  before(async () => {
    academy = await startAcademy({ site, build });
  });
  after(() => academy?.stop());

  test("the alarm sends a receipt in the buyer's language, once", async () => {
    await buyer(academy, "bei@example.org", "/zh");
    await until(() => receipts(academy).length > 0, "the receipt");
    const [receipt] = receipts(academy);
    assert.equal(receipt.to, "bei@example.org");
    assert.match(receipt.subject, /^你的订单：/);
    assert.match(receipt.html, /<html lang="zh">/);
    assert.match(receipt.text, /今日支付：/);
    assert.equal(receipt.headers["Message-ID"], `<${receipt.idempotency_key}>`);
    assert.equal(receipt.headers["List-Unsubscribe"], undefined, "a receipt cannot be switched off");
    const worker = await academy.worker.miniflare.getWorker();
    const { outcome } = await worker.scheduled({ cron: "*/10 * * * *" });
    assert.equal(outcome, "ok");
    assert.equal(receipts(academy).length, 1, "the cron sent it again");
  });

  test("every buyer of a rush gets one", async () => {
    const emails = Array.from({ length: 8 }, (_, n) => `rush${n}@example.org`);
    await Promise.all(emails.map((email) => buyer(academy, email)));
    const n_sent = () => receipts(academy).filter(({ to }) => to.startsWith("rush")).length;
    await until(() => n_sent() >= emails.length, "all receipts");
    await (await academy.worker.miniflare.getWorker()).scheduled({ cron: "" });
    assert.equal(n_sent(), emails.length);
    assert.equal(new Set(receipts(academy).map(({ to }) => to)).size, emails.length + 1);
  });

  test("while the mail service is down, buying and reading go on", async () => {
    const email = "unlucky@example.org";
    const client = new Client(academy.url);
    await client.signIn(email, academy.mails);
    academy.mail.isDown = true;
    try {
      const { refused } = academy.mail;
      assert.equal((await client.buy("rust-ownership")).status, 200);
      await until(() => academy.mail.refused > refused, "a try");
      assert((await client.get("/courses/rust-ownership/ownership/moves/")).body.includes("stays where it is."));
      await (await academy.worker.miniflare.getWorker()).scheduled({ cron: "" });
      assert.equal(academy.mail.refused, refused + 1, "a service that is down is asked again later, not at once");
    } finally {
      academy.mail.isDown = false;
    }
  });
});
