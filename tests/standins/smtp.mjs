// A mail server for tests: npm `smtp-server` takes the mails, npm `mailparser` reads them.
//
// STARTTLS and a password are required, as mail servers of the world do. The certificate in `tls/` is of an authority
// that nobody else trusts and whose key was thrown away.

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const tls = path.join(path.dirname(fileURLToPath(import.meta.url)), "tls");
export const AUTHORITY = path.join(tls, "authority.pem");
export const USER = "academy";
export const PASSWORD = "p@ss word";

const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });

/**
 * Starts the server.
 *
 * `mails`: what was accepted, newest first, as mailparser reads it. `mode`: how it answers the next mail: `ok`, `busy`
 * (451), `refuse` (550 for the recipient), `hang` (takes the mail and never answers), `forget` (accepts the mail and
 * hangs up instead of saying so). `tried`: mails that were offered, accepted or not.
 */
export async function start({ port = 0 } = {}) {
  const server = { mails: [], mode: "ok", tried: 0, sessions: 0, waiting: [] };
  const accept = async (bytes) => {
    const mail = await simpleParser(bytes);
    server.mails.unshift({ ...mail, to: mail.to.text, raw: bytes.toString("latin1") });
  };
  const smtp = new SMTPServer({
    key: readFileSync(path.join(tls, "server.key")),
    cert: readFileSync(path.join(tls, "server.pem")),
    authMethods: ["PLAIN", "LOGIN"],
    closeTimeout: 100,
    onAuth({ username, password }, session, done) {
      server.sessions++;
      const isRight = session.secure && username === USER && password === PASSWORD;
      done(isRight ? null : refusal(535, "wrong password"), { user: username });
    },
    onRcptTo({ address }, _session, done) {
      server.tried++;
      done(server.mode === "refuse" ? refusal(550, `no such mailbox: ${address}`) : null);
    },
    async onData(stream, session, done) {
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (server.mode === "busy") return done(refusal(451, `try again later, ${session.envelope.rcptTo[0].address}`));
      if (server.mode !== "hang") await accept(bytes);
      if (server.mode === "ok") return done();
      // Never answered; the connection ends with the server.
      server.waiting.splice(0).forEach((arrived) => arrived());
    },
  });
  smtp.on("error", () => {});
  await new Promise((resolve, reject) => smtp.once("error", reject).listen(port, "127.0.0.1", resolve));
  const address = smtp.server.address();
  return Object.assign(server, {
    port: address.port,
    url: `smtp://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${address.port}?tls=required`,
    /** Resolves when a mail has arrived that is not answered. */
    unanswered: () => new Promise((resolve) => server.waiting.push(resolve)),
    stop: () => new Promise((resolve) => smtp.close(resolve)),
  });
}
