// `lyceum stripe sync` against the stand-in for Stripe: what it makes, and that a second run makes nothing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startWatched } from "./stripe_kit.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const target = process.env.CARGO_TARGET_DIR ?? path.join(root, "target");
const BINARY = process.env.LYCEUM_BIN ?? path.join(target, "debug/lyceum");
const KEY = "sk_test_lyceum";

const SITE = `title: Academy
url: https://academy.example
languages: [en]
tiers:
  - id: pro
    name: Pro
    summary: Everything.
    prices:
      - { id: pro-month, amount: 19.00 USD, every: month }
      - { id: pro-year, amount: 190.00 USD, every: year }
      - { id: pro-90d, amount: 328.00 CNY, for: P90D }
`;
const OFFERS = `offers:
  - { code: SPRING-2027, percent: 30 }
  - { code: RUST, amount: 10.00 USD, prices: [rust] }
  - { code: OVER, percent: 50, until: 2001-01-01 }
`;
const EVERYTHING = ["*"];

const folder = mkdtempSync(path.join(os.tmpdir(), "lyceum-sync-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the content and runs the command over it. */
function sync(standIn, { site = SITE, price = "49.00 USD", key = KEY, flags = [] } = {}) {
  const content = path.join(folder, "content");
  mkdirSync(path.join(content, "courses/rust"), { recursive: true });
  writeFileSync(path.join(content, "lyceum.yaml"), site);
  const course = `---\ntitle: Rust\nsummary: Why.\nprices:\n  - { id: rust, amount: ${price} }\n---\n`;
  writeFileSync(path.join(content, "courses/rust/index.md"), course);
  writeFileSync(path.join(content, "courses/rust/01-start.md"), "---\ntitle: Start\n---\n\nText.\n");
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, STRIPE_API_URL: standIn?.url ?? "http://127.0.0.1:1" };
  if (key) env.STRIPE_SECRET_KEY = key;
  return new Promise((resolve) => {
    const run = ["stripe", "sync", "--content", content, ...flags];
    execFile(BINARY, run, { env }, (error, stdout, stderr) => {
      assert.ok(!key || !(stdout + stderr).includes(key), "the key is printed");
      resolve({ code: error?.code ?? 0, stdout, stderr, rows: stdout.trim().split("\n").slice(0, -1) });
    });
  });
}

const actions = ({ rows }) => new Set(rows.map((row) => row.split(/ {2,}/)[0].trim()));
const row = ({ rows, stdout }, name) => rows.find((row) => row.includes(` ${name} `)) ?? assert.fail(`no ${name}: ${stdout}`);

describe("lyceum stripe sync", () => {
  let world;
  beforeEach(async () => {
    world = await startWatched();
  });
  afterEach(() => world.stop());

  const active = async () => (await world.stripe.prices.list({ active: true, limit: 100 })).data;

  test("makes products, prices and coupons, and the second run changes nothing", async () => {
    const { standIn, stripe } = world;
    const first = await sync(standIn, { site: SITE + OFFERS });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /9 created, 0 changed, 0 archived, 0 unchanged, 1 to do/);
    const product = await stripe.products.retrieve("lyceum_tier_pro");
    assert.deepEqual([product.name, product.description, product.metadata.lyceum_scope], ["Pro", "Everything.", "tier:pro"]);
    assert.equal((await stripe.products.retrieve("lyceum_course_rust")).metadata.lyceum_scope, "course:rust");
    const prices = Object.fromEntries((await active()).map((price) => [price.lookup_key, price]));
    assert.deepEqual(Object.keys(prices).sort(), ["pro-90d", "pro-month", "pro-year", "rust"]);
    const { unit_amount, currency, recurring, nickname, metadata, product: of } = prices["pro-year"];
    assert.deepEqual([unit_amount, currency, recurring.interval, nickname, of], [19_000, "usd", "year", "pro-year", product.id]);
    assert.deepEqual({ ...metadata }, { lyceum_price: "pro-year", lyceum_scope: "tier:pro" });
    assert.deepEqual([prices.rust.recurring, prices["pro-90d"].currency], [null, "cny"]);
    const coupons = (await stripe.coupons.list()).data.map(({ id, amount_off, duration }) => [id, amount_off, duration]);
    const expected = [["lyceum_SPRING-2027_5700_usd", 5_700, "once"], ["lyceum_SPRING-2027_570_usd", 570, "once"]];
    assert.deepEqual(coupons.sort(), expected, "one for each subscription; an offer that has ended has none");

    const before = standIn.events.length;
    const second = await sync(standIn, { site: SITE + OFFERS });
    assert.match(second.stdout, /0 created, 0 changed, 0 archived, 9 unchanged, 1 to do/);
    assert.equal(standIn.events.length, before, "nothing happened at Stripe");
  });

  test("another amount is another price, which takes the key over", async () => {
    await sync(world.standIn);
    const old = (await active()).find((price) => price.lookup_key === "pro-month");
    const run = await sync(world.standIn, { site: SITE.replace("19.00", "21.00") });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /1 created, 1 changed, 1 archived/);
    const fresh = (await active()).find((price) => price.lookup_key === "pro-month");
    assert.equal(fresh.unit_amount, 2_100);
    const archived = await world.stripe.prices.retrieve(old.id);
    assert.deepEqual([archived.active, archived.lookup_key], [false, null]);
    // And back again, within the day for which Stripe remembers what it was asked.
    const back = await sync(world.standIn);
    assert.match(back.stdout, /1 created, 1 changed, 1 archived/);
    assert.deepEqual([...actions(await sync(world.standIn))].sort(), ["to do", "unchanged"]);
    assert.equal((await active()).filter((price) => price.metadata.lyceum_price === "pro-month").length, 1);
  });

  test("what is sold no more is archived, and nothing is deleted", async () => {
    await sync(world.standIn);
    const other = await world.stripe.prices.create({ product: "lyceum_tier_pro", currency: "usd", unit_amount: 500 });
    const run = await sync(world.standIn, { site: SITE.replace(/ +- { id: pro-year.*\n/, "") });
    assert.match(row(run, "pro-year"), /^archived +price +pro-year +190\.00 USD, was price_/);
    const keys = (await active()).map((price) => price.lookup_key);
    assert.ok(!keys.includes("pro-year") && keys.includes("pro-month"));
    assert.ok((await world.stripe.prices.retrieve(other.id)).active, "a price that we did not make");
    const again = await sync(world.standIn);
    assert.match(row(again, "pro-year"), /^created/);
    assert.equal((await world.stripe.products.list()).data.length, 2);
  });

  test("the portal offers the subscriptions that are sold, and seats where they are sold", async () => {
    const seats = "      - { id: pro-team, amount: 15.00 USD, every: month, per: seat }\n";
    const team = "  - id: team\n    name: Team\n    prices:\n      - { id: team-month, amount: 9.00 USD, every: month, per: seat }\n";
    const site = SITE + seats + team;
    assert.match(row(await sync(world.standIn, { site }), "customer portal"), /^created +portal/);
    const { configurations } = world.stripe.billingPortal;
    const ours = async () =>
      (await configurations.list({ active: true })).data.filter(({ metadata }) => metadata.lyceum_portal);
    const expand = ["features.subscription_update.products"];
    const made = await configurations.retrieve((await ours())[0].id, { expand });
    const { customer_update, subscription_cancel, subscription_update } = made.features;
    assert.deepEqual(customer_update.allowed_updates, ["name", "address", "tax_id"], "not the address of mails");
    assert.deepEqual([subscription_cancel.enabled, subscription_cancel.mode], [true, "at_period_end"]);
    assert.ok(subscription_cancel.cancellation_reason.enabled);
    assert.ok(subscription_update.enabled);
    const keys = new Map((await active()).map(({ id, lookup_key }) => [id, lookup_key]));
    const shown = subscription_update.products.map(({ product, prices, adjustable_quantity: quantity }) => [
      product, prices.map((id) => keys.get(id)), quantity.enabled,
    ]);
    const expected = [["lyceum_tier_pro", ["pro-month", "pro-year"], false], ["lyceum_tier_team", ["team-month"], true]];
    assert.deepEqual(shown, expected);
    assert.match(row(await sync(world.standIn, { site }), "customer portal"), /^unchanged/);
    assert.match(row(await sync(world.standIn), "customer portal"), /^changed/);
    assert.equal((await ours()).length, 1);
  });

  test("words that changed are brought over", async () => {
    await sync(world.standIn);
    const run = await sync(world.standIn, { site: SITE.replace("name: Pro", "name: Professional").replace(/ +summary.*\n/, "") });
    assert.match(row(run, "lyceum_tier_pro"), /^changed +product +lyceum_tier_pro +Professional/);
    const { name, description } = await world.stripe.products.retrieve("lyceum_tier_pro");
    assert.deepEqual([name, description || null], ["Professional", null]);
  });

  test("a price of the same key that somebody made by hand is adopted", async () => {
    await world.stripe.products.create({ id: "lyceum_tier_pro", name: "Pro" });
    const recurring = { interval: "month" };
    const made = { product: "lyceum_tier_pro", currency: "usd", unit_amount: 1_900, lookup_key: "pro-month", recurring };
    const { id } = await world.stripe.prices.create(made);
    const run = await sync(world.standIn);
    assert.match(row(run, "pro-month"), /^changed/);
    assert.equal((await world.stripe.prices.retrieve(id)).metadata.lyceum_scope, "tier:pro");
  });

  test("a rehearsal does nothing", async () => {
    const run = await sync(world.standIn, { flags: ["--dry-run"] });
    assert.match(run.stdout, /7 created.*this was a rehearsal/);
    assert.equal(world.standIn.events.length, 0);
    assert.equal((await active()).length, 0);
  });

  test("the webhook is looked at", async () => {
    const { standIn, stripe } = world;
    const url = "https://academy.example/webhooks/stripe";
    assert.match((await sync(standIn)).stdout, /to do +webhook.*no endpoint has this address.*STRIPE_WEBHOOK_SECRET/);
    const few = ["checkout.session.completed", "invoice.paid"];
    const { id } = await stripe.webhookEndpoints.create({ url, enabled_events: few });
    const listed = (await sync(standIn)).stdout.match(/let the endpoint send also (.*)/)[1].split(", ");
    assert.ok(listed.includes("charge.refunded") && !listed.includes("invoice.paid"));
    await stripe.webhookEndpoints.update(id, { enabled_events: [...few, ...listed] });
    assert.match((await sync(standIn)).stdout, /unchanged +webhook/);
    await stripe.webhookEndpoints.update(id, { enabled_events: EVERYTHING, disabled: true });
    assert.match((await sync(standIn)).stdout, /to do +webhook.*disabled/);
  });

  test("a live key is refused before anything is asked", async () => {
    for (const key of ["sk_live_1234567890", "rk_live_1234567890"]) {
      const run = await sync(world.standIn, { key });
      assert.equal(run.code, 1);
      assert.match(run.stderr, /is a live key[^]*--live --dry-run/);
    }
    assert.equal(world.standIn.n_calls, 0);
    assert.equal((await sync(world.standIn, { key: "sk_live_1234567890", flags: ["--live", "--dry-run"] })).code, 0);
  });

  test("what goes wrong says what to do", async () => {
    for (const [given, said] of [
      [{ key: "" }, /STRIPE_SECRET_KEY is not set[^]*API keys/],
      [{ key: "pk_test_123456" }, /no secret key[^]*`sk_` or `rk_`/],
      [{ site: SITE.replace("19.00", "19") }, /error\[L020\][^]*Stripe was not asked/],
    ]) {
      const run = await sync(world.standIn, given);
      assert.deepEqual([run.code, run.stdout], [1, ""]);
      assert.match(run.stderr, said);
    }
    assert.equal(world.standIn.n_calls, 0);
    const nobody = await sync(undefined);
    assert.match(nobody.stderr, /does not answer about the products[^]*run it again/);
    world.standIn.isDown = true;
    assert.match((await sync(world.standIn)).stderr, /Stripe answered 503[^]*what is done stays done/);
    world.standIn.isDown = false;
    const strict = await startWatched({ keys: ["sk_test_another"] });
    assert.match((await sync(strict.standIn)).stderr, /Stripe answered 401[^]*copy the secret key/);
    await strict.stop();
  });
});
