// A reader without a browser: raw HTTP with a cookie jar. Bodies and headers arrive as they were sent.

import http from "node:http";

const agent = new http.Agent({ keepAlive: true });

/** One person at one site. Follows no redirects, takes no compressed bodies unless a request says so. */
export class Client {
  constructor(origin) {
    this.origin = origin;
    this.cookies = new Map();
  }

  get(path, headers = {}) {
    return this.send("GET", path, headers);
  }

  /** Posts a form as a page of the site does. */
  post(path, fields) {
    const body = new URLSearchParams(fields).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
    return this.send("POST", path, headers, body);
  }

  send(method, path, headers = {}, body = "") {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const origin = new URL(this.origin);
    const options = {
      method,
      agent,
      // As it is: a URL would tidy up the very spellings that tests are about.
      path,
      headers: {
        host: origin.host,
        "accept-encoding": "identity",
        ...(cookie ? { cookie } : {}),
        ...(body ? { "content-length": Buffer.byteLength(body) } : {}),
        ...headers,
      },
    };
    return new Promise((resolve, reject) => {
      const request = http.request(origin, options, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { headers, statusCode } = response;
          this.keep(headers["set-cookie"] ?? []);
          resolve({ status: statusCode, headers, body: Buffer.concat(chunks), location: headers.location });
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  keep(cookies) {
    for (const cookie of cookies) {
      const [pair, ...attributes] = cookie.split(";").map((part) => part.trim());
      const [name, value] = pair.split(/=(.*)/s);
      const isGone = value === "" || attributes.some((attribute) => /^max-age=0$/i.test(attribute));
      if (isGone) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  /** Signs in with the code of the newest mail to this address; `mails()` lists them, newest first. */
  async signIn(email, mails) {
    await this.post("/sign-in/", { email, return_to: "/" });
    const mail = (await mails()).find(({ to }) => to === email);
    if (!mail) throw new Error(`no mail to ${email}`);
    const [code] = /\b\d{6}\b/.exec(mail.text) ?? [];
    return this.post("/sign-in/code/", { code });
  }

  /** Buys at this price: order, payment page, and back. Returns the page that the buyer comes back to. */
  async buy(price) {
    const { location, status } = await this.post("/checkout/", { price });
    if (!location) throw new Error(`the order was answered with ${status}, without a payment page`);
    const page = new URL(location, this.origin);
    const isOurs = page.origin === this.origin;
    const action = { action: "pay" };
    const payer = isOurs ? this : new Client(page.origin);
    const paid = await payer.post(page.pathname + page.search, action);
    const back = new URL(paid.location, this.origin);
    return this.get(back.pathname + back.search);
  }
}
