// Pictures of a team at work, for its buyer, a manager and a member: `node teams.mjs`. They go to
// tests/artifacts/screenshots/.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { deliver, memberOf, startShop } from "../workerd/shop.mjs";
import { SAMPLE, scratch } from "../workerd/site.mjs";
import { ARTIFACTS, launch } from "./browser.mjs";

const FOLDER = path.join(ARTIFACTS, "screenshots");
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } };

const { folder, remove } = scratch();
const content = path.join(folder, "content");
cpSync(SAMPLE, content, { recursive: true });
const settings = path.join(content, "lyceum.yaml");
const offers = "offers:\n  - { code: TEAM-20, percent: 20 }\n";
const seats = "\n      - { id: pro-seat, amount: 15.00 USD, every: month, per: seat }";
const text = readFileSync(settings, "utf8").replace(/\n {4}prices:/, (prices) => `${prices}${seats}`);
writeFileSync(settings, `${text}\n${offers}`);

const shop = await startShop("serve", folder, { content });
const browser = await launch();

/** Posts a form and expects to be led on. */
async function post(client, to, fields) {
  const { status, location, body } = await client.post(to, fields);
  assert.equal(status, 303, `${to}: ${body}`);
  return location;
}

async function team() {
  const boss = await memberOf(shop, "bo.bei@company.example");
  await post(boss, "/account/", { name: "Bo Bei" });
  const pay = await post(boss, "/checkout/", { price: "pro-seat", seats: "5", code: "TEAM-20" });
  const session = pay.split("/pay/")[1];
  await deliver(shop, (await shop.stripe.control.pay({ session })).events);
  const back = new URL(shop.stripe.sessions.get(session).object.success_url);
  const order = back.searchParams.get("order");
  await boss.get(back.pathname + back.search);
  return { boss, order };
}

/** The mail to an address with these words. The server sends it a moment later. */
async function letter(email, words) {
  for (let n_tries = 0; n_tries < 200; n_tries++) {
    const found = (await shop.mails()).find(({ to, text }) => to === email && text.includes(words));
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no mail to ${email} with ${words}`);
}

async function join({ boss, order }, email, name) {
  await post(boss, "/team/", { order, email });
  const mail = await letter(email, "/team/join/");
  const token = /\/team\/join\/\?t=(\S+)/.exec(mail.text)[1];
  const member = await memberOf(shop, email);
  await post(member, "/account/", { name });
  await post(member, "/team/join/", { t: token });
  return member;
}

async function assign({ boss, order }, what, day, names) {
  const page = (await boss.get(`/team/assign/?order=${order}`)).body.toString();
  const assignment = /name="assignment" value="(\w+)"/.exec(page)[1];
  const seat = (name) => ["seat", new RegExp(`value="(\\w{32})"[^>]*> ${name}<`).exec(page)[1]];
  const who = names.length ? "some" : "all";
  const fields = [["order", order], ["assignment", assignment], ["what", what], ["day", day], ["who", who], ...names.map(seat)];
  await post(boss, "/team/assign/", fields);
  return assignment;
}

async function take(name, address, client) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const language of ["en", "zh"]) {
      const context = await browser.newContext({ baseURL: shop.url, reducedMotion: "reduce", viewport });
      await context.addCookies([...client.cookies].map(([name, value]) => ({ name, value, url: shop.url })));
      const page = await context.newPage();
      await page.goto(language === "en" ? address : `/zh${address}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert(!wide, `${address} scrolls sideways (${size}, ${language})`);
      await page.screenshot({ path: path.join(FOLDER, `team-${name}-${size}-${language}.png`), fullPage: true });
      await context.close();
    }
  }
}

try {
  mkdirSync(FOLDER, { recursive: true });
  const company = await team();
  const { boss, order } = company;
  const buyer = await memberOf(shop, "somebody@company.example");
  await take("order", "/checkout/?price=pro-seat&seats=5&code=TEAM-20", buyer);
  await take("gift-order", "/checkout/?price=rust-ownership&gift=1", buyer);
  const ada = await join(company, "ada.brandt@company.example", "Ada Brandt");
  const lin = await join(company, "lin.xiaoyu@company.example", "林晓雨");
  await post(boss, "/team/", { order, email: "maximilian.mustermann@subsidiary.company.example" });
  const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  const some = await assign(company, "course:paid-community", day(9), ["Ada Brandt"]);
  await assign(company, "track:build-and-keep", day(40), []);
  await post(boss, "/team/managers/", { order, email: "lin.xiaoyu@company.example", manager: "1" });
  await take("page", `/team/?order=${order}&said=named`, boss);
  await take("manager", `/team/?order=${order}`, lin);
  await take("assign", `/team/assign/?order=${order}`, boss);
  await take("assign-change", `/team/assign/?order=${order}&assignment=${some}`, boss);
  await take("report", `/team/report/?order=${order}`, boss);
  await take("account", "/account/", ada);
  console.log(`The pictures are in ${FOLDER}`);
} finally {
  await browser.close();
  await shop.stop();
  remove();
}
