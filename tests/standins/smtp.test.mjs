// `lyceum serve` and a real mail server: what arrives, and that it arrives once, whatever the server does.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { after, afterEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client } from "../workerd/client.mjs";
import { freePort, scratch } from "../workerd/site.mjs";
import { AUTHORITY, PASSWORD, start as startSmtp } from "./smtp.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const BINARY = process.env.LYCEUM_BIN ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug/lyceum");
const PASS = "pro-90d";
const START_MS = 30_000;
const MAIL_MS = 10_000;

const { folder, remove } = scratch();
const running = new Set();
afterEach(() => Promise.all([...running].map((stop) => stop())));
after(remove);

/** The day so many days from now, for `--at`: letters that were put off are due then. */
const inDays = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

/** Starts `lyceum serve` on the data of this name. `kill()` ends it as a power cut does. */
async function serve(name, smtp, { days = 0, env = {} } = {}) {
  const port = await freePort();
  const data = path.join(folder, name);
  const at = days > 0 ? ["--at", inDays(days)] : [];
  const options = ["serve", "--content", path.join(root, "content"), "--data", data, "--port", String(port), ...at];
  const variables = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LYCEUM_SMTP_URL: smtp.url,
    LYCEUM_SMTP_CA: AUTHORITY,
    LYCEUM_MAIL_FROM: "Academy <hello@academy.example>",
    ...env,
  };
  const child = spawn(BINARY, options, { env: variables, stdio: ["ignore", "pipe", "pipe"] });
  const server = { url: `http://127.0.0.1:${port}`, said: "" };
  const ended = new Promise((resolve) => child.once("close", resolve));
  server.kill = (signal = "SIGKILL") => {
    running.delete(server.kill);
    child.kill(signal);
    return ended;
  };
  running.add(server.kill);
  child.stderr.on("data", (text) => (server.said += text));
  await new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => String(text).includes(server.url) && resolve());
    ended.then((code) => reject(new Error(`lyceum ended with ${code}: ${server.said}`)));
    setTimeout(() => reject(new Error(`lyceum did not start: ${server.said}`)), START_MS).unref();
  });
  return server;
}

/** Waits until a condition holds. */
async function until(holds, what) {
  for (const end = Date.now() + MAIL_MS; !holds(); ) {
    assert(Date.now() < end, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function buyer(server, smtp, email) {
  const client = new Client(server.url);
  const answer = await client.signIn(email, async () => smtp.mails);
  assert.equal(answer.status, 303, "the code was not taken");
  return client;
}

const receipts = (smtp) => smtp.mails.filter(({ subject }) => /order|订单/.test(subject));

/** The names of the headers, as they stand in the mail. */
const headerNames = (mail) => mail.headerLines.map(({ key }) => key).sort();

const HEADERS = [
  "auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to",
];

describe("mail over SMTP", () => {
  test("code, receipt and reminder arrive as they should", async () => {
    const smtp = await startSmtp();
    running.add(smtp.stop);
    const server = await serve("life", smtp);
    const client = new Client(server.url);
    await client.post("/zh/sign-in/", { email: "bei@example.org", return_to: "/" });
    const [code] = smtp.mails;
    assert.match(code.subject, /^\d{6} 是你在.+的验证码$/);
    assert.deepEqual(headerNames(code), HEADERS);
    await client.post("/zh/sign-in/code/", { code: /^\d{6}$/m.exec(code.text)[0] });
    assert.equal((await client.buy(PASS)).status, 200);
    await until(() => receipts(smtp).length > 0, "a receipt");
    const [receipt] = receipts(smtp);
    assert.match(receipt.subject, /^你的订单：/);
    assert.equal(receipt.from.text, '"Academy" <hello@academy.example>');
    assert.equal(receipt.to, "bei@example.org");
    assert.deepEqual(headerNames(receipt), HEADERS, "a receipt cannot be switched off");
    assert.match(receipt.headerLines.find(({ key }) => key === "content-type").line, /multipart\/alternative/);
    assert.match(receipt.text, /今日支付：/);
    assert.match(receipt.html, /<html lang="zh">/);
    assert.match(receipt.messageId, /^<[0-9a-f]{32}@127\.0\.0\.1>$/);
    assert(/^[\x00-\x7f]*$/.test(receipt.raw), "every server takes plain ASCII");
    assert(receipt.raw.split("\r\n").every((line) => line.length < 998), "no line is too long");
    await server.kill("SIGTERM");

    const later = await serve("life", smtp, { days: 88 });
    await until(() => smtp.mails.some(({ subject }) => /通行证/.test(subject)), "a reminder");
    const [reminder] = smtp.mails;
    const expected = [...HEADERS, "list-unsubscribe", "list-unsubscribe-post"].sort();
    assert.deepEqual(headerNames(reminder), expected);
    const line = (name) => reminder.headerLines.find(({ key }) => key === name).line;
    assert.equal(line("list-unsubscribe-post"), "List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    const url = new URL(/^List-Unsubscribe: <(\S+)>$/.exec(line("list-unsubscribe"))[1]);
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }), redirect: "error" });
    assert.equal(answer.status, 200);
    assert.equal(receipts(smtp).length, 1);
    assert.equal(later.said, "");
  });

  test("while the server is down nobody waits and nothing is lost", async () => {
    const smtp = await startSmtp();
    const server = await serve("down", smtp);
    const client = await buyer(server, smtp, "ada@example.org");
    await smtp.stop();
    assert.equal((await client.buy(PASS)).status, 200);
    const code = await new Client(server.url).post("/sign-in/", { email: "eve@example.org", return_to: "/" });
    assert.equal(code.status, 503, "whoever waits for a code is told");
    await until(() => server.said.includes("`order_paid`"), "a line in the log");
    assert.match(server.said, /order_paid` was not sent: mailer is unavailable: 127\.0\.0\.1:\d+: /);
    assert(!server.said.includes("@") && !server.said.includes(PASSWORD) && !server.said.includes("p%40ss"), server.said);
    await server.kill();
    const again = await startSmtp({ port: smtp.port });
    running.add(again.stop);
    await serve("down", again, { days: 1 });
    await until(() => again.mails.length > 0, "the receipt");
    assert.equal(again.mails[0].to, "ada@example.org");
    assert.equal(again.tried, 1, "one mail, tried once");
  });

  test("a busy server is asked again later, a refusal is final, and neither holds up others", async () => {
    const smtp = await startSmtp();
    running.add(smtp.stop);
    const server = await serve("moods", smtp);
    const clients = {};
    for (const name of ["busy", "refuse", "ok"]) clients[name] = await buyer(server, smtp, `${name}@example.org`);
    for (const [mode, client] of Object.entries(clients)) {
      smtp.mode = mode;
      const { tried } = smtp;
      assert.equal((await client.buy(PASS)).status, 200);
      await until(() => smtp.tried > tried, `the mail to ${mode}`);
      // The answer has to reach the other side before the mood changes.
      await until(() => mode === "ok" || server.said.includes(mode === "busy" ? "451" : "550"), "the answer");
    }
    await until(() => receipts(smtp).length === 1, "the third receipt");
    assert.equal(receipts(smtp)[0].to, "ok@example.org");
    assert.match(server.said, /was put off: 127\.0\.0\.1:\d+ answered 451/);
    assert.match(server.said, /was refused for good: 127\.0\.0\.1:\d+ answered 550/);
    assert(!server.said.includes("@"), "an address in the log");
    // Two mails later the Ledger surely knows of the third receipt.
    await buyer(server, smtp, "more@example.org");
    await server.kill();
    const next = await serve("moods", smtp, { days: 1 });
    await until(() => receipts(smtp).length === 2, "the mail that was put off");
    assert.equal(receipts(smtp)[0].to, "busy@example.org");
    // Somebody new: whoever signs in a second time gets a letter about the new browser.
    await buyer(next, smtp, "again@example.org");
    await next.kill();
    const { tried } = smtp;
    const last = await serve("moods", smtp, { days: 60 });
    await buyer(last, smtp, "last@example.org");
    assert.equal(smtp.tried, tried + 1, "what was refused is not tried again");
  });

  for (const mode of ["hang", "forget"]) {
    const [n_expected, what] = mode === "hang" ? [1, "once"] : [2, "once more, with the same id"];
    test(`a server that would ${mode} holds up nobody, and after a crash the mail arrives ${what}`, async () => {
      const smtp = await startSmtp();
      const server = await serve(mode, smtp);
      const client = await buyer(server, smtp, "ada@example.org");
      smtp.mode = mode;
      const unanswered = smtp.unanswered();
      assert.equal((await client.buy(PASS)).status, 200);
      await unanswered;
      const began = Date.now();
      assert.equal((await client.get("/account/")).status, 200);
      assert(Date.now() - began < 2_000, "somebody waits for the mail server");
      await server.kill();
      running.add(smtp.stop);
      smtp.mode = "ok";
      await serve(mode, smtp, { days: 1 });
      await until(() => receipts(smtp).length === n_expected, "the receipt");
      const ids = new Set(receipts(smtp).map(({ messageId }) => messageId));
      assert.equal(ids.size, 1);
    });
  }

  test("a wrong password is no reason to give letters up", async () => {
    const smtp = await startSmtp();
    running.add(smtp.stop);
    const url = smtp.url.replace(/academy:[^@]*@/, "academy:wrong@");
    const server = await serve("password", smtp, { env: { LYCEUM_SMTP_URL: url } });
    const answer = await new Client(server.url).post("/sign-in/", { email: "ada@example.org", return_to: "/" });
    assert.equal(answer.status, 503);
    await until(() => /mailer is unavailable: 127\.0\.0\.1:\d+ answered 535/.test(server.said), "the reason");
    assert(!server.said.includes("wrong"), server.said);
  });

  test("a certificate of nobody we trust ends the conversation before the password", async () => {
    const smtp = await startSmtp();
    running.add(smtp.stop);
    const server = await serve("stranger", smtp, { env: { LYCEUM_SMTP_CA: "" } });
    const answer = await new Client(server.url).post("/sign-in/", { email: "ada@example.org", return_to: "/" });
    assert.equal(answer.status, 503);
    assert.equal(smtp.sessions, 0);
  });

  test("what cannot be used is said at the start, without the password", async () => {
    for (const [env, expected] of [
      [{ LYCEUM_SMTP_URL: "smtp://a:secret@mail.example?tls=none" }, /LYCEUM_SMTP_URL cannot be used: a password/],
      [{ LYCEUM_SMTP_URL: "smtps://a:secret@mail.example", LYCEUM_MAIL_FROM: "" }, /LYCEUM_MAIL_FROM is not/],
      [{ LYCEUM_SMTP_URL: "smtps://a:secret@mail.example", LYCEUM_MAIL_FROM: "Academy" }, /mail cannot be sent/],
    ]) {
      const error = await serve("wrong", { url: "" }, { env }).then(() => null, String);
      assert.match(error, expected);
      assert(!error.includes("secret"), error);
    }
  });
});
