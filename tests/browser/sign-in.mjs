// Signing in with the mailed code and the mailed link, in the browser that asked and in another.

import assert from "node:assert/strict";
import { visit } from "./browser.mjs";

export async function linkInSameBrowser(reader, context) {
  const { page, academy } = reader;
  await reader.open(academy.paid.path);
  await page.locator("section.paywall").getByRole("link", { name: reader.say("app_sign_in") }).click();
  await reader.askForCode();
  const { link } = await reader.mail();
  const mailTab = await context.newPage();
  await mailTab.goto(link);
  const names = (await context.cookies()).map(({ name }) => name);
  assert(!names.includes("ly_member"), "opening the link alone signed in");
  const finish = mailTab.getByRole("button", { name: reader.say("app_link_continue"), exact: true });
  await finish.click();
  await mailTab.waitForURL(({ pathname }) => pathname === academy.paid.path);
  await mailTab.getByRole("banner").getByRole("link", { name: reader.say("app_account"), exact: true }).waitFor();
  await mailTab.goto(link);
  assert.equal(await finish.isVisible(), false, "the link can be used again");
}

export async function linkInAnotherBrowser(reader, context) {
  const { target, academy } = reader;
  await reader.open("/sign-in/");
  await reader.askForCode();
  const { link, code } = await reader.mail();
  await visit(context.browser(), target, { name: "the other browser" }, async (otherPage, otherContext) => {
    await otherPage.goto(link);
    await otherPage.getByText(reader.say("app_link_other")).waitFor();
    await otherPage.getByRole("status").filter({ hasText: code }).waitFor();
    assert.equal(await otherPage.getByRole("button", { name: reader.say("app_link_continue") }).count(), 0);
    assert.deepEqual(await otherContext.cookies(), [], "the other browser was given cookies");
  });
  await reader.typeCode();
  await reader.arrives(`${academy.prefix}/account/`);
}

export async function linkWithoutScript(reader) {
  const { page, academy } = reader;
  await reader.open("/sign-in/");
  await reader.askForCode();
  const { link } = await reader.mail();
  await page.goto(link);
  const hint = page.locator("main noscript");
  assert(await hint.isVisible(), "the hint for browsers without scripts is not shown");
  assert.equal((await hint.textContent()).trim(), reader.say("app_link_noscript"));
  await page.locator("main").getByRole("link", { name: reader.say("app_code_title"), exact: true }).click();
  await reader.typeCode();
  await reader.arrives(`${academy.prefix}/account/`);
}

export async function wrongCode(reader) {
  const { page, academy } = reader;
  await reader.open("/sign-in/");
  await reader.askForCode();
  const { code } = await reader.mail();
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
  await reader.field("app_code").fill(wrong);
  await reader.button("app_code_submit").click();
  await page.getByRole("alert").filter({ hasText: reader.say("app_code_wrong").split("{n}")[0].trim() }).waitFor();
  await reader.typeCode();
  await reader.arrives(`${academy.prefix}/account/`);
}
