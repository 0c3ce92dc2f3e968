// What is the Worker's own: bodies and headers on the wire, bindings, outages, and starting without secrets.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Client } from "./client.mjs";
import { startWorker } from "./serve.mjs";
import { buildSite, scratch, startAcademy } from "./site.mjs";

const LESSON = "/courses/rust-ownership/ownership/moves/";
const FREE = "/courses/rust-ownership/values/stack-and-heap/";
const GZIP = { "accept-encoding": "gzip" };
const SECRET = "The buffer on the heap stays where it is.";

const build = process.env.EDGE_BUILD;
const { folder, remove } = scratch();
let site;

before(async () => {
  site = await buildSite(folder);
});
after(remove);

describe("a reader on the Worker", () => {
  let academy;
  before(async () => {
    academy = await startAcademy({ site, build });
  });
  after(() => academy?.stop());

  const signedIn = async (email) => {
    const client = new Client(academy.url);
    const answer = await client.signIn(email, academy.mails);
    assert.equal(answer.status, 303, "the code was not taken");
    return client;
  };

  const buyer = async (email) => {
    const client = await signedIn(email);
    const back = await client.buy("rust-ownership");
    assert.equal(back.status, 200);
    return client;
  };

  test("the app is healthy and says which keys it holds", async () => {
    const { status, body } = await new Client(academy.url).get("/healthz");
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(body).key_ids, ["test"]);
  });

  test("a free page is the file, with its length, and 304 when it is known", async () => {
    const client = new Client(academy.url);
    const page = await client.get(FREE);
    assert.equal(page.status, 200);
    assert.equal(page.headers["content-length"], String(page.body.length));
    const again = await client.get(FREE, { "if-none-match": page.headers.etag });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
  });

  test("nobody else gets a byte of the lesson", async () => {
    for (const client of [new Client(academy.url), await signedIn("reader@example.org")]) {
      const page = await client.get(LESSON);
      assert.equal(page.status, 200);
      assert.match(page.headers["cache-control"], /private/);
      assert(!page.body.includes(SECRET));
    }
  });

  test("a buyer gets the lesson as it was compressed, with length, and 304 when it is known", async () => {
    const client = await buyer("buyer@example.org");
    const page = await client.get(LESSON, GZIP);
    assert.equal(page.status, 200);
    assert.equal(page.headers["content-encoding"], "gzip");
    assert.equal(page.headers["content-length"], String(page.body.length));
    assert(gunzipSync(page.body).includes(SECRET), "compressed once, not twice");
    const again = await client.get(LESSON, { ...GZIP, "if-none-match": page.headers.etag });
    assert.equal(again.status, 304);
    const stranger = await new Client(academy.url).get(LESSON, { ...GZIP, "if-none-match": page.headers.etag });
    assert.equal(stranger.status, 200, "a tag is no ticket");
  });

  test("without gzip the lesson comes unpacked", async () => {
    const client = await buyer("plain@example.org");
    const page = await client.get(LESSON);
    assert.equal(page.headers["content-encoding"], undefined);
    assert(page.body.includes(SECRET));
  });

  test("several cookies stay several headers", async () => {
    const client = new Client(academy.url);
    await client.post("/sign-in/", { email: "cookies@example.org", return_to: "/" });
    const code = /\b\d{6}\b/.exec(academy.mail.outbox[0].text)[0];
    const answer = await client.post("/sign-in/code/", { code });
    assert(answer.headers["set-cookie"].length > 1);
    for (const cookie of answer.headers["set-cookie"]) assert.match(cookie, /^[\w-]+=[^,]*; Secure/);
    assert(answer.headers["set-cookie"].some((cookie) => /^__Host-.*HttpOnly/.test(cookie)), "no session cookie");
  });

  test("sealed files and the manifest are nobody's", async () => {
    const client = await buyer("curious@example.org");
    for (const path of [`/_sealed${LESSON}index.html.lys`, "/_lyceum/manifest.json", "/_lyceum/shell/en.html"]) {
      assert.equal((await client.get(path)).status, 404, path);
    }
  });

  test("no spelling of a path leads around the app", async () => {
    const spellings = ["/%5Fsealed", "/%5fsealed", "/_sealed/", "//_sealed", "/./_sealed", "/x/../_sealed", "/_SEALED"];
    for (const spelling of spellings) {
      const { status, body } = await new Client(academy.url).send("GET", `${spelling}${LESSON}index.html.lys`);
      assert(status === 404 || status === 308 || status === 307, `${spelling}: ${status}`);
      assert(!body.includes("LYS1"), spelling);
    }
  });

  test("what happened reaches the lake", async () => {
    await buyer("eventful@example.org");
    const has = (objects) => objects.some(({ text }) => text.includes('"purchase"'));
    let objects = [];
    for (let n_tries = 0; n_tries < 100 && !has(objects); n_tries++) {
      objects = await academy.worker.lake();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert(has(objects), "the purchase never arrived");
    for (const { key, text } of objects) {
      assert.match(key, /^events\/dt=\d{4}-\d{2}-\d{2}\/[0-9a-f]{32}-[0-9a-f]{16}\.ndjson$/);
      assert(!text.includes("@example.org"), "an e-mail address in the lake");
      for (const line of text.trimEnd().split("\n")) JSON.parse(line);
    }
  });

  test("while the processor is down nothing is sold and nothing opens", async () => {
    const client = await signedIn("unlucky@example.org");
    const { location } = await client.post("/checkout/", { price: "rust-ownership" });
    academy.processor.isDown = true;
    try {
      assert.equal((await client.post("/checkout/", { price: "rust-ownership" })).status, 503);
      const paid = await new Client(new URL(location).origin).post(new URL(location).pathname, { action: "pay" });
      const back = new URL(paid.location);
      await client.get(back.pathname + back.search);
      assert(!(await client.get(LESSON)).body.includes(SECRET));
      academy.processor.isDown = false;
      await client.get(back.pathname + back.search);
      assert((await client.get(LESSON)).body.includes(SECRET), "paid is paid");
    } finally {
      academy.processor.isDown = false;
    }
  });

  test("while mail is down sign-in says so", async () => {
    academy.mail.isDown = true;
    try {
      const answer = await new Client(academy.url).post("/sign-in/", { email: "late@example.org", return_to: "/" });
      assert.equal(answer.status, 503);
    } finally {
      academy.mail.isDown = false;
    }
  });
});

describe("what is kept", () => {
  test("members, orders and comments are there after a restart", async () => {
    const options = { site, build, persist: `${folder}/data` };
    const first = await startAcademy(options);
    const client = new Client(first.url);
    await client.signIn("keeper@example.org", first.mails);
    await client.buy("rust-ownership");
    const thread = "/discuss/rust-ownership/ownership/moves/";
    const posted = await client.post(thread, { name: "Keeper", text: "kept over a restart" });
    assert.equal(posted.status, 303, posted.body.toString());
    const { port } = new URL(first.url);
    await first.stop();
    const second = await startAcademy({ ...options, port: Number(port) });
    try {
      const account = await client.get("/account/");
      assert(account.body.includes("keeper@example.org"));
      assert((await client.get(thread)).body.includes("kept over a restart"));
    } finally {
      await second.stop();
    }
  });
});

describe("a Worker without its secrets", () => {
  for (const name of ["LYCEUM_SEAL_KEYS", "LYCEUM_SESSION_KEYS"]) {
    test(`serves nothing without ${name}, and says so in its health`, async () => {
      const worker = await startWorker({ site, build, bindings: { [name]: null } });
      try {
        const client = new Client(worker.url);
        for (const path of ["/sign-in/", LESSON, "/account/"]) assert.equal((await client.get(path)).status, 503, path);
        const health = await client.get("/healthz");
        assert.equal(health.status, 503);
        assert.equal(JSON.parse(health.body).detail, `${name} is not set`);
      } finally {
        await worker.stop();
      }
    });
  }

  test("without a key for the processor the site can be read", async () => {
    const worker = await startWorker({ site, build, bindings: { STRIPE_SECRET_KEY: null } });
    try {
      assert.equal((await new Client(worker.url).get(FREE)).status, 200);
    } finally {
      await worker.stop();
    }
  });

  test("a site sealed with another key is refused, not guessed at", async () => {
    const academy = await startAcademy({ site, build, bindings: { LYCEUM_SEAL_KEYS: `other:${"00".repeat(32)}` } });
    try {
      const client = new Client(academy.url);
      await client.signIn("buyer@example.org", academy.mails);
      await client.buy("rust-ownership");
      const page = await client.get(LESSON);
      assert.equal(page.status, 503);
      assert(!page.body.includes(SECRET));
    } finally {
      await academy.stop();
    }
  });
});
