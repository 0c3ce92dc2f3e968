// The yardstick of `cargo xtask bench`: a JavaScript worker with the same check, a signed cookie with
// entitlements, in front of a file.

import { Hono } from "../node_modules/hono/dist/hono.js";

const app = new Hono();
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (digits) => parseInt(digits, 16));
const fromBase64Url = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
let key;

async function entitled(cookie, secret) {
  const [, payload, signature] = /(?:^|; )session=([\w-]+)\.([\w-]+)/.exec(cookie ?? "") ?? [];
  if (!signature) return false;
  key ??= await crypto.subtle.importKey("raw", bytes(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const isGenuine = await crypto.subtle.verify("HMAC", key, fromBase64Url(signature), new TextEncoder().encode(payload));
  if (!isGenuine) return false;
  const { until, scopes } = JSON.parse(new TextDecoder().decode(fromBase64Url(payload)));
  return Date.now() < until && scopes.includes("course:bench");
}

app.get("/healthz", (context) => context.text("ok"));
app.get("*", async (context) => {
  if (!(await entitled(context.req.header("cookie"), context.env.SECRET))) return context.text("no", 403);
  const file = await context.env.ASSETS.fetch(context.req.raw);
  const headers = new Headers({ "cache-control": "private, no-cache", etag: file.headers.get("etag") ?? "" });
  headers.set("content-type", file.headers.get("content-type") ?? "");
  return new Response(file.body, { headers });
});

export default app;
