// What `cargo xtask bench` measures on workerd: the Worker, a Hono worker that does the same check, a file.
//
// The buyer signs in and pays under miniflare, where all bindings are. What is measured runs on plain workerd,
// without miniflare's router in front: the Worker needs nothing but its files to serve a lesson.
//
// Prints one JSON line with addresses and cookies, and runs until its standard input closes.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import workerd from "workerd";
import { Client } from "./client.mjs";
import { TEST_KEYS } from "./serve.mjs";
import { buildSite, freePort, scratch, startAcademy } from "./site.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const { BENCH_LESSON: lesson, BENCH_PRICE: price, EDGE_BUILD: build } = process.env;
const GZIP = { "accept-encoding": "gzip" };
const HONO_SECRET = "c0".repeat(32);
const N_STARTS = 5;

/** Signs in and buys; returns the cookie that opens the lesson, and the lesson. */
async function buyer(site) {
  const academy = await startAcademy({ site, build });
  const client = new Client(academy.url);
  await client.signIn("bench@example.org", academy.mails);
  await client.buy(price);
  const { body, headers } = await client.get(lesson, GZIP);
  await academy.stop();
  if (headers["content-encoding"] !== "gzip") throw new Error("the buyer does not get the lesson");
  return { body, cookie: [...client.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
}

const quoted = (text) => JSON.stringify(text);
const textBinding = ([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`;

/** A configuration with one worker, or with the files alone when there is none. */
const config = (port, files, worker) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "files", disk = (path = ${quoted(files)}, allowDotfiles = true)),
    (name = "data", disk = (path = ${quoted(path.dirname(files))}, writable = true)),
    ${worker ? `(name = "main", worker = .main),` : ""}
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "${worker ? "main" : "files"}")]
);
${worker ? `const main :Workerd.Worker = (compatibilityDate = "2026-07-01", ${worker});` : ""}`;

/** The Worker with its files. Bindings that a lesson does not touch lead nowhere. */
function lyceumWorker() {
  const bindings = [
    `(name = "ASSETS", service = "files")`,
    `(name = "COMMENTS", service = "files")`,
    `(name = "EVENTS", service = "files")`,
    `(name = "LEDGER", durableObjectNamespace = "LedgerObject")`,
    ...Object.entries(TEST_KEYS).map(textBinding),
  ];
  const source = (name) => quoted(path.resolve(build, name));
  return `modules = [
    (name = "shim.js", esModule = embed ${source("shim.js")}),
    (name = "index.js", esModule = embed ${source("index.js")}),
    (name = "index_bg.wasm", wasm = embed ${source("index_bg.wasm")})],
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [(className = "LedgerObject", uniqueKey = "ledger", enableSql = true)],
  durableObjectStorage = (localDisk = "data")`;
}

/** The Hono worker with every module that it imports, the entry first. */
function honoWorker() {
  const modules = new Map();
  const add = (file) => {
    if (modules.has(file)) return;
    const code = readFileSync(file, "utf8");
    modules.set(file, code);
    for (const [, target] of code.matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g)) add(path.resolve(path.dirname(file), target));
  };
  add(path.join(here, "hono-worker.mjs"));
  const root = path.dirname(here);
  const list = [...modules.keys()].map(
    (file) => `(name = ${quoted(path.relative(root, file))}, esModule = embed ${quoted(file)})`,
  );
  return `modules = [${list.join(",\n")}], bindings = [(name = "ASSETS", service = "files"), ${textBinding(["SECRET", HONO_SECRET])}]`;
}

// Killed, not asked: workerd waits for connections that a load generator may hold for good.
const running = new Set();

/** Starts workerd and measures how long its first answer takes from nothing, in milliseconds. */
async function start(name, files, worker) {
  const port = await freePort();
  const file = path.join(folder, `${name}.capnp`);
  writeFileSync(file, config(port, files, worker));
  const begin = performance.now();
  const child = spawn(workerd.default, ["serve", "--import-path=/", file], { stdio: ["ignore", "ignore", "inherit"] });
  running.add(child);
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`workerd refused ${file}`);
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer) {
      await answer.arrayBuffer();
      return { url, start_ms: performance.now() - begin, stop: () => child.kill("SIGKILL") };
    }
    await pause(1);
  }
}

/** Starts it several times; the last one keeps running, the median start is reported. */
async function started(name, files, worker) {
  const starts = [];
  for (let n_starts = 0; ; n_starts++) {
    const server = await start(name, files, worker);
    starts.push(server.start_ms);
    if (n_starts === N_STARTS - 1) return { url: server.url, start_ms: starts.sort((a, b) => a - b)[N_STARTS >> 1] };
    server.stop();
  }
}

const { folder, remove } = scratch();
const site = await buildSite(folder);
const { body, cookie } = await buyer(site);
const files = path.join(folder, "files");
mkdirSync(files);
writeFileSync(path.join(files, "lesson.gz"), body);

const lyceum = await started("lyceum", site, lyceumWorker());
const hono = await started("hono", files, honoWorker());
const file = await started("file", files);

const payload = Buffer.from(JSON.stringify({ until: Date.now() + 3_600_000, scopes: ["course:bench"] })).toString("base64url");
const signature = createHmac("sha256", Buffer.from(HONO_SECRET, "hex")).update(payload).digest("base64url");

console.log(
  JSON.stringify({
    lyceum: { ...lyceum, path: lesson, cookie },
    hono: { ...hono, path: "/lesson.gz", cookie: `session=${payload}.${signature}` },
    file: { ...file, path: "/lesson.gz" },
  }),
);
process.stdin.resume();
process.stdin.on("end", () => {
  for (const child of running) child.kill("SIGKILL");
  remove();
  process.exit(0);
});
