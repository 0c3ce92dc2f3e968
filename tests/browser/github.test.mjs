// Signing in with GitHub in a real browser, at a stand-in that is as strict as GitHub.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, visit } from "./browser.mjs";
import { Reader } from "./reader.mjs";
import { start, TARGETS } from "./target.mjs";
import * as standins from "../standins/github.mjs";

for (const kind of TARGETS) {
  describe(`GitHub at ${kind}`, () => {
    const person = { id: 583231, login: "octocat", emails: [] };
    let github;
    let target;
    let browser;
    before(async () => {
      github = await standins.start(person);
      // GitHub is another origin, which the watch over the browser must know.
      target = { ...(await start(kind, { more: github.variables })), paymentOrigin: github.url };
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await target?.stop();
      await github?.stop();
    });

    const leave = async (reader) => {
      await reader.open(`/sign-in/?return_to=${reader.academy.prefix}/courses/`);
      await reader.button("app_github_sign_in").click();
      await reader.page.getByRole("link", { name: "Authorize" }).waitFor();
    };
    const agree = (reader) => reader.page.getByRole("link", { name: "Authorize" }).click();

    for (const language of ["en", "zh"]) {
      test(`a verified address signs in and comes back where it was (${language})`, () =>
        visit(browser, target, { name: "github" }, async (page) => {
          const reader = new Reader(page, target, language);
          person.emails = [{ email: "octocat@academy.example", primary: true, verified: true }];
          await leave(reader);
          await agree(reader);
          await reader.arrives(`${reader.academy.prefix}/courses/`);
          await reader.open("/account/");
          await reader.sees("octocat@academy.example");
          const { redirect_uri, scope } = github.asked.at(-1);
          assert.equal(redirect_uri, `${target.origin}/sign-in/github/return/`);
          assert.equal(scope, "user:email");
        }));
    }

    test("an address that is not verified does not", () =>
      visit(browser, target, { name: "github" }, async (page) => {
        const reader = new Reader(page, target, "en");
        person.emails = [{ email: "octocat@academy.example", primary: true, verified: false }];
        await leave(reader);
        await agree(reader);
        await page.getByRole("alert").filter({ hasText: reader.say("app_github_unverified") }).waitFor();
      }));

    test("a code that was used is of no use, and neither is the way back of another browser", () =>
      visit(browser, target, { name: "github" }, async (page, context) => {
        const reader = new Reader(page, target, "en");
        person.emails = [{ email: "octocat@academy.example", primary: true, verified: true }];
        await leave(reader);
        const back = await page.getByRole("link", { name: "Authorize" }).getAttribute("href");
        await visit(browser, target, { name: "another" }, async (other, otherContext) => {
          await other.goto(back);
          await other.getByRole("alert").filter({ hasText: reader.say("app_github_refused") }).waitFor();
          assert(!(await otherContext.cookies()).some(({ name }) => name.endsWith("ly_session")));
        });
        await agree(reader);
        await reader.arrives("/courses/");
        await context.clearCookies({ name: /ly_(session|member)$/ });
        await page.goto(back);
        await page.getByRole("alert").filter({ hasText: reader.say("app_github_refused") }).waitFor();
        assert(!(await context.cookies()).some(({ name }) => name.endsWith("ly_session")));
      }));
  });
}
