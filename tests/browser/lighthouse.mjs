// Scores of the pages by which people arrive: `node browser/lighthouse.mjs [part of a name]`.
//
// It takes a minute a page and a quiet machine, so that it is no part of the tests. LYCEUM_BIN names the program,
// RUNS the runs of which the median counts (1). Fails when a score is below 100.

import * as chromeLauncher from "chrome-launcher";
import lighthouse from "lighthouse";
import { start } from "./target.mjs";

const COURSE = "/courses/rust-ownership/";
const PAGES = {
  home: "/",
  course: COURSE,
  "free lesson": `${COURSE}values/stack-and-heap/`,
  "paid teaser": `${COURSE}ownership/moves/`,
  "sign-in": "/sign-in/",
};
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const RUNS = Number(process.env.RUNS ?? 1);

const wanted = process.argv[2] ?? "";
const target = await start(process.env.TARGET ?? "serve");
const chrome = await chromeLauncher.launch({
  chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromeFlags: ["--headless=new", "--no-sandbox"],
});
let isPerfect = true;
try {
  for (const [name, path] of Object.entries(PAGES).filter(([name]) => name.includes(wanted))) {
    isPerfect = (await measure(name, path)) && isPerfect;
  }
} finally {
  await chrome.kill();
  await target.stop();
}
process.exitCode = isPerfect ? 0 : 1;

async function measure(name, path) {
  const results = [];
  for (let run = 0; run < RUNS; run += 1) {
    const flags = { port: chrome.port, onlyCategories: CATEGORIES };
    results.push((await lighthouse(target.origin + path, flags)).lhr);
  }
  const scores = CATEGORIES.map((category) => median(results.map(({ categories }) => categories[category].score * 100)));
  console.log(name.padEnd(14), CATEGORIES.map((category, idx) => `${category} ${scores[idx]}`).join(", "));
  const last = results.at(-1);
  for (const category of CATEGORIES) {
    const refs = last.categories[category].auditRefs.filter(({ weight }) => weight > 0);
    const lost = refs.map(({ id }) => last.audits[id]).filter(({ score }) => score !== null && score < 0.99);
    for (const { id, displayValue, details } of lost) {
      const items = (details?.items ?? []).map((item) => item.node?.snippet ?? item.url ?? item.description);
      console.log(`  ${id} ${displayValue ?? ""} ${items.slice(0, 3).join(" | ")}`);
    }
  }
  return scores.every((score) => score === 100);
}

function median(numbers) {
  return Math.round(numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]);
}
