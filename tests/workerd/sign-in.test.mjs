// Races and scanners at the Worker: a Durable Object has one thread, but many requests wait for it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "./client.mjs";
import { buildSite, scratch, startAcademy } from "./site.mjs";

const build = process.env.EDGE_BUILD;
const isSession = (cookie) => /^__Host-ly_session=[^;]{20,}/.test(cookie);
const sessions = (answer) => (answer.headers["set-cookie"] ?? []).filter(isSession);

describe("signing in at the Worker", () => {
  const { folder, remove } = scratch();
  let academy;
  before(async () => {
    academy = await startAcademy({ site: await buildSite(folder), build });
  });
  after(async () => {
    await academy?.stop();
    remove();
  });

  const asked = async (email) => {
    const client = new Client(academy.url);
    await client.post("/sign-in/", { email, return_to: "/" });
    const { text } = academy.mail.outbox.find(({ to }) => to === email);
    return { client, code: /\b\d{6}\b/.exec(text)[0], link: /https?:\/\/\S+/.exec(text)[0] };
  };

  test("twenty answers with one code at once open one session", async () => {
    for (let round = 0; round < 3; round++) {
      const { client, code } = await asked(`race${round}@example.org`);
      const { cookies } = client;
      const tries = Array.from({ length: 20 }, () => {
        const again = new Client(academy.url);
        again.cookies = new Map(cookies);
        return again.post("/sign-in/code/", { code });
      });
      const answers = await Promise.all(tries);
      assert(answers.every(({ status }) => status < 500), `statuses ${answers.map(({ status }) => status)}`);
      assert.equal(answers.flatMap(sessions).length, 1, `round ${round}`);
    }
  });

  test("twenty wrong codes at once are five tries", async () => {
    const { client, code } = await asked("guess@example.org");
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    const tries = Array.from({ length: 20 }, () => {
      const again = new Client(academy.url);
      again.cookies = new Map(client.cookies);
      return again.post("/sign-in/code/", { code: wrong });
    });
    await Promise.all(tries);
    assert.equal(sessions(await client.post("/sign-in/code/", { code })).length, 0, "a sixth try counts");
  });

  test("a scanner that only looks gets nothing and takes nothing", async () => {
    const { client, link } = await asked("scanned@example.org");
    const [address, fragment] = link.split("#");
    const [challenge, secret] = fragment.split(".");
    const path = new URL(address).pathname;
    for (const scanner of [new Client(academy.url), client]) {
      for (const method of ["HEAD", "GET", "OPTIONS"]) {
        for (const seen of [path, `${path}?challenge=${challenge}&secret=${secret}`]) {
          assert.deepEqual(sessions(await scanner.send(method, seen)), [], `${method} ${seen}`);
        }
      }
    }
    const stranger = await new Client(academy.url).post(path, { challenge, secret });
    assert.deepEqual(sessions(stranger), [], "another browser signs in with the link");
    assert.equal(sessions(await client.post(path, { challenge, secret })).length, 1, "the link is used up");
  });

  test("devices are listed and ended in the object as well", async () => {
    const first = await asked("devices@example.org");
    const phone = first.client;
    const { code } = first;
    await phone.post("/sign-in/code/", { code });
    const second = await asked("devices@example.org");
    await second.client.post("/sign-in/code/", { code: second.code });
    const page = (await second.client.get("/account/devices/")).body.toString();
    const [id] = /name="end" value="([0-9a-f]{32})"/.exec(page).slice(1);
    await second.client.post("/account/devices/", { end: id });
    assert.equal((await phone.get("/account/")).status, 303, "an ended session is open");
    assert.equal((await second.client.get("/account/")).status, 200);
  });

  test("challenges for passkeys are given by the object, and each counts once", async () => {
    const client = new Client(academy.url);
    const started = await client.post("/sign-in/passkey/start/", { return_to: "/" });
    // A number has no passkeys, and `localhost` stands for this machine.
    assert.equal(JSON.parse(started.body).rpId, "localhost");
    const answer = { credential: "AAAA", client_data: "e30", authenticator_data: "AAAA", signature: "AAAA" };
    for (let n_tries = 0; n_tries < 2; n_tries++) {
      const refused = await client.post("/sign-in/passkey/", answer);
      assert.equal(refused.status, 200);
      assert.deepEqual(sessions(refused), []);
    }
  });
});
