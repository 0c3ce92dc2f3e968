// The sample academy on the Worker, with stand-ins for the processor and the mail service.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { start as startMail } from "../standins/mail.mjs";
import { start as startProcessor } from "../standins/processor.mjs";
import { TEST_KEYS, startWorker } from "./serve.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const BINARY = process.env.LYCEUM_BIN ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug/lyceum");

/** A folder for one run. `remove()` takes it away. */
export function scratch() {
  const folder = mkdtempSync(path.join(os.tmpdir(), "lyceum-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The content of the sample academy. */
export const SAMPLE = path.join(root, "content");

/** Builds an academy below the folder, sealed with the tests' keys. Returns its public files. */
export async function buildSite(folder, content = SAMPLE) {
  const out = path.join(folder, "dist");
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, ...TEST_KEYS };
  await promisify(execFile)(BINARY, ["build", "--content", content, "--out", out], { env: environment });
  return path.join(out, "public");
}

/** The Worker with both stand-ins. Mails and the processor lead to the Worker's own address. */
export async function startAcademy({ site, ...options }) {
  const [processor, mail] = await Promise.all([startProcessor(), startMail()]);
  const bindings = { STRIPE_API_URL: processor.url, PAYMENT_ORIGINS: processor.url, MAIL_API_URL: mail.api };
  const start = (port, more) => startWorker({ ...options, site, port, bindings: { ...bindings, ...options.bindings, ...more } });
  // The address is part of the configuration, so the port must be known before the Worker starts.
  const port = options.port ?? (await freePort());
  const worker = await start(port, { SITE_ORIGIN: `http://127.0.0.1:${port}` });
  const stop = () => Promise.all([worker.stop(), processor.stop(), mail.stop()]);
  return { worker, url: worker.url, processor, mail, mails: async () => mail.outbox, stop };
}

/** A port that is free at this moment. */
export async function freePort() {
  const { createServer } = await import("node:net");
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
