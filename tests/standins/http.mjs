// What both stand-ins share: a server on a free port of 127.0.0.1, and the reading of bodies.

import { createServer } from "node:http";

/** Starts a server whose `answer(request, body, url)` returns `{ status, headers, body }`. */
export async function serve(answer, port = 0) {
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, `http://${request.headers.host}`);
    let answered;
    try {
      answered = await answer(request, Buffer.concat(chunks).toString("utf8"), url);
    } catch (error) {
      answered = json(500, { error: { message: String(error) } });
    }
    response.writeHead(answered.status, answered.headers);
    response.end(answered.body);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

export const json = (status, value) => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

export const html = (status, body) => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Payment</title>${body}</html>`,
});

export const redirect = (location) => ({ status: 303, headers: { location }, body: "" });

/** The key after `Bearer `, or nothing. */
export const bearer = (request) => /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];

export const escapeHtml = (text) =>
  String(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
