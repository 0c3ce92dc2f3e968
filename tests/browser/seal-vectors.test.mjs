// Sealed pages, judged by a second implementation of their format.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { ACADEMY, root } from "./academy.mjs";
import { open, parse, seal } from "./lys1.mjs";
import { buildSite } from "./target.mjs";

const VECTORS = path.join(root, "contract/vectors/lys1.json");
const DEVELOPMENT = { id: "dev", master: Buffer.from("lyceum development key, not safe") };

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** The body of a vector: its bytes, or for a long one a length and the rule that makes them. */
function bodyOf({ body_hex, body_length, body_rule }) {
  if (body_rule === undefined) return Buffer.from(body_hex, "hex");
  const modulus = /^byte n is n mod (\d+)$/.exec(body_rule)?.[1];
  assert(modulus, `unknown rule for a body: ${body_rule}`);
  return Buffer.from(Array.from({ length: body_length }, (_, idx) => idx % modulus));
}

function checkVector(vector) {
  const master = Buffer.from(vector.master_hex, "hex");
  const body = bodyOf(vector);
  assert.equal(body.length, vector.body_length);
  const sealed = seal({ master, keyId: vector.key_id, header: vector.header, encoding: vector.encoding, body });
  if (vector.sealed_hex) assert.equal(sealed.toString("hex"), vector.sealed_hex, "sealing gives other bytes");
  assert.equal(sealed.length, vector.sealed_length);
  assert.equal(sha256(sealed), vector.sealed_sha256, "sealing gives other bytes");
  const opened = open(sealed, master);
  assert(opened.body.equals(body), "opening gives another body");
  assert.equal(opened.keyId, vector.key_id);
  assert.equal(opened.encoding, vector.encoding);
  assert.deepEqual(JSON.parse(opened.header), vector.header);
}

describe("the vectors of the contract", () => {
  const vectors = JSON.parse(readFileSync(VECTORS, "utf8"));

  test("there are some of more than one chunk", () => assert(vectors.some(({ body_length }) => body_length > 65_536)));
  for (const vector of vectors) {
    test(`${vector.header.access}, ${vector.body_length} bytes, ${vector.encoding}`, () => checkVector(vector));
  }
});

describe("a built site", () => {
  let site;
  const folder = mkdtempSync(path.join(os.tmpdir(), "lyceum-seal-"));
  const sealedAt = (address) => readFileSync(path.join(site, "_sealed", address));

  before(async () => {
    site = await buildSite(folder, {});
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("has its paid text behind the key, and only there", () => {
    for (const { paid } of Object.values(ACADEMY)) {
      const file = sealedAt(`${paid.path}index.html.lys`);
      const { keyId, encoding, header, body } = open(file, DEVELOPMENT.master);
      assert.equal(keyId, DEVELOPMENT.id);
      assert.equal(encoding, "gzip");
      assert.match(JSON.parse(header).access, /^paid:.*course:rust-ownership/);
      const page = gunzipSync(body).toString("utf8");
      const teaser = readFileSync(path.join(site, paid.path, "index.html"), "utf8");
      for (const secret of paid.secrets) {
        assert(page.includes(secret), `${paid.path}: the sealed page lacks "${secret}"`);
        assert(!teaser.includes(secret), `${paid.path}: the public page shows "${secret}"`);
      }
    }
  });

  test("seals to the same bytes again, every file of it", () => {
    const names = readdirSync(path.join(site, "_sealed"), { recursive: true }).filter((name) => name.endsWith(".lys"));
    assert(names.length >= 20, `only ${names.length} sealed files`);
    for (const name of names) {
      const file = sealedAt(name);
      const again = seal({ master: DEVELOPMENT.master, ...open(file, DEVELOPMENT.master) });
      assert(again.equals(file), `${name}: sealing it again gives other bytes`);
    }
  });

  test("opens with no other key, and not after any change", () => {
    const file = sealedAt(`${ACADEMY.en.paid.path}index.html.lys`);
    assert.throws(() => open(file, Buffer.alloc(32)), "another key opened it");
    const { associated } = parse(file);
    const places = [...associated.keys(), associated.length + 1, file.length - 1];
    for (const idx of places) {
      const changed = Buffer.from(file);
      changed[idx] ^= 1;
      assert.throws(() => open(changed, DEVELOPMENT.master), `it opened with byte ${idx} changed`);
    }
    assert.throws(() => open(file.subarray(0, -1), DEVELOPMENT.master), "it opened although cut");
  });
});
