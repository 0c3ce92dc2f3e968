// A mail service for tests: takes what the Worker posts, and shows it.
//
// `POST /emails` with a bearer key and `{from, to, subject, text}`; `GET /outbox.json`: newest first.

import { bearer, json, serve } from "./http.mjs";

const FIELDS = ["from", "to", "subject", "text"];

/** Starts the service. `isDown = true` makes it refuse every mail, as in an outage. */
export async function start({ port = 0 } = {}) {
  const outbox = [];
  const service = { outbox, isDown: false };
  const { url, stop } = await serve((request, body, { pathname }) => {
    if (request.method === "GET" && pathname === "/outbox.json") return json(200, outbox);
    if (request.method !== "POST" || pathname !== "/emails") return json(404, { message: "no such address" });
    if (service.isDown) return json(503, { message: "out of service" });
    if (!bearer(request)) return json(401, { name: "missing_api_key", message: "missing API key" });
    let mail;
    try {
      mail = JSON.parse(body);
    } catch {
      return json(400, { name: "validation_error", message: "not JSON" });
    }
    const missing = FIELDS.filter((field) => typeof mail[field] !== "string" || mail[field] === "");
    if (missing.length > 0) return json(422, { name: "missing_required_field", message: `missing ${missing}` });
    outbox.unshift({ to: mail.to, subject: mail.subject, text: mail.text, at: new Date().toISOString() });
    return json(200, { id: crypto.randomUUID() });
  }, port);
  return Object.assign(service, { url, api: `${url}/emails`, stop });
}
