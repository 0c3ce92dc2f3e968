// GitHub for tests: the page where somebody agrees, the exchange of the code, and two calls of the API.
//
// As strict as GitHub where it matters: a code is good once and for ten minutes, for one app, one redirect address and
// the verifier of its challenge (S256); requests to the API need a user agent and the token.

import { createHash, randomBytes } from "node:crypto";
import { bearer, escapeHtml, json, redirect, serve } from "./http.mjs";

export const APP = { GITHUB_CLIENT_ID: "Iv1.lyceum-test", GITHUB_CLIENT_SECRET: "a secret of the test" };
const CODE_MS = 600_000;

const refuse = (error) => json(200, { error, error_description: "refused", error_uri: "https://docs.github.com" });

/** Starts it. `person`: who sits in front of it, `{ id, login, emails: [{ email, primary, verified }] }`. */
export async function start(person) {
  const codes = new Map();
  const tokens = new Set();
  const asked = [];

  function authorize(url) {
    const query = Object.fromEntries(url.searchParams);
    asked.push(query);
    const isKnown = query.client_id === APP.GITHUB_CLIENT_ID && query.redirect_uri && query.state;
    if (!isKnown || query.code_challenge_method !== "S256" || !query.code_challenge) return json(404, { message: "Not Found" });
    const code = randomBytes(10).toString("hex");
    codes.set(code, { ...query, until: Date.now() + CODE_MS });
    const back = new URL(query.redirect_uri);
    back.searchParams.set("code", code);
    back.searchParams.set("state", query.state);
    return {
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>GitHub</title><a href="${escapeHtml(back)}">Authorize</a></html>`,
    };
  }

  function exchange(body) {
    const form = new URLSearchParams(body);
    if (form.get("client_id") !== APP.GITHUB_CLIENT_ID || form.get("client_secret") !== APP.GITHUB_CLIENT_SECRET) {
      return refuse("incorrect_client_credentials");
    }
    const known = codes.get(form.get("code"));
    codes.delete(form.get("code"));
    if (!known || known.until < Date.now()) return refuse("bad_verification_code");
    if (known.redirect_uri !== form.get("redirect_uri")) return refuse("redirect_uri_mismatch");
    const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
    if (challenge !== known.code_challenge) return refuse("bad_verification_code");
    const token = `gho_${randomBytes(18).toString("hex")}`;
    tokens.add(token);
    return json(200, { access_token: token, scope: "user:email", token_type: "bearer" });
  }

  function api(request, path) {
    if (!request.headers["user-agent"]) return json(403, { message: "Request forbidden by administrative rules." });
    if (!tokens.has(bearer(request))) return json(401, { message: "Bad credentials" });
    if (path === "/user") return json(200, { login: person.login, id: person.id, email: null });
    if (path === "/user/emails") return json(200, person.emails.map((one) => ({ visibility: null, ...one })));
    return json(404, { message: "Not Found" });
  }

  const server = await serve((request, body, url) => {
    if (request.method === "GET" && url.pathname === "/login/oauth/authorize") return authorize(url);
    if (request.method === "POST" && url.pathname === "/login/oauth/access_token") return exchange(body);
    if (request.method === "GET" && url.pathname.startsWith("/api/")) return api(request, url.pathname.slice(4));
    return redirect("/login");
  });
  return { ...server, asked, variables: { ...APP, GITHUB_URL: server.url } };
}
