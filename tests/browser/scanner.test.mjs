// A mail scanner opens every link of a mail, follows it, and runs what it finds. It must get no session, and the person
// must still be able to use the mail.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, visit } from "./browser.mjs";
import { Reader } from "./reader.mjs";
import { start, TARGETS } from "./target.mjs";

const AGENT = "Mozilla/5.0 (compatible; ExampleMailScanner/1.0)";

for (const kind of TARGETS) {
  describe(`a mail scanner at ${kind}`, () => {
    let target;
    let browser;
    before(async () => {
      target = await start(kind);
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await target?.stop();
    });

    /** Looks without a browser: what it was given. */
    const look = async (method, address, redirect) => {
      const answer = await fetch(address, { method, redirect, headers: { "user-agent": AGENT } });
      await answer.arrayBuffer();
      return answer.headers.getSetCookie();
    };

    /** Runs the page, waits until it is quiet, presses every button that there is, one after the other. */
    const run = (address) =>
      visit(browser, target, { name: "scanner", userAgent: AGENT, may: () => true }, async (page, context) => {
        await page.goto(address, { waitUntil: "networkidle" });
        const n_buttons = await page.locator("main button").count();
        for (let idx = 0; idx < n_buttons; idx++) {
          await page.goto("about:blank");
          await page.goto(address, { waitUntil: "networkidle" });
          await page.locator("main button").nth(idx).evaluate((button) => button.form?.submit());
          await page.waitForLoadState("networkidle");
          const cookies = await context.cookies();
          assert(!cookies.some(({ name }) => /ly_(session|member)$/.test(name)), "the scanner has a session");
        }
        assert(!(await context.cookies()).some(({ name }) => /ly_(session|member)$/.test(name)), "the scanner has a session");
      });

    for (const language of ["en", "zh"]) {
      test(`gets nothing and takes nothing (${language})`, () =>
        visit(browser, target, { name: "person" }, async (page) => {
          const reader = new Reader(page, target, language);
          await reader.open("/sign-in/");
          await reader.askForCode();
          const { link, code } = await reader.mail();
          const [, fragment] = link.split("#");
          const [challenge, secret] = fragment.split(".");
          const plain = link.split("#")[0];
          const addresses = [plain, link, `${plain}?challenge=${challenge}&secret=${secret}`, `${plain}?code=${code}`];
          for (const address of addresses) {
            for (const method of ["HEAD", "GET", "OPTIONS"]) {
              for (const redirect of ["manual", "follow"]) {
                assert.deepEqual(await look(method, address, redirect), [], `${method} ${address} gives cookies`);
              }
            }
            await run(address);
          }
          await page.goto(link);
          await reader.button("app_link_continue").click();
          await reader.arrives(`${reader.academy.prefix}/account/`);
        }));
    }
  });
}
