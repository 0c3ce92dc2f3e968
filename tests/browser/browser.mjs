// A real browser whose every page is watched: what it complains about fails the test.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { root } from "./academy.mjs";

const ACTION_MS = 8_000;
export const ARTIFACTS = path.join(root, "tests/artifacts");

/** Starts Chromium: Debian's, or the one that CHROMIUM names. */
export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

/**
 * Opens a fresh context, hands `use` a page and the context, and closes it. Afterwards no page of it may have logged an
 * error, broken the content security policy, or asked another origin for anything.
 *
 * `options`: of `browser.newContext`; `may(complaint)`: whether a complaint is expected; `name`: of the picture
 * that is kept when the test fails.
 */
export async function visit(browser, target, { may = () => false, name = "page", ...options }, use) {
  const context = await browser.newContext({ baseURL: target.origin, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(ACTION_MS);
  const complaints = watch(context, target);
  try {
    const page = await context.newPage();
    await use(page, context).catch((error) => explain(error, context, `${target.kind} ${name}`));
  } finally {
    await context.close();
  }
  assert.deepEqual(complaints.filter((complaint) => !may(complaint)), [], "the browser complained");
}

function watch(context, { origin, paymentOrigin }) {
  const complaints = [];
  const origins = [origin, paymentOrigin];
  context.on("console", (message) => {
    const { url } = message.location();
    const isOurs = origin === paymentOrigin || !url.startsWith(`${paymentOrigin}/`);
    if (message.type() === "error" && isOurs) complaints.push(`${message.text()} (${url})`);
  });
  context.on("weberror", (error) => complaints.push(`uncaught: ${error.error()}`));
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && !origins.includes(origin)) complaints.push(`asked ${request.url()}`);
  });
  return complaints;
}

/** Adds to an error where the browser was, and keeps a picture of it. */
async function explain(error, context, name) {
  const folder = path.join(ARTIFACTS, "failures");
  mkdirSync(folder, { recursive: true });
  for (const [idx, page] of context.pages().entries()) {
    const file = path.join(folder, `${name} ${idx}.png`.replace(/[^\w.-]+/g, "-"));
    await page.screenshot({ path: file }).catch(() => {});
    say(error, `${error.message}\n  the browser was at ${page.url()}, see ${path.relative(root, file)}`);
  }
  throw error;
}

/** Gives an error another message; reports show the stack, which begins with a copy of it. */
function say(error, message) {
  error.stack = error.stack.replace(error.message, () => message);
  error.message = message;
}

/** Runs one step of a journey; an error says which. */
export async function step(name, work) {
  try {
    return await work();
  } catch (error) {
    say(error, `${name}: ${error.message}`);
    throw error;
  }
}
