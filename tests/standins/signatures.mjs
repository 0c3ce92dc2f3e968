// Prints signed and badly signed webhooks, each with what Stripe's own library says about it.
//
// One JSON object a line: `kind`, `body` (hex), `header`, `secrets`, `now` and `signed_at` (seconds), and `accepts`: whether
// the library takes the event for one of the secrets. The same seed gives the same lines.

import { createHmac } from "node:crypto";
import Stripe from "stripe";

const TOLERANCE = 300;
const NOON = 1_900_000_000;
const SECRETS = ["whsec_of_today_0123456789", "whsec_of_yesterday_98765"];
const STRANGER = "whsec_of_somebody_else_55";

const [count = "10000", seed = "1"] = process.argv.slice(2);
let state = Number(seed) >>> 0;

/** A number from 0 to `n - 1` (mulberry32). */
function below(n) {
  state = (state + 0x6d2b79f5) >>> 0;
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) % n;
}
const pick = (list) => list[below(list.length)];
const digits = (n) => Array.from({ length: n }, () => "0123456789abcdef"[below(16)]).join("");
const hmac = (secret, text) => createHmac("sha256", secret).update(text).digest("hex");

/** The signature over a body that was signed at `time`, however that is written. */
const sign = (secret, time, body) => hmac(secret, Buffer.concat([Buffer.from(`${time}.`), body]));

function eventBody() {
  const texts = ["", "plain", "Zürich", "学习", "a\"b\\c", "line\nbreak", "🦀"];
  const event = {
    id: `evt_${digits(16)}`,
    object: "event",
    livemode: false,
    type: pick(["invoice.paid", "charge.refunded", "checkout.session.completed"]),
    data: { object: { id: `in_${digits(8)}`, description: pick(texts), amount: below(100_000) } },
  };
  return Buffer.from(JSON.stringify(event, null, pick([0, 0, 2])));
}

/** A letter case that differs from the lower one; a signature of digits alone has none. */
const upper = (signature) => (/[a-f]/.test(signature) ? signature.toUpperCase() : `A${signature.slice(1)}`);

function altered(text) {
  const at = below(text.length);
  return text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1);
}

function alteredBytes(bytes) {
  const copy = Buffer.from(bytes);
  copy[below(copy.length)] ^= 1 << below(7);
  return copy;
}

/** What can be done to a well signed message `{ body, time, secret, v1 }`: a body, a header, or both. */
const KINDS = {
  good: ({ time, v1 }) => ({ header: `t=${time},v1=${v1}` }),
  "good, other order": ({ time, v1 }) => ({ header: `v1=${v1},t=${time}` }),
  "good, with v0": ({ time, v1 }) => ({ header: `t=${time},v1=${v1},v0=${digits(64)}` }),
  "good, with unknown parts": ({ time, v1 }) => ({ header: `t=${time},x=1,,v2=${digits(64)},v1=${v1},nothing` }),
  "several v1": ({ time, v1 }) => {
    const all = Array.from({ length: 1 + below(6) }, () => digits(64));
    all.splice(below(all.length + 1), 0, v1);
    return { header: `t=${time},${all.map((one) => `v1=${one}`).join(",")}` };
  },
  "several v1, none right": ({ time }) => ({ header: `t=${time},v1=${digits(64)},v1=${digits(64)}` }),
  "both secrets of a roll": ({ time, body, v1 }) => ({ header: `t=${time},v1=${sign(STRANGER, time, body)},v1=${v1}` }),
  "wrong secret": ({ time, body }) => ({ header: `t=${time},v1=${sign(STRANGER, time, body)}` }),
  "altered body": ({ time, v1, body }) => ({ header: `t=${time},v1=${v1}`, body: alteredBytes(body) }),
  "longer body": ({ time, v1, body }) => ({
    header: `t=${time},v1=${v1}`,
    body: Buffer.concat([body, Buffer.from(pick([" ", "\n", "\0", "{}"]))]),
  }),
  "altered signature": ({ time, v1 }) => ({ header: `t=${time},v1=${altered(v1)}` }),
  "shortened signature": ({ time, v1 }) => ({ header: `t=${time},v1=${v1.slice(0, below(64))}` }),
  "longer signature": ({ time, v1 }) => ({ header: `t=${time},v1=${v1}${digits(1 + below(4))}` }),
  "altered time": ({ time, v1 }) => ({ header: `t=${time + pick([-1, 1, 60])},v1=${v1}` }),
  "time with a sign": ({ time, body, secret, v1 }) => {
    const written = pick(["+", "-", "0", "00"]) + time;
    return { header: `t=${written},v1=${pick([v1, sign(secret, written, body)])}` };
  },
  "time with a tail": ({ time, body, secret, v1 }) => {
    const written = time + pick([".0", "e0", "abc", " ", "_0"]);
    return { header: `t=${written},v1=${pick([v1, sign(secret, written, body)])}` };
  },
  "time that is none": ({ body, secret }) => {
    const written = pick(["", "now", "NaN", "null", "0x10", "99999999999999999999999"]);
    return { header: `t=${written},v1=${sign(secret, pick([written, "NaN"]), body)}` };
  },
  "v0 only": ({ time, v1 }) => ({ header: `t=${time},v0=${v1}` }),
  "no time": ({ v1 }) => ({ header: `v1=${v1}` }),
  "no signature": ({ time }) => ({ header: `t=${time}` }),
  "empty signature": ({ time }) => ({ header: `t=${time},v1=` }),
  "time twice, the last is right": ({ time, v1 }) => ({ header: `t=${time - 10},t=${time},v1=${v1}` }),
  "time twice, the first is right": ({ time, v1 }) => ({ header: `t=${time},t=${time - 10},v1=${v1}` }),
  "time twice, the same": ({ time, v1 }) => ({ header: `t=${time},v1=${v1},t=${time}` }),
  "space before a name": ({ time, v1 }) => ({ header: `t=${time}, v1=${v1}` }),
  "space around all": ({ time, v1 }) => ({ header: ` t=${time},v1=${v1} ` }),
  "space in a pair": ({ time, v1 }) => ({ header: `t = ${time},v1 = ${v1}` }),
  "upper-case hex": ({ time, v1 }) => ({ header: `t=${time},v1=${upper(v1)}` }),
  "upper-case names": ({ time, v1 }) => ({ header: `T=${time},V1=${v1}` }),
  "second equals sign": ({ time, v1 }) => ({ header: `t=${time},v1=${v1}=` }),
  "more than eight v1": ({ time, v1 }) => ({
    header: `t=${time},${Array.from({ length: 8 }, () => `v1=${digits(64)}`).join(",")},v1=${v1}`,
  }),
  "other separator": ({ time, v1 }) => ({ header: `t=${time};v1=${v1}` }),
  "empty header": () => ({ header: "" }),
  garbage: () => ({ header: Array.from({ length: below(60) }, () => pick([..."tv01=, ;\"%{}aF\u00e9"])).join("") }),
  "empty body": ({ time, secret }) => signed(time, secret, Buffer.alloc(0)),
  "body that is no JSON": ({ time, secret }) => signed(time, secret, Buffer.from(pick(["{", "<html>", "no", "{]"]))),
  "body that is no event": ({ time, secret }) =>
    signed(time, secret, Buffer.from(pick(["[]", "7", '"text"', "true", "{}", '{"id":"evt_1"}']))),
  "body that is no text": ({ time, secret, body }) =>
    signed(time, secret, Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xc0]), Buffer.from('",'), body.subarray(1)])),
  "byte order mark": ({ time, secret, body, v1 }) => {
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    return pick([signed(time, secret, marked), { header: `t=${time},v1=${v1}`, body: marked }]);
  },
};

const signed = (time, secret, body) => ({ header: `t=${time},v1=${sign(secret, time, body)}`, body });

function accepts(body, header, secret, now) {
  try {
    Stripe.webhooks.constructEvent(body, header, secret, TOLERANCE, undefined, now * 1000);
    return true;
  } catch {
    return false;
  }
}

/** Most are fresh; the rest at the very edges, and far away. */
function age() {
  const edge = pick([299, 300, 301, 302]);
  const far = pick([600, 86_400, 50_000_000]);
  return [() => below(60), () => below(300), () => -below(300), () => edge, () => -edge, () => pick([far, -far])][
    pick([0, 0, 0, 1, 2, 3, 4, 5])
  ]();
}

function makeCase(kind) {
  const secrets = pick([SECRETS.slice(0, 1), SECRETS]);
  const now = NOON + below(1_000_000);
  const time = now - age();
  const secret = pick(secrets);
  const original = eventBody();
  const made = KINDS[kind]({ body: original, time, secret, v1: sign(secret, time, original) });
  const body = made.body ?? original;
  return {
    kind,
    body: body.toString("hex"),
    header: made.header,
    secrets,
    now,
    signed_at: time,
    accepts: secrets.some((one) => accepts(body, made.header, one, now)),
  };
}

const kinds = Object.keys(KINDS);
const lines = Array.from({ length: Number(count) }, (_, index) => {
  // A third are good, so that edges of time are met often; the others take turns.
  const kind = index % 3 === 0 ? "good" : kinds[Math.floor(index / 3) % kinds.length];
  return JSON.stringify(makeCase(kind));
});
process.stdout.write(`${lines.join("\n")}\n`);
