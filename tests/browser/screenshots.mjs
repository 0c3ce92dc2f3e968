// Pictures of every kind of page for people to look at: `node screenshots.mjs [part of a name]`.
//
// They go to tests/artifacts/screenshots/, named after page, language, width and colour scheme.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { ARTIFACTS, launch } from "./browser.mjs";
import { PAGES, openPage, prepare } from "./pages.mjs";
import { start } from "./target.mjs";

const FOLDER = path.join(ARTIFACTS, "screenshots");
const LANGUAGES = ["en", "zh"];
const SIZES = [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
];
const SCHEMES = ["light", "dark"];

const wanted = process.argv[2] ?? "";
const kinds = PAGES.filter(({ name, only }) => name.includes(wanted) && (!only || only === "serve"));
const target = await start("serve", { all: true });
const browser = await launch();
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const language of LANGUAGES) {
    const prepared = await prepare(browser, target, language);
    for (const kind of kinds) await take(kind, language, prepared);
  }
  console.log(`The pictures are in ${FOLDER}`);
} finally {
  await browser.close();
  await target.stop();
}

async function take(kind, language, prepared) {
  const locale = language === "zh" ? "zh-CN" : "en-GB";
  const options = { baseURL: target.origin, reducedMotion: "reduce", locale, storageState: prepared.people[kind.as] };
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    await openPage(kind, page, target, language, prepared);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const name = `${kind.name} ${language} ${size.width} ${colorScheme}.png`.replaceAll(" ", "-");
        await paintAll(page);
        await page.screenshot({ path: path.join(FOLDER, name), fullPage: true });
      }
    }
  } finally {
    await context.close();
  }
}

/** Goes to the end of the page and back: Chromium may leave out of a tall picture what it never had in view. */
function paintAll(page) {
  return page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (const top of [document.body.scrollHeight, 0]) {
      scrollTo({ top, behavior: "instant" });
      await frame();
      await frame();
    }
  });
}
