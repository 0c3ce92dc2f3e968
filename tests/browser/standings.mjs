// Pictures of the account in every state that an order can be in: `node standings.mjs`. They go to
// tests/artifacts/screenshots/, together with one sheet of all states for each language and look.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buy, deliver, memberOf, order, startShop } from "../workerd/shop.mjs";
import { SAMPLE, scratch } from "../workerd/site.mjs";
import { ARTIFACTS, launch } from "./browser.mjs";

const FOLDER = path.join(ARTIFACTS, "screenshots");
const DAY = 86_400;

const LOOKS = {
  phone: { viewport: { width: 390, height: 844 } },
  dark: { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  desktop: { viewport: { width: 1280, height: 900 } },
};

const { folder, remove } = scratch();
const shop = await startShop("serve", folder, { content: withSeats() });

/** The sample academy, which also sells seats. */
function withSeats() {
  const content = path.join(folder, "content");
  cpSync(SAMPLE, content, { recursive: true });
  const settings = path.join(content, "lyceum.yaml");
  const one = "      - { id: pro-month,";
  const seats = "      - { id: pro-seats, amount: 15.00 USD, every: month, per: seat }\n";
  writeFileSync(settings, readFileSync(settings, "utf8").replace(one, seats + one));
  return content;
}

/** The way to the seat that a letter after the first `n_before` mails offers. It is sent by a loop, so it may take a moment. */
async function invitation(email, n_before) {
  for (let n_tries = 0; n_tries < 100; n_tries++) {
    const mails = await shop.mails();
    const fresh = mails.slice(0, mails.length - n_before).filter(({ to }) => to === email);
    const [link] = fresh.flatMap(({ text }) => text.match(/\/team\/join\/\S+/) ?? []);
    if (link) return link;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no invitation for ${email}`);
}

/** A team of two seats, one taken: the member who has it, and the page from which the team is run. */
async function team(boss, name) {
  const { location } = await boss.post("/checkout/", { price: "pro-seats", seats: "2" });
  const session = location.split("/pay/")[1];
  const { success_url: back } = shop.stripe.sessions.get(session).object;
  await deliver(shop, (await shop.stripe.control.pay({ session })).events);
  const order = new URL(back).searchParams.get("order");
  const run = `/team/?order=${order}`;
  const n_before = (await shop.mails()).length;
  const email = `${name}@example.org`;
  for (const to of [email, "edsger@example.org"]) await boss.post("/team/", { order, email: to });
  const member = await memberOf(shop, email);
  const link = await invitation(email, n_before);
  await member.post("/team/join/", { t: link.split("?t=")[1] });
  return { member, session, run };
}

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
  "team run": async (client) => ({ to: (await team(client, "grace")).run }),
  "team member": async (client) => ({ client: (await team(client, "barbara")).member }),
  "team refunded": async (client) => {
    const { member, session } = await team(client, "margaret");
    await happens("refund", { session });
    return { client: member };
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
const name = (...parts) => `${parts.join("-")}.png`.replaceAll(" ", "-");
try {
  mkdirSync(FOLDER, { recursive: true });
  for (const [state, reach] of Object.entries(STATES)) {
    const reader = await memberOf(shop, `${state.replaceAll(" ", "-")}@example.org`);
    const { client = reader, to = "/account/" } = (await reach(reader)) ?? {};
    await client.get(to);
    for (const [look, options] of Object.entries(LOOKS)) {
      for (const language of ["en", "zh"]) await take({ state, look, language }, options, { client, to });
    }
  }
  for (const [look, options] of Object.entries(LOOKS)) {
    for (const language of ["en", "zh"]) await sheet(look, language, options.viewport.width);
  }
  console.log(`The pictures are in ${FOLDER}`);
} finally {
  await browser.close();
  await shop.stop();
  remove();
}

async function take({ state, look, language }, options, { client, to }) {
  const context = await browser.newContext({ baseURL: shop.url, reducedMotion: "reduce", ...options });
  await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: shop.url })));
  const page = await context.newPage();
  await page.goto(language === "en" ? to : `/zh${to}`);
  await page.screenshot({ path: path.join(FOLDER, name("standing", state, look, language)), fullPage: true });
  await context.close();
}

/** All states beside each other. */
async function sheet(look, language, width) {
  const picture = (state) => {
    const data = readFileSync(path.join(FOLDER, name("standing", state, look, language))).toString("base64");
    return `<figure><img src="data:image/png;base64,${data}" width="${width / 2}"><figcaption>${state}</figcaption></figure>`;
  };
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  const style = "body{display:flex;flex-wrap:wrap;gap:12px;margin:12px;font:14px sans-serif}figure{margin:0}";
  await page.setContent(`<style>${style}</style>${Object.keys(STATES).map(picture).join("")}`);
  await page.screenshot({ path: path.join(FOLDER, name("standings", look, language)), fullPage: true });
  await page.close();
}
