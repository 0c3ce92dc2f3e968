// Pictures of the account in every state that an order can be in: `node standings.mjs`. They go to
// tests/artifacts/screenshots/.

import { mkdirSync } from "node:fs";
import path from "node:path";
import { buy, deliver, memberOf, order, startShop } from "../workerd/shop.mjs";
import { scratch } from "../workerd/site.mjs";
import { ARTIFACTS, launch } from "./browser.mjs";

const FOLDER = path.join(ARTIFACTS, "screenshots");
const DAY = 86_400;

const { folder, remove } = scratch();
const shop = await startShop("serve", folder);

async function happens(verb, of) {
  const { events } = await shop.stripe.control[verb](of);
  await deliver(shop, events);
}

/** What leads to each state. Those that need the calendar come last, because it never goes back. */
const STATES = {
  pass: async (client) => buy(shop, client, "pro-90d"),
  owned: async (client) => buy(shop, client, "rust-ownership"),
  pending: async (client) => {
    const { session, back } = await order(shop, client, "rust-ownership");
    await deliver(shop, (await shop.stripe.control.payAsync({ session })).events);
    await client.get(back);
  },
  refunded: async (client) => {
    const { session } = await buy(shop, client, "rust-ownership");
    await happens("refund", { session });
  },
  "charged back": async (client) => {
    const { session } = await buy(shop, client, "rust-ownership");
    await happens("dispute", { session, state: "open" });
    await happens("dispute", { session, state: "lost" });
  },
  trial: async (client) => buy(shop, client, "pro-month"),
  ending: async (client) => happens("cancelAtPeriodEnd", await buy(shop, client, "pro-month")),
  paused: async (client) => happens("pause", await buy(shop, client, "pro-month")),
  canceled: async (client) => happens("cancelNow", await buy(shop, client, "pro-year")),
  active: async (client) => buy(shop, client, "pro-year"),
  "past due": async (client) => {
    const { customer } = await buy(shop, client, "pro-month");
    await shop.stripe.control.setCard({ customer, state: "declines" });
    await happens("advance", { seconds: 7 * DAY + 7_200 });
  },
};

const browser = await launch();
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const [state, reach] of Object.entries(STATES)) {
    const client = await memberOf(shop, `${state.replaceAll(" ", "-")}@example.org`);
    await reach(client);
    await client.get("/account/");
    for (const language of ["en", "zh"]) await take(state, language, client);
  }
  console.log(`The pictures are in ${FOLDER}`);
} finally {
  await browser.close();
  await shop.stop();
  remove();
}

async function take(state, language, client) {
  const context = await browser.newContext({ baseURL: shop.url, reducedMotion: "reduce", viewport: { width: 390, height: 844 } });
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: shop.url })));
  const page = await context.newPage();
  await page.goto(language === "en" ? "/account/" : "/zh/account/");
  await page.screenshot({ path: path.join(FOLDER, `standing-${state}-${language}.png`.replaceAll(" ", "-")), fullPage: true });
  await context.close();
}
