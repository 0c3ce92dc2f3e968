// What the default theme promises and no other test looks at: requests, folding lists, the current section, keys, motion, paper.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { ACADEMY, root } from "./academy.mjs";
import { launch, visit } from "./browser.mjs";
import { start } from "./target.mjs";

const LIMIT = { timeout: 60_000 };
const LESSON = ACADEMY.en.free.path;
const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

let browser;
let target;
before(async () => {
  browser = await launch();
  target = await start("serve");
});
after(async () => {
  await target?.stop();
  await browser?.close();
});

/** A test on the first free lesson, in a window of this size. */
const onLesson = (name, options, use) =>
  test(name, LIMIT, () =>
    visit(browser, target, { name, viewport: WIDE, ...options }, async (page, context) => {
      await page.goto(LESSON);
      await use(page, context);
    }),
  );

test("a lesson is four requests, its images aside", LIMIT, () =>
  visit(browser, target, { name: "requests" }, async (page) => {
    const asked = [];
    page.on("request", (request) => asked.push(request));
    await page.goto(LESSON, { waitUntil: "load" });
    // The preview server adds a script that reloads the page, and reading is counted after it is shown.
    const isOfPage = (request) => request.method() === "GET" && !new URL(request.url()).pathname.startsWith("/_dev/");
    const isPicture = (request) => request.resourceType() === "image" && request.url().includes("/courses/");
    const counted = asked.filter((request) => isOfPage(request) && !isPicture(request));
    assert(counted.length > 1 && counted.length <= 4, counted.map((request) => request.url()).join("\n"));
    assert(!asked.some((request) => request.resourceType() === "font"), "a font is loaded");
  }),
);

test("a style sheet says the same when it is shortened", LIMIT, () =>
  visit(browser, target, { name: "style sheets" }, async (page) => {
    await page.goto("/");
    for (const name of ["site", "pages"]) {
      const address = await page.locator(`link[rel="stylesheet"][href*="/${name}."]`).getAttribute("href");
      const written = await readFile(path.join(root, "themes/default/assets", `${name}.css`), "utf8");
      const [published, rules] = await Promise.all([(await page.request.get(address)).text(), rulesOf(page, written)]);
      assert(rules.length > 50 && published.length < written.length * 0.95, `${name} is not shortened`);
      assert.deepEqual(await rulesOf(page, published), rules);
    }
  }),
);

/** The rules as the browser has understood them. It keeps the spaces behind commas where a variable stands. */
const rulesOf = (page, text) =>
  page.evaluate((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return [...sheet.cssRules].map(({ cssText }) => cssText.replaceAll(", ", ","));
  }, text);

const links = (page) => page.locator(".outline li a");

onLesson("on the phone the lists fold, and open at a touch", { viewport: PHONE }, async (page) => {
  assert.equal(await links(page).first().isVisible(), false, "the lessons are in the way");
  await page.locator(".outline summary").click();
  assert.equal(await links(page).first().isVisible(), true, "the lessons stay hidden");
  const { height } = await links(page).first().boundingBox();
  assert(height >= 40, `a lesson in the list is ${height} px high`);
});

onLesson("in a wide window the lists stand open without script", { javaScriptEnabled: false }, async (page) => {
  assert(await links(page).first().isVisible(), "the lessons are hidden");
  assert(await page.locator(".toc li a").first().isVisible(), "the contents are hidden");
  assert.equal(await links(page).and(page.locator('[aria-current="page"]')).count(), 1);
});

onLesson("the contents follow the reader", {}, async (page) => {
  const entries = page.locator(".toc a");
  const last = (await entries.count()) - 1;
  assert(last > 0, "the lesson has no contents");
  for (const idx of [1, last]) {
    const target = (await entries.nth(idx).getAttribute("href")).slice(1);
    await page.evaluate((id) => document.getElementById(id).scrollIntoView({ behavior: "instant" }), target);
    await page.locator(`.toc a[href="#${target}"][aria-current="location"]`).waitFor();
    assert.equal(await page.locator(".toc [aria-current]").count(), 1, "two sections are marked");
  }
});

onLesson("access keys turn the page, and single letters do not", { javaScriptEnabled: false }, async (page) => {
  const next = await page.locator('.pager a[rel="next"]').getAttribute("href");
  for (const key of ["n", "p", "]", "ArrowRight"]) await page.keyboard.press(key);
  assert.equal(new URL(page.url()).pathname, LESSON, "a key that people press for another reason left the page");
  await pressAccessKey(page, "n");
  await page.waitForURL(`**${next}`);
  await pressAccessKey(page, "p");
  await page.waitForURL(`**${LESSON}`);
});

/** Alt and a letter. Playwright leaves out what the letter is without Alt, by which the browser finds access keys. */
async function pressAccessKey(page, key) {
  const session = await page.context().newCDPSession(page);
  const event = { modifiers: 1, key, code: `Key${key.toUpperCase()}`, unmodifiedText: key, windowsVirtualKeyCode: key.toUpperCase().charCodeAt(0) };
  await session.send("Input.dispatchKeyEvent", { type: "keyDown", text: key, ...event });
  await session.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  await session.detach().catch(() => {});
}

for (const [reducedMotion, scrolling, isMoving] of [["reduce", "auto", false], ["no-preference", "smooth", true]]) {
  onLesson(`motion: ${reducedMotion}`, { reducedMotion }, async (page) => {
    const found = await page.evaluate(() => ({
      scrolling: getComputedStyle(document.documentElement).scrollBehavior,
      moving: [...document.querySelectorAll("*")].some((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return animationName !== "none" || transitionDuration.split(",").some((time) => parseFloat(time) > 0);
      }),
    }));
    assert.deepEqual(found, { scrolling, moving: isMoving });
  });
}

onLesson("on paper there is the text, in black, with its addresses", { colorScheme: "dark" }, async (page) => {
  await page.emulateMedia({ media: "print" });
  for (const part of [".top", ".bottom", ".outline", ".toc", ".pager", ".thread"]) {
    assert.equal(await page.locator(part).first().isVisible(), false, `${part} is printed`);
  }
  assert(await page.locator("main h1").isVisible(), "the title is not printed");
  const ink = await page.evaluate(() => {
    const link = document.createElement("a");
    link.href = "https://doc.rust-lang.org/book/";
    document.querySelector(".prose").append(link);
    const picture = document.querySelector(".prose img");
    return {
      text: getComputedStyle(document.querySelector(".prose p")).color,
      address: getComputedStyle(link, "::after").content,
      picture: picture && getComputedStyle(picture).filter,
    };
  });
  assert.deepEqual(ink, { text: "rgb(0, 0, 0)", address: '" (https://doc.rust-lang.org/book/)"', picture: "none" });
});
