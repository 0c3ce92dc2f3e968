// The academy as a browser meets it, in two bodies: `lyceum serve`, and the Worker under miniflare.
//
// LYCEUM_BIN   the `lyceum` command; otherwise the debug build in the cargo target folder
// EDGE_BUILD   the Worker's bundle; otherwise edge-worker/build
// TARGETS      which to test: `serve`, `workerd` or `serve,workerd`; otherwise those that are built

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { MORE, content, root } from "./academy.mjs";

const START_MS = 20_000;
const EVENTS_MS = 10_000;
const POLL_MS = 40;

const CARGO_TARGET = process.env.CARGO_TARGET_DIR ?? path.join(root, "target");
export const BINARY = process.env.LYCEUM_BIN ?? path.join(CARGO_TARGET, "debug/lyceum");
const BUNDLE = process.env.EDGE_BUILD ?? path.join(root, "edge-worker/build");

/** The targets to test. */
export const TARGETS = process.env.TARGETS?.split(",") ?? ["serve", ...(existsSync(BUNDLE) ? ["workerd"] : [])];

/**
 * Starts a target.
 *
 * `origin`: its address. `paymentOrigin`: where its payment page is. `mails()`: what was mailed, newest first.
 * `pay(page)`: pays on the payment page. `events(enough)`: the stored events, once `enough(events)` holds.
 * `returnAddress(payment address)`: where paying would lead, if the target can tell.
 *
 * `more`: further variables of its environment.
 *
 * With `all` the academy has every kind of page: what lies in `more/` is laid over the sample.
 */
export function start(kind, { all = false, more = {} } = {}) {
  assert(existsSync(BINARY), `no \`lyceum\` at ${BINARY}: build it with \`cargo build -p lyceum\`, or set LYCEUM_BIN`);
  const starters = { serve: startServe, workerd: startWorkerd };
  assert(starters[kind], `unknown target \`${kind}\`, expected ${Object.keys(starters)}`);
  return starters[kind](all, more);
}

/** Builds the sample academy below `folder`, without keys with the development key; returns its public files. */
export async function buildSite(folder, keys, { all = false } = {}) {
  const out = path.join(folder, "dist");
  const options = { env: environment(keys) };
  try {
    await promisify(execFile)(BINARY, ["build", "--content", academy(folder, all), "--out", out], options);
  } catch (error) {
    throw new Error(`\`lyceum build\` failed: ${error.stderr || error.message}`);
  }
  return path.join(out, "public");
}

/** The content to build: the sample's, or below `folder` a copy of it with more. */
function academy(folder, all) {
  if (!all) return content;
  const copy = path.join(folder, "content");
  for (const from of [content, MORE]) cpSync(from, copy, { recursive: true });
  return copy;
}

async function startServe(all, more) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lyceum-serve-"));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const data = path.join(folder, "data");
  const server = spawn(BINARY, ["serve", "--content", academy(folder, all), "--data", data, "--port", String(port)], {
    env: environment(more),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => server.once("close", resolve));
  const said = [];
  server.stdout.on("data", (text) => said.push(text));
  server.stderr.on("data", (text) => said.push(text));
  const stop = async () => {
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const isUp = async () => {
    assert(server.exitCode === null, `\`lyceum serve\` ended at once:\n${Buffer.concat(said)}`);
    const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
    return answer?.ok;
  };
  try {
    await until(isUp, START_MS, () => `\`lyceum serve\` did not get healthy:\n${Buffer.concat(said)}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kind: "serve",
    origin,
    paymentOrigin: origin,
    mails: async () => (await fetch(`${origin}/outbox.json`)).json(),
    pay,
    events: (enough) => eventsOnce(enough, () => readEvents(path.join(data, "events"))),
    stop,
  };
}

async function startWorkerd(all, more) {
  const [{ startWorker, TEST_KEYS }, processors, mailServices] = await Promise.all([
    import("../workerd/serve.mjs"),
    import("../standins/processor.mjs"),
    import("../standins/mail.mjs"),
  ]);
  const folder = mkdtempSync(path.join(os.tmpdir(), "lyceum-workerd-"));
  const site = await buildSite(folder, TEST_KEYS, { all });
  const [processor, mail, port] = await Promise.all([processors.start(), mailServices.start(), freePort()]);
  const origin = `http://127.0.0.1:${port}`;
  const bindings = {
    STRIPE_API_URL: processor.url,
    PAYMENT_ORIGINS: processor.url,
    MAIL_API_URL: mail.api,
    SITE_ORIGIN: origin,
    ...more,
  };
  const worker = await startWorker({ site, build: BUNDLE, port, bindings });
  return {
    kind: "workerd",
    origin,
    paymentOrigin: processor.url,
    mails: async () => mail.outbox,
    pay,
    returnAddress: (paymentAddress) => processor.sessions.get(paymentAddress.split("/pay/")[1]).object.success_url,
    events: (enough) => eventsOnce(enough, async () => linesOf((await worker.lake()).map(({ text }) => text))),
    stop: async () => {
      await Promise.all([worker.stop(), processor.stop(), mail.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The sandbox till and the stand-in for the processor have the same button. */
const pay = (page) => page.locator('button[name="action"][value="pay"]').click();

/** The newest mail to this address. The app answers the browser after the mail is out, so it is there or never. */
export async function mailTo(target, address) {
  const mails = await target.mails();
  const mail = mails.find(({ to }) => to === address);
  assert(mail, `no mail to ${address}; there are mails to ${mails.map(({ to }) => to)}`);
  return mail;
}

async function eventsOnce(enough, read) {
  let events = [];
  const isEnough = async () => enough((events = await read()));
  const stored = () => JSON.stringify(events, null, 1);
  await until(isEnough, EVENTS_MS, () => `the expected events never came; stored are ${stored()}`);
  return events;
}

function readEvents(folder) {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
  const segments = names.filter((name) => name.endsWith(".ndjson"));
  return linesOf(segments.map((name) => readFileSync(path.join(folder, name), "utf8")));
}

const linesOf = (texts) =>
  texts.flatMap((text) => text.split("\n").slice(0, -1)).map((line) => JSON.parse(line));

/** Asks again and again until `condition` holds; after `limit_ms` it fails and says `complaint()`. */
async function until(condition, limit_ms, complaint) {
  const deadline = Date.now() + limit_ms;
  while (!(await condition())) {
    assert(Date.now() < deadline, complaint());
    await pause(POLL_MS);
  }
}

/** Only what a program needs to run: no key of the person who tests may slip in. */
const environment = (values) => ({ PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: "1", ...values });

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
