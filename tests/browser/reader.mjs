// What a reader does, by links, forms and labels only, so that it works without scripts too.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { ACADEMY, speaker } from "./academy.mjs";
import { mailTo } from "./target.mjs";

/** Somebody with a browser page, who reads in one language, under a name and an address that nobody had before. */
export class Reader {
  constructor(page, target, language) {
    this.page = page;
    this.target = target;
    this.academy = ACADEMY[language];
    this.say = speaker(language);
    this.name = `Reader ${randomBytes(6).toString("hex")}`;
    this.email = `${this.name.toLowerCase().replace(" ", "-")}@academy.example`;
  }

  /** Opens an address: a path in the reader's language, or a whole address as it is. */
  open(address) {
    const { prefix } = this.academy;
    const isReady = !address.startsWith("/") || address.startsWith(`${prefix}/`);
    return this.page.goto(isReady ? address : `${prefix}${address}`);
  }

  /** Waits until the browser has come to this path. */
  arrives(path) {
    return this.page.waitForURL(({ pathname }) => pathname === path);
  }

  link(key) {
    return this.page.getByRole("link", { name: this.say(key), exact: true });
  }

  inHeader(key) {
    return this.page.getByRole("banner").getByRole("link", { name: this.say(key), exact: true });
  }

  button(key, values) {
    return this.page.getByRole("button", { name: this.say(key, values), exact: true });
  }

  field(key) {
    return this.page.getByLabel(this.say(key), { exact: true });
  }

  /** Waits until this text can be seen. */
  async sees(text, within = this.page.locator("main")) {
    await within.getByText(text).first().waitFor();
  }

  /** The code and the link of the newest mail. */
  async mail() {
    const { subject, text } = await mailTo(this.target, this.email);
    const code = /^\d{6}$/m.exec(text)?.[0];
    const link = /^https?:\/\/\S+$/m.exec(text)?.[0];
    assert(code && link, `the mail has no code or no link:\n${text}`);
    assert(subject.includes(code), `the subject does not show the code: ${subject}`);
    return { code, link };
  }

  /** Fills the form for an address, up to the page that asks for the code. */
  async askForCode() {
    await this.field("app_email").fill(this.email);
    await this.button("app_send_code").click();
    await this.arrives(`${this.academy.prefix}/sign-in/code/`);
  }

  /** Types the code of the newest mail. */
  async typeCode() {
    const { code } = await this.mail();
    await this.field("app_code").fill(code);
    await this.button("app_code_submit").click();
    await this.page.waitForURL(({ pathname }) => !pathname.includes("/sign-in/"));
  }

  /** Signs in from the header of any page; comes out at the account. */
  async signIn() {
    await this.open("/sign-in/");
    await this.askForCode();
    await this.typeCode();
    await this.arrives(`${this.academy.prefix}/account/`);
  }

  /** From the order page to the payment page. */
  async placeOrder(amount) {
    await this.button("app_checkout_pay", { amount }).click();
    await this.page.locator('button[name="action"][value="pay"]').waitFor();
    assert.equal(new URL(this.page.url()).origin, this.target.paymentOrigin, "the payment page is elsewhere");
  }

  /** Pays, and comes back to the academy. */
  async pay() {
    await this.target.pay(this.page);
    await this.arrives(`${this.academy.prefix}/checkout/return/`);
  }

  /** Buys the course, as one who is signed in. */
  async buyCourse() {
    const { course } = this.academy;
    await this.open(`/checkout/?price=${course.price}`);
    await this.placeOrder(course.amount);
    await this.pay();
  }

  /** Writes a comment on the page of a thread, or in a thread that was loaded in place. */
  async comment(text) {
    await this.field("app_comment_label").fill(text);
    await this.button("app_comment_send").click();
    await this.page.waitForURL(/\/discuss\/.*#c-/);
  }
}
