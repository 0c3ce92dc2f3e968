// The HTML of every page, as it leaves the server, against the standard: html-validate finds nothing.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { HtmlValidate, StaticConfigLoader } from "html-validate";
import { launch } from "./browser.mjs";
import { PAGES, openPage, prepare } from "./pages.mjs";
import { buildSite, start } from "./target.mjs";

/**
 * All recommended rules. Three are told which of the forms that the standard allows is ours. A quiz has no button before the
 * app can grade it: when it can, remove the last line.
 */
const RULES = {
  "doctype-style": ["error", { style: "lowercase" }],
  "valid-id": ["error", { relaxed: true }],
  "form-dup-name": ["error", { shared: ["radio", "checkbox", "button", "reset", "submit"] }],
  "wcag/h32": "off",
};
const LIMIT = { timeout: 60_000 };

const validator = new HtmlValidate(
  new StaticConfigLoader({ root: true, extends: ["html-validate:recommended"], rules: RULES }),
);

/** What is wrong with a text: one line per finding. */
async function findings(html, name) {
  const { results } = await validator.validateString(html, `${name}.html`);
  return results.flatMap(({ messages }) =>
    messages.map(({ line, column, ruleId, message }) => `${name}:${line}:${column} ${message} (${ruleId})`),
  );
}

const check = async (html, name) => assert.deepEqual(await findings(html, name), []);

test("what is wrong is found", async () => {
  const wrong = await findings("<!doctype html><html lang=en><title>x</title><p><p id=a></p><div id=a></p></div>", "wrong");
  assert(wrong.some((finding) => finding.includes("no-dup-id")), `${wrong}`);
});

test("every file of the sample academy", LIMIT, async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lyceum-html-"));
  try {
    const site = await buildSite(folder, {}, { all: true });
    const names = readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html"));
    // The shell is a frame with holes; the pages of the app below show it filled.
    const pages = names.filter((name) => !name.startsWith("_lyceum"));
    assert(pages.length > 40, `only ${pages.length} pages`);
    const found = [];
    for (const name of pages) found.push(...(await findings(readFileSync(path.join(site, name), "utf8"), name)));
    assert.deepEqual(found, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("pages of the app and opened lessons", () => {
  let browser;
  let target;
  let prepared;
  before(async () => {
    browser = await launch();
    target = await start("serve", { all: true });
    prepared = await prepare(browser, target, "en");
  });
  after(async () => {
    await target?.stop();
    await browser?.close();
  });

  const ofApp = PAGES.filter(({ as, path: address, act }) => !act && (as || /^\/(sign-in|discuss|outbox)/.test(address)));
  for (const page of ofApp.filter(({ only }) => only !== "workerd")) {
    test(page.name, LIMIT, async () => {
      const options = { baseURL: target.origin, storageState: prepared.people[page.as] };
      const context = await browser.newContext({ ...options, javaScriptEnabled: false });
      try {
        const tab = await context.newPage();
        await openPage(page, tab, target, "en", prepared);
        const response = await context.request.get(tab.url());
        await check(await response.text(), page.name);
      } finally {
        await context.close();
      }
    });
  }
});
