// Pictures of the pages on which members take a copy, move to another address and leave: `node persons.mjs`. They go to
// tests/artifacts/screenshots/. On the way it sees that the processor hears of a subscription that ends.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { buy, memberOf, startShop } from "../workerd/shop.mjs";
import { scratch } from "../workerd/site.mjs";
import { ARTIFACTS, launch } from "./browser.mjs";

const FOLDER = path.join(ARTIFACTS, "screenshots");
const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

const { folder, remove } = scratch();
const shop = await startShop("serve", folder);
const browser = await launch();
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const language of ["en", "zh"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await walk(language, size, viewport);
    }
  }
  console.log(`The pictures are in ${FOLDER}`);
} finally {
  await browser.close();
  await shop.stop();
  remove();
}

async function walk(language, size, viewport) {
  const email = `${size}-${language}@example.org`;
  const client = await memberOf(shop, email);
  const { subscription } = await buy(shop, client, "pro-year");
  const context = await browser.newContext({ baseURL: shop.url, reducedMotion: "reduce", viewport });
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: shop.url })));
  const page = await context.newPage();
  const prefix = language === "en" ? "" : `/${language}`;
  const take = (name) => page.screenshot({ path: path.join(FOLDER, `person-${name}-${size}-${language}.png`), fullPage: true });

  await page.goto(`${prefix}/account/`);
  await take("account");
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator('a[href$="/account/export/"]').click()]);
  assert.match(download.suggestedFilename(), /^account-\d{4}-\d\d-\d\d\.json$/);
  await page.goto(`${prefix}/account/email/`);
  await take("email");
  await page.fill("#email", `moved-${email}`);
  await page.click('main form button[type="submit"]');
  await take("code");
  await page.goto(`${prefix}/account/erase/`);
  await take("erase");
  await page.fill("#email", "somebody@example.org");
  await page.click('main form button[type="submit"]');
  await take("wrong");
  await page.fill("#email", email);
  await page.click('main form button[type="submit"]');
  await page.waitForSelector("main h1");
  await take("erased");
  const cookies = (await context.cookies()).map((cookie) => cookie.name);
  assert.deepEqual(cookies, [], "cookies stay");
  console.log(size, language, subscription, await page.locator("main h1").innerText());
  await context.close();
}
