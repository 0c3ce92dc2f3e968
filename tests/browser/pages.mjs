// Every kind of page that somebody can meet, and who must look to see it.

import assert from "node:assert/strict";
import { thread } from "./academy.mjs";
import { Reader } from "./reader.mjs";

const COURSE = "/courses/rust-ownership/";
const FREE = "/courses/first-rows/";
const MOVES = `${COURSE}ownership/moves/`;

/**
 * The kinds. `path`: where, or the name of an address that `prepare` found. `as`: who looks; a visitor when it
 * is missing. `act`: what to do there first. `only`: the target that has such a page. `language`: the only one
 * that the page has. `status`: when it is not 200.
 */
export const PAGES = [
  { name: "home", path: "/" },
  { name: "course", path: COURSE },
  { name: "course with formulas", path: "/courses/paid-community/" },
  { name: "free lesson", path: `${COURSE}values/stack-and-heap/` },
  { name: "free lesson with formulas", path: "/courses/paid-community/people/growth/" },
  { name: "teaser with preview", path: MOVES },
  { name: "teaser without preview", path: `${COURSE}ownership/sharing/` },
  { name: "teaser for members", path: `${COURSE}values/copy/` },
  { name: "teaser of the workshop", path: `${COURSE}borrowing/workshop/` },
  { name: "quiz", path: `${COURSE}values/scopes-and-drop/` },
  { name: "free course", path: FREE },
  { name: "quiz and survey", path: `${FREE}tables/rows/` },
  { name: "lesson that opens later", path: `${FREE}tables/joins/` },
  { name: "catalogue", path: "/courses/" },
  { name: "level", path: "/levels/beginner/" },
  { name: "price", path: "/prices/free/" },
  { name: "tracks", path: "/tracks/" },
  { name: "track", path: "/tracks/build-and-keep/" },
  { name: "tags", path: "/tags/" },
  { name: "tag", path: "/tags/memory/" },
  { name: "tag of lessons", path: "/tags/borrow-checker/" },
  { name: "calendar", path: "/calendar/" },
  { name: "products", path: "/products/" },
  { name: "product ticket", path: "/products/borrow-checker-workshop/" },
  { name: "product coaching", path: "/products/code-review/" },
  { name: "product question", path: "/products/ask-lin-wen/" },
  { name: "product download", path: "/products/cohort-workbook/" },
  { name: "changes", path: `${COURSE}changes/` },
  { name: "instructors", path: "/instructors/" },
  { name: "instructor", path: "/instructors/ada-brandt/" },
  { name: "about", path: "/about/" },
  { name: "privacy", path: "/privacy/" },
  { name: "search", path: "/search/?q=stack" },
  { name: "search for nothing", path: "/search/?q=qqqq" },
  { name: "search dialog", path: `${COURSE}values/stack-and-heap/`, act: searchInPlace },
  { name: "not found", path: "/no-such-page/", status: 404 },
  { name: "sign in", path: "/sign-in/" },
  { name: "sign in refused", path: "/sign-in/", act: sendBadAddress },
  { name: "code", path: "/sign-in/code/", as: "asking" },
  { name: "code refused", path: "/sign-in/code/", as: "asking", act: sendWrongCode },
  { name: "link in the same browser", path: "link", as: "asking" },
  { name: "link in another browser", path: "link" },
  { name: "account without orders", path: "/account/", as: "member" },
  { name: "account", path: "/account/", as: "buyer" },
  { name: "devices", path: "/account/devices/", as: "member" },
  { name: "confirm", path: "/sign-in/confirm/?return_to=/account/devices/", as: "member" },
  { name: "order", path: "/checkout/?price=pro-month", as: "member" },
  { name: "order of what one has", path: "/checkout/?price=rust-ownership", as: "buyer" },
  { name: "order of nothing", path: "/checkout/?price=no-such-price", as: "member" },
  { name: "order of a gift", path: "/checkout/?price=rust-ownership&gift=1", as: "member" },
  { name: "gift that renews itself", path: "/checkout/?price=pro-month&gift=1", as: "member" },
  { name: "no team", path: "/team/", as: "member" },
  { name: "payment page", path: "payment", as: "buyer", only: "serve" },
  { name: "return unpaid", path: "open", as: "buyer", only: "workerd" },
  { name: "return paid", path: "paid", as: "buyer" },
  { name: "whole lesson", path: MOVES, as: "buyer" },
  { name: "discussion of others", path: thread(MOVES) },
  { name: "discussion without comments", path: thread(`${COURSE}ownership/sharing/`), as: "buyer" },
  { name: "discussion", path: thread(MOVES), as: "buyer" },
  { name: "outbox", path: "/outbox/", only: "serve", language: "en" },
];

async function sendBadAddress(reader) {
  await reader.field("app_email").fill("ada@academy");
  await reader.button("app_send_code").click();
  await reader.page.getByRole("alert").waitFor();
}

async function sendWrongCode(reader) {
  await reader.field("app_code").fill("000000");
  await reader.button("app_code_submit").click();
  await reader.page.getByRole("alert").waitFor();
}

async function searchInPlace({ page, say }) {
  await page.getByRole("banner").getByRole("button", { name: say("app_search") }).click();
  const dialog = page.locator("dialog.search[open]");
  await dialog.getByRole("combobox").fill("rust");
  await dialog.getByRole("option").first().waitFor();
}

const COMMENTS = [
  "Way out **number three** took me a while. Is `take` free?\n\n```\nlet sent = std::mem::take(&mut draft);\n```",
  "As cheap as a move:\n\n- one word per field\n- no allocation\n\nSee [the book](https://doc.rust-lang.org/book/).",
];

/**
 * Makes the people that the pages need: one who asked for a code, a member, and a buyer with a paid and an
 * open order and comments. Returns their cookies by name, and the addresses that only they have.
 */
export async function prepare(browser, target, language) {
  const people = {};
  const addresses = {};
  const person = async (name, live) => {
    const context = await browser.newContext({ baseURL: target.origin });
    try {
      const reader = new Reader(await context.newPage(), target, language);
      await live(reader);
      people[name] = await context.storageState();
    } finally {
      await context.close();
    }
  };
  await person("asking", async (reader) => {
    await reader.open("/sign-in/");
    await reader.askForCode();
    addresses.link = (await reader.mail()).link;
  });
  await person("member", (reader) => reader.signIn());
  await person("buyer", async (reader) => {
    const { page } = reader;
    await reader.signIn();
    await reader.buyCourse();
    addresses.paid = page.url();
    for (const [idx, text] of COMMENTS.entries()) {
      await reader.open(thread(MOVES));
      if (idx === 0) await reader.field("app_comment_name").fill("Ada Lovelace");
      await reader.comment(text);
    }
    await reader.open("/checkout/?price=pro-year");
    await reader.placeOrder("$190");
    addresses.payment = page.url();
    addresses.open = target.returnAddress?.(page.url());
  });
  return { people, addresses };
}

/** Opens a page of one of the kinds as the person who must look, and does there what is to be done first. */
export async function openPage(kind, page, target, language, { addresses }) {
  const reader = new Reader(page, target, kind.language ?? language);
  const response = await reader.open(kind.path.startsWith("/") ? kind.path : addresses[kind.path]);
  assert.equal(response.status(), kind.status ?? 200, `${page.url()} answers with another status`);
  await page.locator("main").waitFor();
  await kind.act?.(reader);
}
