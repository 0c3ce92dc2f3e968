// Passkeys in a real browser, with Chromium's virtual authenticator: made, used, confirmed with, removed.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, step, visit } from "./browser.mjs";
import { Reader } from "./reader.mjs";
import { start } from "./target.mjs";

const DEVICES = "/account/devices/";

/** A security chip in the browser, that its owner has unlocked, or not. */
async function authenticator(page, { isVerified = true } = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: isVerified,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
  return {
    credentials: async () => (await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    add: (credential) => session.send("WebAuthn.addCredential", { authenticatorId, credential }),
    remove: () => session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId }),
  };
}

describe("passkeys", () => {
  let target;
  let browser;
  before(async () => {
    const { origin, ...started } = await start("serve");
    // Browsers have passkeys for names, not for numbers.
    target = { ...started, origin: origin.replace("127.0.0.1", "localhost"), paymentOrigin: origin };
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await target?.stop();
  });

  const add = async (reader, name) => {
    await reader.open(DEVICES);
    await reader.field("app_passkey_name").fill(name);
    await reader.button("app_passkey_add").click();
    await reader.sees(name);
  };

  const useAt = async (reader, path) => {
    await reader.open(path);
    await reader.button("app_passkey_sign_in").click();
  };

  for (const language of ["en", "zh"]) {
    test(`a member adds a passkey, signs in with it and removes it (${language})`, () =>
      visit(browser, target, { name: `passkey ${language}` }, async (page) => {
        const reader = new Reader(page, target, language);
        const { prefix } = reader.academy;
        const chip = await authenticator(page);
        await step("sign in by mail", () => reader.signIn());
        await step("add it", async () => {
          await add(reader, "My laptop");
          assert.equal((await chip.credentials()).length, 1);
        });
        await step("the same chip makes no second one", async () => {
          await reader.button("app_passkey_add").click();
          await reader.sees(reader.say("app_passkey_stopped"));
        });
        await step("sign out and in with it", async () => {
          await reader.open("/account/");
          await reader.button("app_sign_out").click();
          await reader.arrives(`${prefix}/`);
          await useAt(reader, `/sign-in/?return_to=${prefix}/courses/`);
          await reader.arrives(`${prefix}/courses/`);
          await reader.open("/account/");
          await reader.sees(reader.email);
        });
        await step("confirm with it", async () => {
          await reader.open(`/sign-in/confirm/?return_to=${prefix}${DEVICES}`);
          await reader.button("app_passkey_use").click();
          await reader.arrives(`${prefix}${DEVICES}`);
          await reader.sees(reader.say("app_session_this"));
          assert.equal(await page.locator("ul.devices").nth(0).locator("li").count(), 1, "confirming opens no session more");
        });
        await step("remove it", async () => {
          await page.getByRole("button", { name: reader.say("app_passkey_remove") }).click();
          await reader.sees(reader.say("app_passkeys_none"));
          await reader.open("/account/");
          await reader.button("app_sign_out").click();
          await reader.arrives(`${prefix}/`);
          await useAt(reader, "/sign-in/");
          await page.getByRole("alert").filter({ hasText: reader.say("app_passkey_refused") }).waitFor();
        });
      }));
  }

  test("a person who is not verified does not get in", () =>
    visit(browser, target, { name: "unverified" }, async (page) => {
      const reader = new Reader(page, target, "en");
      const chip = await authenticator(page);
      await reader.signIn();
      await add(reader, "Found phone");
      const [credential] = await chip.credentials();
      await chip.remove();
      const locked = await authenticator(page, { isVerified: false });
      await locked.add(credential);
      await reader.open("/account/");
      await reader.button("app_sign_out").click();
      await reader.arrives("/");
      await useAt(reader, "/sign-in/");
      await reader.sees(reader.say("app_passkey_stopped"));
      const names = (await page.context().cookies()).map(({ name }) => name);
      assert(!names.includes("ly_session"));
    }));

  test("a copy of a passkey is noticed by its count", () =>
    visit(browser, target, { name: "copy" }, async (page) => {
      const reader = new Reader(page, target, "en");
      const chip = await authenticator(page);
      await reader.signIn();
      await add(reader, "Original");
      const [copy] = await chip.credentials();
      const leave = async () => {
        await reader.open("/account/");
        await reader.button("app_sign_out").click();
        await reader.arrives("/");
      };
      await leave();
      await useAt(reader, "/sign-in/");
      await reader.arrives("/account/");
      await leave();
      await chip.remove();
      const other = await authenticator(page);
      await other.add(copy);
      await useAt(reader, "/sign-in/");
      await page.getByRole("alert").filter({ hasText: reader.say("app_passkey_refused") }).waitFor();
    }));

  test("at another address the page says where passkeys work", () =>
    visit(browser, target, { name: "elsewhere" }, async (page) => {
      const reader = new Reader(page, target, "en");
      await page.goto(`${target.paymentOrigin}/sign-in/`);
      await reader.sees(reader.say("app_passkey_here"));
      await page.locator("form[data-passkey]").getByRole("link", { name: target.origin }).click();
      await reader.button("app_passkey_sign_in").waitFor();
    }));

  test("without scripts the page says what works", () =>
    visit(browser, target, { name: "no script", javaScriptEnabled: false }, async (page) => {
      const reader = new Reader(page, target, "en");
      await reader.open("/sign-in/");
      const hint = page.locator("form[data-passkey] noscript");
      assert(await hint.isVisible());
      assert.equal((await hint.textContent()).trim(), reader.say("app_passkey_noscript"));
      assert.equal(await reader.button("app_passkey_sign_in").count(), 0, "a button that does nothing");
    }));
});
