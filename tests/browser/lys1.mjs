// The sealed format LYS1, written from its description alone and on Node's own cryptography, so that the
// Rust code is not the only judge of itself. For tests: it refuses by throwing.

import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from "node:crypto";

const MAGIC = "LYS1";
const CHACHA20_POLY1305 = 1;
const CHUNK = 64 * 1024;
const TAG = 16;
const FINGERPRINT = 16;

export const ENCODINGS = ["identity", "gzip"];

const hkdf = (secret, info) => Buffer.from(hkdfSync("sha256", secret, "", info, 32));
const documentKey = (master, fingerprint) =>
  hkdf(hkdf(master, "ly/seal/1"), Buffer.concat([Buffer.from("ly/doc/1"), fingerprint]));

/** Seven zero bytes, the number of the chunk, and whether it is the last. */
function nonce(chunkIdx, isLast) {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(chunkIdx, 7);
  bytes[11] = isLast ? 1 : 0;
  return bytes;
}

/** The header as the sealing program writes it: these fields, in this order, without spaces. */
const headerBytes = ({ id, access, type }) => Buffer.from(JSON.stringify({ id, access, type }));

function head(keyId, header, encoding) {
  const header_len = Buffer.alloc(2);
  header_len.writeUInt16BE(header.length);
  const kid = Buffer.from(keyId);
  const before = [Buffer.from(MAGIC), Buffer.from([CHACHA20_POLY1305, kid.length]), kid];
  return Buffer.concat([...before, Buffer.from([ENCODINGS.indexOf(encoding)]), header_len, header]);
}

/** Seals `body`, which is in `encoding` already. */
export function seal({ master, keyId, header, encoding, body }) {
  assert(ENCODINGS.includes(encoding), `unknown encoding ${encoding}`);
  const start = head(keyId, Buffer.isBuffer(header) ? header : headerBytes(header), encoding);
  const mac = createHmac("sha256", hkdf(master, "ly/fp/1")).update(start).update(Buffer.alloc(1)).update(body);
  const fingerprint = mac.digest().subarray(0, FINGERPRINT);
  const key = documentKey(master, fingerprint);
  const associated = Buffer.concat([start, fingerprint]);
  const n_chunks = Math.max(1, Math.ceil(body.length / CHUNK));
  const chunks = Array.from({ length: n_chunks }, (_, idx) => {
    const cipher = createCipheriv("chacha20-poly1305", key, nonce(idx, idx === n_chunks - 1), { authTagLength: TAG });
    const plain = body.subarray(idx * CHUNK, (idx + 1) * CHUNK);
    cipher.setAAD(associated, { plaintextLength: plain.length });
    return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  });
  return Buffer.concat([associated, ...chunks.flat()]);
}

/** The parts of a sealed file. Authenticates nothing. */
export function parse(file) {
  assert.equal(file.subarray(0, 4).toString("latin1"), MAGIC, "the magic bytes");
  assert.equal(file[4], CHACHA20_POLY1305, "the algorithm");
  const kid_end = 6 + file[5];
  const encoding = ENCODINGS[file[kid_end]];
  assert(encoding, `unknown encoding ${file[kid_end]}`);
  const header_end = kid_end + 3 + file.readUInt16BE(kid_end + 1);
  const header = file.subarray(kid_end + 3, header_end);
  const associated = file.subarray(0, header_end + FINGERPRINT);
  assert.equal(associated.length, header_end + FINGERPRINT, "the file ends within its fingerprint");
  return {
    keyId: file.subarray(6, kid_end).toString("latin1"),
    encoding,
    header,
    associated,
    fingerprint: file.subarray(header_end, header_end + FINGERPRINT),
    chunks: file.subarray(header_end + FINGERPRINT),
  };
}

/** Opens a sealed file: `{ keyId, encoding, header, body }`, the header as bytes. Throws when it was changed or cut. */
export function open(file, master) {
  const { keyId, encoding, header, associated, fingerprint, chunks } = parse(file);
  const key = documentKey(master, fingerprint);
  const n_chunks = Math.max(1, Math.ceil(chunks.length / (CHUNK + TAG)));
  const plains = Array.from({ length: n_chunks }, (_, idx) => {
    const chunk = chunks.subarray(idx * (CHUNK + TAG), (idx + 1) * (CHUNK + TAG));
    assert(chunk.length >= TAG, "the file ends within a tag");
    const cipher = createDecipheriv("chacha20-poly1305", key, nonce(idx, idx === n_chunks - 1), { authTagLength: TAG });
    const text = chunk.subarray(0, -TAG);
    cipher.setAAD(associated, { plaintextLength: text.length });
    cipher.setAuthTag(chunk.subarray(-TAG));
    return Buffer.concat([cipher.update(text), cipher.final()]);
  });
  return { keyId, encoding, header, body: Buffer.concat(plains) };
}
