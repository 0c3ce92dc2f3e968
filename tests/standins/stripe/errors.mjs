// Errors as Stripe's API answers them.

/** An answer that is an error: its HTTP status and the fields of `error`. */
export class ApiError extends Error {
  constructor(status, fields) {
    super(fields.message);
    this.status = status;
    this.fields = fields;
  }

  /** The body of the answer. */
  body(requestId) {
    const { code } = this.fields;
    const docs = code ? { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` } : {};
    const log = { request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` };
    return { error: { ...this.fields, ...docs, ...log } };
  }
}

/** A request that cannot be served as it is. Left out are `code` and `param` where Stripe has none. */
export function invalid(message, { code, param, status = 400 } = {}) {
  const fields = { ...(code && { code }), message, ...(param && { param }), type: "invalid_request_error" };
  return new ApiError(status, fields);
}

/** Nothing has this id. In a path the parameter is called `id` and the status is 404, elsewhere 400. */
export const missing = (what, id, param = "id") =>
  invalid(`No such ${what}: '${id}'`, { code: "resource_missing", param, status: param === "id" ? 404 : 400 });

/** Two parameters that exclude each other. */
export const oneOf = (...names) => invalid(`You may only specify one of these parameters: ${names.join(", ")}.`);

/** A card was declined while the request waited for it. */
export const cardDeclined = (intent) =>
  new ApiError(402, {
    code: "card_declined",
    decline_code: "generic_decline",
    message: "Your card was declined.",
    payment_intent: intent,
    type: "card_error",
  });
