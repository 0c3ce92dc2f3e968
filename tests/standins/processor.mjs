// The payment processor of the browser and Worker tests: the stand-in for Stripe, as it starts by default.

export { start } from "./stripe.mjs";
