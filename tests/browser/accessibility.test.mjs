// Every kind of page, in light and dark, on a wide window and at 320 px: what a machine can tell about access.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { launch, visit } from "./browser.mjs";
import { PAGES, openPage, prepare } from "./pages.mjs";
import { TARGETS, start } from "./target.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  // The theme promises a contrast of 7:1, and targets that a thumb can hit.
  rules: { "color-contrast-enhanced": { enabled: true }, "target-size": { enabled: true } },
  resultTypes: ["violations"],
  preload: false,
};
const SCHEMES = ["light", "dark"];
const WIDTHS = [1280, 320];
/** Pages of one language with parts that exist in another only. */
const UNTRANSLATED = ["/zh/", "/zh/courses/paid-community/", "/zh/courses/paid-community/people/growth/"];
const LIMIT = { timeout: 60_000 };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const kind of TARGETS) {
  describe(`on ${kind}`, { concurrency: 2 }, () => {
    let target;
    let prepared;
    before(async () => {
      target = await start(kind, { all: true });
      prepared = await prepare(browser, target, "en");
    });
    after(() => target?.stop());

    for (const page of PAGES.filter(({ only }) => !only || only === kind)) {
      test(page.name, LIMIT, () => check(page, target, prepared));
    }
    for (const page of PAGES.filter(({ name }) => name.endsWith("refused"))) {
      test(`${page.name}: the error belongs to its field`, LIMIT, () => checkError(page, target, prepared));
    }
    for (const address of UNTRANSLATED) {
      test(`${address} says which language its parts are in`, LIMIT, () => checkLanguages(address, target));
    }
  });
}

async function check(kind, target, prepared) {
  const isMissing = (complaint) => kind.status === 404 && complaint.includes("404 (Not Found)");
  const may = (complaint) => isMissing(complaint) && complaint.includes(kind.path);
  const options = { name: kind.name, storageState: prepared.people[kind.as], may };
  await visit(browser, target, options, async (page) => {
    await openPage(kind, page, target, "en", prepared);
    await page.evaluate(AXE);
    const problems = [];
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const found = await violations(page);
        problems.push(...found.map((problem) => `${width} px, ${colorScheme}: ${problem}`));
      }
      problems.push(...(await sideways(page)).map((problem) => `${width} px: ${problem}`));
    }
    assert.equal(problems.length, 0, `${page.url()}\n${problems.join("\n")}`);
  });
}

/** What axe finds: one line per element, with the rule and what axe says is wrong. */
async function violations(page) {
  const { violations } = await page.evaluate((rules) => axe.run(document, rules), RULES);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
      return `${id} at ${target}: ${why}`;
    }),
  );
}

/** What sticks out to the side, when the page can be scrolled there. */
function sideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement;
    if (scrollWidth <= clientWidth) return [];
    const outside = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 0.5,
    );
    const names = outside.slice(0, 5).map((element) => element.outerHTML.slice(0, 80));
    return [`the page is ${scrollWidth} px wide and scrolls sideways, because of ${names.join(" | ")}`];
  });
}

/** Somebody who cannot see the red box hears it with the field that has to change. */
async function checkError(kind, target, prepared) {
  const options = { name: `${kind.name} error`, storageState: prepared.people[kind.as] };
  await visit(browser, target, options, async (page) => {
    await openPage(kind, page, target, "en", prepared);
    const field = page.locator("main").getByRole("textbox");
    const alert = await page.getByRole("alert").getAttribute("id");
    const describedBy = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
    assert.equal(await field.getAttribute("aria-invalid"), "true", "the field is not marked as invalid");
    const isTied = alert && describedBy.includes(alert);
    assert(isTied, `the field is described by [${describedBy}], the error is \`${alert}\``);
  });
}

/** Without the mark, a screen reader reads English with a Chinese voice, or the other way round. */
async function checkLanguages(address, target) {
  await visit(browser, target, { name: `languages of ${address}` }, async (page) => {
    await page.goto(address);
    const wrong = await page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest("code, pre, svg, math, script, noscript")) continue;
        const marked = node.parentElement.closest("[lang]").lang;
        const isChinese = /\p{Script=Han}{2}/u.test(node.data);
        const isEnglish = !isChinese && /[a-z]{2,}([ ,]+[a-z]{2,}){3}/i.test(node.data);
        const isWrong = (isChinese && marked !== "zh") || (isEnglish && marked !== "en");
        if (isWrong) found.push(`${marked}: ${node.data.trim().slice(0, 70)}`);
      }
      return found;
    });
    assert.equal(wrong.length, 0, `marked with the wrong language:\n${wrong.join("\n")}`);
  });
}
