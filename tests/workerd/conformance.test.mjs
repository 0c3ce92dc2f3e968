// The app's adapter suites over the real bindings, inside workerd. Needs `cargo xtask edge --conformance`.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { startWorker } from "./serve.mjs";
import { scratch } from "./site.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const build = process.env.EDGE_BUILD_CONFORMANCE ?? path.join(root, "edge-worker/build-conformance");
const VECTORS = path.join(root, "contract/vectors/lys1.json");
const skip = existsSync(path.join(build, "shim.js")) ? false : "not built: `cargo xtask edge --conformance`";

describe("the adapters keep the ports' promises in workerd", { skip }, () => {
  const { folder, remove } = scratch();
  let worker;

  before(async () => {
    mkdirSync(path.join(folder, "site"));
    writeFileSync(path.join(folder, "site/index.html"), "nothing");
    worker = await startWorker({ site: path.join(folder, "site"), build });
  });
  after(async () => {
    await worker?.stop();
    remove();
  });

  const run = async (suite, body = "") => {
    const answer = await fetch(`${worker.url}/_conformance/${suite}`, { method: "POST", body });
    assert.equal(answer.status, 204, await answer.text());
  };

  // First, because the model starts with an empty Ledger.
  for (const suite of ["ledger-model", "ledger", "ledger-race", "ledger-stock-race", "ledger-rollback", "comments"]) test(suite, () => run(suite));

  test("sealed pages have the bytes of the vectors", () => run("seal", readFileSync(VECTORS, "utf8")));

  test("every event of a large batch reaches the lake, each in its day", async () => {
    await run("events");
    const lines = (objects) => objects.flatMap(({ text }) => text.trimEnd().split("\n"));
    let objects = [];
    for (let n_tries = 0; n_tries < 100 && lines(objects).length < 1_500; n_tries++) {
      objects = await worker.lake();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const ids = new Set(lines(objects).map((line) => JSON.parse(line).id));
    assert.equal(ids.size, 1_500);
    for (const { key, text } of objects) {
      const day = /dt=([\d-]+)/.exec(key)[1];
      for (const line of text.trimEnd().split("\n")) {
        assert.equal(new Date(JSON.parse(line).at * 1_000).toISOString().slice(0, 10), day);
      }
    }
  });

  test("an unknown suite fails", async () => {
    const answer = await fetch(`${worker.url}/_conformance/none`, { method: "POST" });
    assert.equal(answer.status, 500);
  });
});
