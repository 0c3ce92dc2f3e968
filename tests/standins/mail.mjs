// A mail service for tests: takes what the Worker posts, and shows it.
//
// `POST /emails` with a bearer key and `{from, to, subject, text, html, headers}`; `GET /outbox.json`: newest first.
// A second mail with the same idempotency key is answered as the first and not delivered again, as Resend does it.

import { bearer, json, serve } from "./http.mjs";

const FIELDS = ["from", "to", "subject", "text"];

/** Starts the service. `isDown = true` makes it refuse every mail, as in an outage. */
export async function start({ port = 0 } = {}) {
  const outbox = [];
  const service = { outbox, isDown: false, refused: 0 };
  const delivered = new Map();
  const { url, stop } = await serve((request, body, { pathname }) => {
    if (request.method === "GET" && pathname === "/outbox.json") return json(200, outbox);
    if (request.method !== "POST" || pathname !== "/emails") return json(404, { message: "no such address" });
    if (service.isDown) {
      service.refused++;
      return json(503, { message: "out of service" });
    }
    if (!bearer(request)) return json(401, { name: "missing_api_key", message: "missing API key" });
    let mail;
    try {
      mail = JSON.parse(body);
    } catch {
      return json(400, { name: "validation_error", message: "not JSON" });
    }
    const missing = FIELDS.filter((field) => typeof mail[field] !== "string" || mail[field] === "");
    if (missing.length > 0) return json(422, { name: "missing_required_field", message: `missing ${missing}` });
    const key = request.headers["idempotency-key"] ?? crypto.randomUUID();
    if (delivered.has(key)) {
      const is_same = delivered.get(key).body === body;
      return is_same ? json(200, { id: delivered.get(key).id }) : json(409, { name: "invalid_idempotent_request", message: "the key has another body" });
    }
    const { to, subject, text, html, headers } = mail;
    outbox.unshift({ to, subject, text, html, headers, idempotency_key: key, at: new Date().toISOString() });
    delivered.set(key, { body, id: crypto.randomUUID() });
    return json(200, { id: delivered.get(key).id });
  }, port);
  return Object.assign(service, { url, api: `${url}/emails`, stop });
}
