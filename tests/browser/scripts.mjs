// What the theme's script adds: counting, and buttons that copy code.

import assert from "node:assert/strict";

export async function readingIsCounted(reader, context) {
  const { page, target, academy } = reader;
  const { path } = academy.free;
  const referrer = `${reader.name.toLowerCase().replace(" ", "-")}.example`;
  await page.goto(path, { referer: `https://${referrer}/a/private/path?and=query` });
  const isMine = (event) => event.referrer === referrer;
  const { id, at, ...view } = (await target.events((stored) => stored.some(isMine))).find(isMine);
  const lesson = path.replace(/^.*\/courses\/(.*)\/$/, "$1");
  assert.deepEqual(view, { v: 1, kind: "page_view", language: "en", path, lesson, referrer });
  assert.match(id, /^[0-9a-f]{32}$/);
  assert(Math.abs(Date.now() / 1_000 - at) < 60, `the time ${at} is not now`);
  assert.deepEqual(await context.cookies(), [], "a visitor who only reads was given a cookie");
}

export async function nothingIsSent(reader, context) {
  const { page, academy } = reader;
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true });
  });
  const posts = [];
  context.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
  await reader.open(academy.free.path);
  assert.equal(await page.evaluate(() => navigator.globalPrivacyControl), true, "the signal is not set");
  await page.mouse.wheel(0, 600);
  await page.keyboard.press("PageDown");
  await reader.open("/");
  await reader.open(academy.paid.path);
  assert.deepEqual(posts, [], "something was sent although the browser asked not to be tracked");
}

export async function copiesCode(reader, context) {
  const { page, target, academy } = reader;
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: target.origin });
  await reader.open(academy.free.path);
  const button = page.locator("figure.code").first().getByRole("button");
  assert.equal(await button.textContent(), reader.say("copy"));
  await button.click();
  await page.getByRole("status").filter({ hasText: reader.say("copied") }).waitFor({ state: "attached" });
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, 'fn main() {\n    let name = String::from("ada");\n    println!("{name}");\n}');
}
