// Starts the built Worker under miniflare with the files of a built site.
//
// As a module: `const worker = await startWorker({ site })`, then `worker.url` and `await worker.stop()`.
// As a program: `node serve.mjs --site dist/public`; prints one JSON line `{"url":…}` and runs until its
// standard input closes. Every option can be given as an environment variable too, for example
// LYCEUM_SITE, EDGE_BUILD or STRIPE_API_URL; see OPTIONS.

import { readFileSync, existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Miniflare, Response } from "miniflare";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** The secret with which the stand-in for the processor signs. */
export const STRIPE_WEBHOOK_SECRET = "whsec_of_the_tests_of_lyceum";

/** Keys for tests. They open what `lyceum build` sealed with the same LYCEUM_SEAL_KEYS, and nothing else. */
export const TEST_KEYS = {
  LYCEUM_SEAL_KEYS: `test:${"5e".repeat(32)}`,
  LYCEUM_SESSION_KEYS: `test:${"c0".repeat(32)}`,
};

// Option: [environment variable, default].
const OPTIONS = {
  site: ["LYCEUM_SITE", undefined],
  build: ["EDGE_BUILD", path.join(root, "edge-worker/build")],
  port: ["PORT", "0"],
  persist: ["LYCEUM_PERSIST", undefined],
  "stripe-api-url": ["STRIPE_API_URL", undefined],
  "mail-api-url": ["MAIL_API_URL", undefined],
  "payment-origins": ["PAYMENT_ORIGINS", undefined],
  origin: ["SITE_ORIGIN", undefined],
};

/** Which paths reach the Worker before any file: what the generator wrote into the manifest. */
function workerFirst(site) {
  const manifest = path.join(site, "_lyceum/manifest.json");
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).worker_first : ["/*"];
}

/** Leaves out what is not set, because a binding must have a value. */
const present = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** In front of the Worker: the same, but the Ledger's object names every command before it runs it. */
const WATCHED = `
import worker, { LedgerObject as Ledger } from "./shim.js";
export default worker;
export class LedgerObject extends Ledger {
  constructor(state, env) {
    super(state, env);
    this.watcher = env.LEDGER_WATCHER;
  }
  async fetch(request) {
    const [command] = Object.keys(await request.clone().json());
    await this.watcher.fetch("http://watcher/" + command);
    return super.fetch(request);
  }
}`;

/**
 * Starts the Worker.
 *
 * `site`: the public folder of a built site. `build`: the bundle of `cargo xtask edge`. `bindings`: further
 * variables and secrets; a value of `null` takes one of the defaults away. `persist`: a folder that keeps
 * the data between runs. `onLedgerCall`: is told the name of every command to the Ledger.
 */
export async function startWorker({ site, build = OPTIONS.build[1], port = 0, persist, bindings = {}, log, onLedgerCall } = {}) {
  const modulesRoot = path.resolve(build);
  const file = (name) => path.join(modulesRoot, name);
  const values = {
    ...TEST_KEYS,
    STRIPE_SECRET_KEY: "sk_test_lyceum",
    STRIPE_WEBHOOK_SECRET,
    MAIL_API_KEY: "mail_test_lyceum",
    MAIL_FROM: "Lyceum <hello@lyceum.invalid>",
    ...present(bindings),
  };
  const watcher = ({ url }) => {
    onLedgerCall(new URL(url).pathname.slice(1));
    return new Response(null, { status: 204 });
  };
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port,
    log,
    compatibilityDate: "2026-07-01",
    modulesRoot,
    modules: [
      ...(onLedgerCall ? [{ type: "ESModule", path: file("watched.js"), contents: WATCHED }] : []),
      { type: "ESModule", path: file("shim.js") },
      { type: "ESModule", path: file("index.js") },
      { type: "CompiledWasm", path: file("index_bg.wasm") },
    ],
    ...(onLedgerCall ? { serviceBindings: { LEDGER_WATCHER: watcher } } : {}),
    kvNamespaces: ["COMMENTS"],
    r2Buckets: ["LAKE"],
    queueProducers: { EVENTS: "events" },
    queueConsumers: { events: { maxBatchSize: 100, maxBatchTimeout: 0.2 } },
    durableObjects: { LEDGER: { className: "LedgerObject", useSQLite: true } },
    bindings: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)),
    assets: {
      directory: path.resolve(site),
      binding: "ASSETS",
      routerConfig: { has_user_worker: true, static_routing: { user_worker: workerFirst(site) } },
      assetConfig: { html_handling: "auto-trailing-slash", not_found_handling: "404-page" },
    },
    ...(persist ? { defaultPersistRoot: path.resolve(persist) } : {}),
  });
  const url = (await miniflare.ready).origin;
  return {
    url,
    miniflare,
    /** The objects of the lake, by name. Waits for the queue: asks until `enough` of them are there. */
    async lake(enough = () => true) {
      const bucket = await miniflare.getR2Bucket("LAKE");
      for (let n_tries = 0; ; n_tries++) {
        const { objects } = await bucket.list();
        if (enough(objects) || n_tries === 100) {
          return Promise.all(objects.map(async ({ key }) => ({ key, text: await (await bucket.get(key)).text() })));
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stop: () => miniflare.dispose(),
  };
}

async function main() {
  const { values } = parseArgs({
    options: Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, { type: "string" }])),
  });
  const option = (name) => values[name] ?? process.env[OPTIONS[name][0]] ?? OPTIONS[name][1];
  if (!option("site")) {
    console.error("usage: node serve.mjs --site <built site>/public [--port 8787] [--persist <folder>]");
    process.exit(2);
  }
  const worker = await startWorker({
    site: option("site"),
    build: option("build"),
    port: Number(option("port")),
    persist: option("persist"),
    bindings: {
      LYCEUM_SEAL_KEYS: process.env.LYCEUM_SEAL_KEYS,
      LYCEUM_SESSION_KEYS: process.env.LYCEUM_SESSION_KEYS,
      STRIPE_API_URL: option("stripe-api-url"),
      MAIL_API_URL: option("mail-api-url"),
      PAYMENT_ORIGINS: option("payment-origins"),
      SITE_ORIGIN: option("origin"),
    },
  });
  console.log(JSON.stringify({ url: worker.url }));
  process.stdin.resume();
  process.stdin.on("end", async () => {
    await worker.stop();
    process.exit(0);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
