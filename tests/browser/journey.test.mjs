// From a free lesson through the paywall to a paid one, and what scripts add to it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, step, visit } from "./browser.mjs";
import * as comments from "./comments.mjs";
import * as keyboard from "./keyboard.mjs";
import { Reader } from "./reader.mjs";
import * as scripts from "./scripts.mjs";
import * as signIn from "./sign-in.mjs";
import { TARGETS, start } from "./target.mjs";

const LIMIT = { timeout: 60_000 };
const WIDE = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const PRIVATELY = { extraHTTPHeaders: { "Sec-GPC": "1" } };
const isNotFound = (complaint) => complaint.includes("404 (Not Found)");

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

    /** A test with a reader in a fresh browser. */
    const reads = (name, { language = "en", ...options }, use) =>
      test(name, LIMIT, () =>
        visit(browser, target, { name, ...WIDE, ...options }, (page, context) =>
          use(new Reader(page, target, language), context),
        ),
      );

    reads("from a free lesson to a comment on a paid one", {}, (reader) => journey(reader, true));
    reads("the same without JavaScript", { javaScriptEnabled: false }, (reader) => journey(reader, false));
    reads("the same in Chinese", { language: "zh", locale: "zh-CN" }, (reader) => journey(reader, true));
    reads("the same on a phone", PHONE, (reader) => journey(reader, true));

    reads("a buyer is back at the lesson that made them buy", {}, returnsToLesson);
    reads("an open order opens nothing", {}, openOrderOpensNothing);
    reads("an order costs what the page said", {}, samePrices);
    reads("the header knows who is signed in, on every page", { may: isNotFound }, headerKnows);
    reads("the mailed link finishes in the same browser", {}, signIn.linkInSameBrowser);
    reads("the mailed link shows the code in another browser", {}, signIn.linkInAnotherBrowser);
    reads("the mailed link says what to do without JavaScript", { javaScriptEnabled: false }, signIn.linkWithoutScript);
    reads("a wrong code is refused and the right one still works", {}, signIn.wrongCode);
    reads("a refused comment keeps what was written", { javaScriptEnabled: false }, comments.refused);
    reads("a comment as long as the field takes is accepted", {}, comments.atTheLimit);
    reads("reading is counted", {}, scripts.readingIsCounted);
    reads("nothing is sent when the browser asks not to be tracked", PRIVATELY, scripts.nothingIsSent);
    reads("code is copied as it was written", {}, scripts.copiesCode);
    reads("the thread loads in place", {}, comments.threadInPlace);
    reads("a keyboard reaches everything and sees where it is", {}, keyboard.reachesEverything);
  });
}

async function journey(reader, hasScript) {
  const { page, academy } = reader;
  const { course, free, paid } = academy;
  await step("read a free lesson", async () => {
    await reader.open("/");
    await page.getByRole("link", { name: course.title, exact: true }).click();
    await reader.link("begin").click();
    await reader.arrives(free.path);
    await reader.sees(free.sentence);
  });
  await step("meet the paywall", () => meetPaywall(reader));
  await step("choose the offer", async () => {
    const card = page.locator("section.paywall");
    await card.getByRole("radio", { name: reader.say("offer_course") }).check();
    await card.getByRole("button", { name: reader.say("continue") }).click();
    await reader.arrives(`${academy.prefix}/sign-in/`);
  });
  await step("sign in with the mailed code", async () => {
    await reader.askForCode();
    await reader.typeCode();
    await reader.arrives(`${academy.prefix}/checkout/`);
  });
  await step("check the order and pay", async () => {
    await reader.sees(course.title);
    await reader.sees(reader.say("app_term_once"));
    await reader.sees(reader.say("app_checkout_tax"));
    await reader.placeOrder(course.amount);
    await reader.pay();
    await reader.sees(reader.say("app_return_paid", { name: course.title }));
  });
  await step("read the whole lesson", async () => {
    await reader.link("app_return_read").click();
    await page.waitForURL(({ pathname }) => pathname.startsWith(course.path));
    const isThere = new URL(page.url()).pathname === paid.path;
    if (!isThere) await page.locator(`main a[href="${paid.path}"]`).click();
    await readWholeLesson(reader);
  });
  await step("write a comment", () => comments.write(reader, hasScript));
  await step("find the course in the account", () => checkAccount(reader));
  await step("sign out", async () => {
    await reader.button("app_sign_out").click();
    await reader.arrives(`${academy.prefix}/`);
    await reader.open(paid.path);
    await meetPaywall(reader);
  });
}

/** Opens the paid lesson from wherever the reader is, and gets the teaser: preview, price, and not a word more. */
async function meetPaywall(reader) {
  const { page, academy } = reader;
  const { paid, course } = academy;
  const response = await reader.open(paid.path);
  assert.equal(response.status(), 200, "the teaser is a page of its own right");
  await reader.sees(paid.preview);
  const card = page.locator("section.paywall");
  await card.getByText(course.amount, { exact: true }).waitFor();
  const sent = [await page.content(), await response.text()];
  for (const secret of paid.secrets) {
    for (const text of sent) assert(!text.includes(secret), `the teaser gives away "${secret}"`);
  }
}

async function readWholeLesson(reader) {
  const { page, academy } = reader;
  const { paid } = academy;
  await reader.arrives(paid.path);
  await page.getByText(paid.sentence).waitFor();
  assert.equal(await page.locator("section.paywall").count(), 0, "a buyer still meets the paywall");
  const text = await page.content();
  for (const secret of paid.secrets) assert(text.includes(secret), `the lesson lacks "${secret}"`);
}

async function checkAccount(reader) {
  const { page, academy } = reader;
  await reader.inHeader("app_account").click();
  await reader.arrives(`${academy.prefix}/account/`);
  await reader.sees(reader.email);
  const access = page.locator("dl.facts").first();
  await access.getByRole("link", { name: academy.course.title }).waitFor();
  await reader.sees(reader.say("app_access_forever"), access);
  const order = page.locator("ul.rows > li");
  assert.equal(await order.count(), 1, "there is not exactly one order");
  await reader.sees(academy.course.amount, order);
  await reader.sees(reader.say("app_order_paid"), order);
}

async function returnsToLesson(reader) {
  const { page, academy } = reader;
  await reader.open(academy.paid.path);
  await page.locator("section.paywall").getByRole("link", { name: reader.say("app_sign_in") }).click();
  await reader.askForCode();
  await reader.typeCode();
  await reader.arrives(academy.paid.path);
  await reader.buyCourse();
  await reader.open(academy.paid.path);
  await readWholeLesson(reader);
  await page.goto(page.url());
  await readWholeLesson(reader);
}

async function openOrderOpensNothing(reader) {
  const { page, academy } = reader;
  await reader.signIn();
  await reader.open(`/checkout/?price=${academy.course.price}`);
  await reader.placeOrder(academy.course.amount);
  await page.locator('button[name="action"][value="cancel"]').click();
  await reader.arrives(`${academy.prefix}/checkout/`);
  await reader.button("app_checkout_pay", { amount: academy.course.amount }).waitFor();
  await meetPaywall(reader);
  await reader.open("/account/");
  await reader.sees(reader.say("app_order_open"), page.locator("ul.rows"));
  await reader.sees(reader.say("app_account_none"));
}

/** Everything that a paywall offers costs the same, in the same words, on the order page. */
async function samePrices(reader) {
  const { page, academy } = reader;
  await reader.signIn();
  await reader.open(academy.paid.path);
  const offers = await page.locator("label.offer").evaluateAll((labels) =>
    labels.map((label) => ({
      id: label.querySelector("input").value,
      amount: label.querySelector(".price").textContent,
    })),
  );
  assert.equal(offers.length, 4, "the paywall does not have its four offers");
  for (const { id, amount } of offers) {
    await reader.open(`/checkout/?price=${id}`);
    const asked = await page.locator("main .price").first().textContent();
    assert.equal(asked, amount, `the order page has another price for \`${id}\``);
  }
}

async function headerKnows(reader) {
  const { page, academy, target } = reader;
  await reader.signIn();
  const checkHeader = async () => {
    const isOffered = await reader.inHeader("app_sign_in").isVisible();
    assert(!isOffered, `a signed-in reader is asked to sign in at ${page.url()}`);
    await reader.inHeader("app_account").waitFor();
  };
  const addresses = ["/", academy.course.path, academy.free.path, academy.paid.path, "/account/", "/no-such-page/"];
  for (const address of [...addresses, "/discuss/no/such/lesson/", academy.paid.thread]) {
    await reader.open(address);
    await checkHeader();
  }
  await reader.open(`/checkout/?price=${academy.course.price}`);
  await checkHeader();
  await reader.placeOrder(academy.course.amount);
  if (target.paymentOrigin === target.origin) await checkHeader();
}
