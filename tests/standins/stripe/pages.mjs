// The pages that a buyer sees: Checkout and the customer portal, as plain forms.

import { escapeHtml, html, redirect } from "../http.mjs";
import { update, cancelNow } from "./billing.mjs";
import { trialEndOf } from "./checkout.mjs";
import { cardOf, setCard } from "./customers.mjs";
import { isOver, periodOf } from "./cycle.mjs";
import { ApiError } from "./errors.mjs";
import { SLOW } from "./payments.mjs";
import { offeredPrices } from "./portal.mjs";
import { pay } from "./purchase.mjs";
import { all, hiddenOf, now, passTime, peek } from "./world.mjs";

/** Answers a request for a page. */
export function answerPage(world, request, body, url) {
  passTime(world, now(world));
  const [, kind, id] = /^\/(pay|portal)\/(\w+)$/.exec(url.pathname) ?? [];
  const session = peek(world, kind === "pay" ? "checkout.session" : "billing_portal.session", id);
  if (!session) return html(404, "<h1>No such page</h1>");
  const form = request.method === "POST" ? new URLSearchParams(body) : undefined;
  const show = kind === "pay" ? payPage : portalPage;
  if (!form) return show(world, session);
  try {
    return (kind === "pay" ? actOnPay : actOnPortal)(world, session, form);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return show(world, session, error.message);
  }
}

const button = (action, label) => `<button name="action" value="${action}">${label}</button>`;

const form = (content) => `<form method="post">${content}</form>`;

const complaint = (message) => (message ? `<p role="alert">${escapeHtml(message)}</p>` : "");

const WITHOUT_CENTS = ["jpy", "krw", "vnd"];

const money = (amount, currency) => {
  const shown = WITHOUT_CENTS.includes(currency) ? amount : (amount / 100).toFixed(2);
  return `${shown} ${currency.toUpperCase()}`;
};

const every = (recurring) => {
  if (!recurring) return "";
  const { interval, interval_count } = recurring;
  return ` every ${interval_count > 1 ? `${interval_count} ${interval}s` : interval}`;
};

const day = (time) => new Date(time * 1_000).toISOString().slice(0, 10);

function payPage(world, session, message) {
  if (session.status !== "open") return html(410, "<h1>This payment page is closed</h1>");
  const { lines } = hiddenOf(world, session.id);
  const trial = trialEndOf(world, session);
  const items = lines.map(({ price, item }) => {
    const amount = money(price.unit_amount, price.currency);
    return `<li>${escapeHtml(item.description)}: ${item.quantity} × ${amount}${every(price.recurring)}</li>`;
  });
  const { amount_discount, amount_tax } = session.total_details;
  const notes = [
    trial && `Free until ${day(trial)}`,
    amount_discount > 0 && `Discount ${money(amount_discount, session.currency)}`,
    amount_tax > 0 && `Tax ${money(amount_tax, session.currency)}`,
    session.customer_email,
  ].filter(Boolean);
  const code = session.allow_promotion_codes ? '<label>Promotion code <input name="code"></label>' : "";
  return html(
    message ? 402 : 200,
    `<h1>${escapeHtml(lines[0].item.description)}</h1>${complaint(message)}<ul>${items.join("")}</ul>
     <p>Due today: ${money(session.amount_total, session.currency)}</p>${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("")}
     ${form(`${code}${button("pay", "Pay")}`)}${form(otherWays(session))}${form(button("cancel", "Cancel"))}`,
  );
}

function otherWays({ payment_method_types: types }) {
  const wallets = ["alipay", "wechat_pay"].filter((type) => types.includes(type));
  const later = types.some((type) => SLOW.includes(type)) ? [button("pay_later", "Pay later by bank")] : [];
  return [...wallets.map((type) => button(`pay_${type}`, `Pay with ${type}`)), ...later, button("decline", "Pay with a card that is declined")].join(" ");
}

function actOnPay(world, session, given) {
  const action = given.get("action");
  if (action === "cancel") return session.cancel_url ? redirect(session.cancel_url) : payPage(world, session);
  if (session.status !== "open") return payPage(world, session);
  const slow = session.payment_method_types.find((type) => SLOW.includes(type));
  const methods = { pay: session.payment_method_types[0], decline: "card", pay_later: slow };
  const method = methods[action] ?? action?.replace(/^pay_/, "");
  const { success_url } = session;
  const code = given.get("code") || undefined;
  const { isSold } = pay(world, session, { card: action === "decline" ? "declines" : "ok", code, method });
  if (!isSold) return payPage(world, session, "Your card was declined.");
  return redirect(success_url.replaceAll("{CHECKOUT_SESSION_ID}", session.id));
}

function portalPage(world, session, message) {
  const customer = peek(world, "customer", session.customer);
  if (!customer) return html(410, "<h1>This portal is closed</h1>");
  const configuration = peek(world, "billing_portal.configuration", session.configuration);
  const mine = all(world, "subscription").filter((one) => one.customer === customer.id);
  const items = mine.map((subscription) => portalItem(world, configuration, subscription));
  const back = session.return_url ? `<p><a href="${escapeHtml(session.return_url)}">Back</a></p>` : "";
  const invoices = all(world, "invoice").filter((one) => one.customer === customer.id && one.status !== "draft");
  const history = invoices.map(({ number, total, currency, status }) => `<li>${number}: ${money(total, currency)}, ${status}</li>`);
  return html(
    message ? 400 : 200,
    `<h1>Your subscriptions</h1>${complaint(message)}<p>${escapeHtml(customer.email ?? "")}</p>
     <ul>${items.join("")}</ul>${form(button("new_card", `Enter a new card (now: ${cardOf(world, customer.id)})`))}
     <h2>Invoices</h2><ul>${history.join("")}</ul>${back}`,
  );
}

function portalItem(world, { features, id }, subscription) {
  const [item] = subscription.items.data;
  const { price, quantity } = item;
  const product = peek(world, "product", price.product);
  const until = day(periodOf(subscription).end);
  const amount = `${money(price.unit_amount, price.currency)}${every(price.recurring)}`;
  const what = `${escapeHtml(product?.name ?? "")}: ${quantity} × ${amount}`;
  const state = subscription.cancel_at_period_end ? `ends on ${until}` : `${subscription.status}, until ${until}`;
  const name = `<input type="hidden" name="subscription" value="${subscription.id}">`;
  if (isOver(subscription)) return `<li>${what} (canceled)</li>`;
  const { subscription_cancel: cancel, subscription_update: change } = features;
  const forms = [];
  if (cancel.enabled && !subscription.cancel_at_period_end) forms.push(button("cancel", "Cancel subscription"));
  if (subscription.cancel_at_period_end) forms.push(button("resume", "Keep subscription"));
  if (change.enabled && change.default_allowed_updates.includes("price")) {
    const offered = offeredPrices(world, { id }, subscription).filter((one) => one.id !== price.id);
    const options = offered.map((one) => {
      const amount = `${money(one.unit_amount, one.currency)}${every(one.recurring)}`;
      return `<option value="${one.id}">${escapeHtml(one.nickname ?? one.lookup_key ?? one.id)}: ${amount}</option>`;
    });
    if (options.length > 0) forms.push(`<select name="price">${options.join("")}</select>${button("plan", "Change plan")}`);
  }
  if (change.enabled && change.default_allowed_updates.includes("quantity")) {
    forms.push(`<input name="quantity" type="number" min="1" value="${quantity}">${button("quantity", "Change quantity")}`);
  }
  return `<li>${what} (${state})${forms.map((content) => form(`${name}${content}`)).join("")}</li>`;
}

function actOnPortal(world, session, given) {
  const action = given.get("action");
  const subscription = peek(world, "subscription", given.get("subscription"));
  if (action === "new_card") setCard(world, session.customer, "ok");
  else if (subscription?.customer === session.customer && !isOver(subscription)) {
    changeFromPortal(world, session, subscription, given);
  }
  return redirect(`${world.url}/portal/${session.id}`);
}

/** Only what the configuration offers; a form can say anything. */
function changeFromPortal(world, session, subscription, given) {
  const { features, id } = peek(world, "billing_portal.configuration", session.configuration);
  const { subscription_cancel: cancel, subscription_update: change } = features;
  const action = given.get("action");
  const [item] = subscription.items.data;
  const proration_behavior = change.proration_behavior;
  const set = (items) => update(world, subscription, { items: [{ id: item.id, ...items }], proration_behavior });
  const isOffered = offeredPrices(world, { id }, subscription).some((price) => price.id === given.get("price"));
  if (action === "cancel" && cancel.enabled) {
    if (cancel.mode === "immediately") cancelNow(world, subscription);
    else update(world, subscription, { cancel_at_period_end: true });
  }
  if (action === "resume") update(world, subscription, { cancel_at_period_end: false });
  if (action === "plan" && change.enabled && isOffered) set({ price: given.get("price") });
  const quantity = Number(given.get("quantity"));
  if (action === "quantity" && change.enabled && Number.isInteger(quantity) && quantity > 0) set({ quantity });
}
