// The search: the script's own reading of the index, and the dialog in a browser.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { root } from "./academy.mjs";
import { launch, visit } from "./browser.mjs";
import { Reader } from "./reader.mjs";
import { BINARY, TARGETS, start } from "./target.mjs";
import { Index, stem, words } from "../../themes/default/assets/search.js";

const FIXTURE = path.join(root, "tests/it/search");
const QUERIES = JSON.parse(readFileSync(path.join(FIXTURE, "queries.json"), "utf8"));
const LIMIT = { timeout: 60_000 };
const LESSON = "/courses/rust-ownership/values/stack-and-heap/";

describe("the script", () => {
  let folder;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "lyceum-search-"));
    await promisify(execFile)(BINARY, ["build", "--content", path.join(FIXTURE, "content"), "--out", folder]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const indexOf = (language) =>
    new Index((name) => readFile(path.join(folder, "public/search-index", language, `${name}.txt`), "utf8").catch(() => ""));

  test("finds the section of every query among the first five", async () => {
    const missed = [];
    for (const { language, q, expected } of QUERIES) {
      const { hits } = await indexOf(language).find(q);
      const found = hits.slice(0, 5).map(({ address }) => address);
      if (!found.includes(expected)) missed.push(`${q} → ${expected}, found ${found}`);
    }
    assert.equal(missed.length, 0, missed.join("\n"));
  });

  test("finds nothing that is paid", async () => {
    assert.equal((await indexOf("en").find("quicksand")).n, 0);
    assert.equal((await indexOf("zh").find("流沙")).n, 0);
  });

  test("reads words as the generator does", () => {
    const all = (text, parts) => words(text, parts).map(([from, to, word]) => [text.slice(from, to), word]);
    const plain = (text, parts) => all(text, parts).map(([, word]) => word).sort();
    // The same cases as in contract/src/search.rs.
    assert.deepEqual(plain("Café Ångström, NAÏVE! Straße"), ["angstrom", "cafe", "naive", "strase"]);
    assert.deepEqual(plain("cafe\u0301 Ｒｕｓｔ ＡＢＣ１"), ["abc1", "cafe", "rust"]);
    assert.deepEqual(plain("Привет ΟΔΟΣ οδος"), ["οδοσ", "οδοσ", "привет"]);
    assert.deepEqual(plain("2 × 3 — a/b"), ["2", "3", "a", "b"]);
    assert.deepEqual(plain("所有权", true), ["所有", "有权", "权"].sort());
    assert.deepEqual(plain("所有权"), ["所有", "有权"].sort());
    assert.deepEqual(plain("用Rust写，コード"), ["rust", "用", "写", "コー", "ード"].sort());
    assert.deepEqual(plain("split_once HashMap __init__ HTTPServer", true), ["hash", "hashmap", "httpserver", "init", "map", "once", "split", "split_once"]);
    assert.deepEqual(all("an fn_Name_x__ b", true).map(([text]) => text).sort(), ["Name", "an", "b", "fn", "fn_Name_x", "x"]);
    assert.deepEqual(plain("o".repeat(99)), ["o".repeat(32)]);
    for (const family of ["move moves moved moving", "borrow borrows borrowed borrowing", "query queries queried", "cache caches cached caching", "drop drops dropped dropping", "class classes", "lifetime lifetimes", "reference references referenced"]) {
      assert.equal(new Set(family.split(" ").map(stem)).size, 1, family);
    }
    for (const word of ["string", "thing", "need", "status", "this", "所有", "split_ones", "é"]) assert.equal(stem(word), word);
  });
});

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const kind of TARGETS) {
  describe(`on ${kind}`, () => {
    let target;
    before(async () => {
      target = await start(kind);
    });
    after(() => target?.stop());

    const reads = (name, { language = "en", ...options }, use) =>
      test(name, LIMIT, () => visit(browser, target, { name, ...options }, (page) => use(new Reader(page, target, language))));

    reads("nothing of it is loaded before it is wanted", {}, loadsOnFirstUse);
    reads("a keyboard opens, chooses and closes", {}, byKeyboard);
    reads("what is typed before the dialog is there is kept", {}, keepsLetters);
    reads("a single letter opens nothing", {}, ignoresLetters);
    reads("it works in Chinese, and waits for a composed character", { language: "zh", locale: "zh-CN" }, inChinese);
    reads("a buyer finds what they bought", {}, buyerFinds);
    reads("without JavaScript the form leads to a page", { javaScriptEnabled: false }, withoutScript);
    reads("the dialog has no problem that a machine can tell", {}, isAccessible);
  });
}

const dialog = (page) => page.locator("dialog.search[open]");
const options = (page) => dialog(page).getByRole("option");

async function ask(reader, text) {
  const { page } = reader;
  await page.getByRole("combobox").fill(text);
  await dialog(page).getByRole("status").filter({ hasText: /\S/ }).waitFor();
}

async function loadsOnFirstUse(reader) {
  const { page } = reader;
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await reader.open(LESSON);
  await page.waitForLoadState("networkidle");
  // Pictures of the lesson, events, and what `lyceum serve` adds for authors are not of the theme.
  const before = asked.filter((address) => !/^\/events|^\/_dev|\/courses\/.*\.svg$/.test(address));
  assert(before.length <= 4, `${before.length} requests before use: ${before}`);
  assert(!asked.some((address) => address.includes("search")), `${asked}`);
  await page.getByRole("banner").getByRole("button", { name: reader.say("app_search") }).click();
  await ask(reader, "split");
  assert(asked.some((address) => /\/assets\/search\..*js/.test(address)));
}

async function byKeyboard(reader) {
  const { page } = reader;
  await reader.open(LESSON);
  await page.keyboard.press("Control+k");
  await dialog(page).waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "hidden" });
  const button = page.getByRole("banner").getByRole("button", { name: reader.say("app_search") });
  await button.press("Enter");
  await dialog(page).waitFor();
  await page.keyboard.press("Escape");
  await button.and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("stack heap");
  await options(page).first().waitFor();
  const field = page.getByRole("combobox");
  const chosen = () => options(page).and(page.locator('[aria-selected="true"]')).getAttribute("id");
  assert.equal(await field.getAttribute("aria-activedescendant"), await chosen());
  const first = await chosen();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await chosen(), first);
  assert.equal(await field.getAttribute("aria-activedescendant"), await chosen());
  await page.keyboard.press("ArrowUp");
  assert.deepEqual(await options(page).first().locator("[data-title] mark").allTextContents(), ["Stack", "heap"]);
  assert.match(await dialog(page).getByRole("status").textContent(), /^\d+\s/);
  await page.keyboard.press("Enter");
  await page.waitForURL(({ pathname, hash }) => pathname === LESSON && hash !== "");
  await dialog(page).waitFor({ state: "hidden" });
  await page.keyboard.press("Control+k");
  await ask(reader, "qqqq");
  await reader.sees(reader.say("app_search_none", { q: "qqqq" }), dialog(page));
}

async function keepsLetters(reader) {
  const { page } = reader;
  let arrive;
  const arrived = new Promise((done) => { arrive = done; });
  await page.route(/\/assets\/search\..*js/, async (route) => {
    await arrived;
    await route.continue();
  });
  await reader.open(LESSON);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("stack heap");
  assert.equal(await page.locator("dialog").count(), 0, "the dialog was not delayed");
  arrive();
  await options(page).first().waitFor();
  assert.equal(await dialog(page).getByRole("combobox").inputValue(), "stack heap");
  assert.equal(await page.locator(".find input").count(), 0, "the field that waited is still there");
  await page.keyboard.type("s");
  assert.equal(await dialog(page).getByRole("combobox").inputValue(), "stack heaps");
}

/** WCAG 2.1.4: a shortcut of one character has to be one that can be switched off. */
async function ignoresLetters(reader) {
  const { page } = reader;
  await reader.open(LESSON);
  for (const key of ["/", "k", "s", "?"]) await page.keyboard.press(key);
  await page.waitForTimeout(300);
  assert.equal(await page.locator("dialog, .find input").count(), 0, "a single letter opens the search");
}

async function inChinese(reader) {
  const { page } = reader;
  await reader.open(LESSON);
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await field.evaluate((input) => {
    const send = (type, value, composing) => {
      input.value = value;
      input.dispatchEvent(type === "input" ? new InputEvent(type, { isComposing: composing, bubbles: true }) : new CompositionEvent(type, { bubbles: true }));
    };
    send("compositionstart", "", true);
    send("input", "duiz", true);
  });
  await page.waitForTimeout(300);
  assert.equal(await dialog(page).getByRole("status").textContent(), "", "letters that become a character are no query");
  await field.evaluate((input) => {
    input.value = "所有权";
    input.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
  });
  await options(page).first().waitFor();
  assert.equal(await options(page).first().locator("[data-title] mark").textContent(), "所有权");
  assert(await options(page).first().evaluate((option) => option.pathname.startsWith("/zh/")));
}

async function buyerFinds(reader) {
  const { page, academy } = reader;
  const q = "buffer stays where";
  const finds = async () => {
    await reader.open(LESSON);
    await page.keyboard.press("Control+k");
    await ask(reader, q);
    const texts = await options(page).allTextContents();
    return texts.some((text) => text.includes("on the heap stays where it is"));
  };
  assert(!(await finds()), "a visitor is shown paid text");
  await page.keyboard.press("Escape");
  await reader.signIn();
  assert(!(await finds()), "a member without the course is shown paid text");
  await page.keyboard.press("Escape");
  await reader.buyCourse();
  assert(await finds(), "a buyer does not find what they bought");
  await reader.open(`/search/?q=${encodeURIComponent(q)}`);
  await page.locator("main li").filter({ hasText: academy.paid.title }).first().waitFor();
}

async function withoutScript(reader) {
  const { page } = reader;
  await reader.open(LESSON);
  await page.getByRole("banner").getByRole("button", { name: reader.say("app_search") }).click();
  await reader.arrives("/search/");
  await page.getByRole("main").getByRole("searchbox").fill("stack heap");
  await page.getByRole("main").getByRole("button", { name: reader.say("app_search") }).click();
  await page.locator("main ol mark").first().waitFor();
}

async function isAccessible(reader) {
  const { page } = reader;
  const AXE = readFileSync(path.join(root, "tests/node_modules/axe-core/axe.min.js"), "utf8");
  await reader.open(LESSON);
  await page.keyboard.press("Control+k");
  await ask(reader, "moves");
  await page.evaluate(AXE);
  const rules = { rules: { "color-contrast-enhanced": { enabled: true }, "target-size": { enabled: true } }, preload: false };
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await page.evaluate((rules) => axe.run(document.querySelector("dialog.search"), rules), rules);
      const found = violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`));
      assert.equal(found.length, 0, `${width} ${colorScheme}\n${found.join("\n")}`);
    }
  }
}
