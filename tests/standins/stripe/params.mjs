// What a call's parameters may be. A call declares a shape; whatever the shape does not name is refused,
// as Stripe refuses it, so a typo in the app shows here.

import { invalid } from "./errors.mjs";

const SAFE_ID = /^[\x21-\x7e]{1,200}$/;

const leaf = (name, read) => ({ name, read: (value, at) => read(plain(value, at, name), at) });

/** A leaf is neither empty nor an object. */
function plain(value, at, name) {
  if (typeof value !== "string") throw invalid(`Invalid ${name}: ${JSON.stringify(value)}`, { param: at });
  if (value !== "") return value;
  const message =
    `You passed an empty string for '${at}'. We assume empty values are an attempt to unset a parameter; however ` +
    `'${at}' cannot be unset. You should remove '${at}' from your request or supply a non-empty value.`;
  throw invalid(message, { code: "parameter_invalid_empty", param: at });
}

export const text = leaf("string", (value, at) => {
  if (value.length <= 5_000) return value;
  throw invalid(`Invalid string: ${value.slice(0, 20)}...; must be at most 5000 characters`, { param: at });
});

export const id = leaf("string", (value, at) => {
  if (SAFE_ID.test(value)) return value;
  throw invalid(`Invalid string: ${value}`, { param: at });
});

export const integer = leaf("integer", (value, at) => {
  if (/^-?\d{1,12}$/.test(value)) return Number(value);
  throw invalid(`Invalid integer: ${value}`, { code: "parameter_invalid_integer", param: at });
});

/** A whole number of at least `least`. */
export const atLeast = (least) => ({
  name: "integer",
  read(value, at) {
    const number = integer.read(value, at);
    if (number >= least) return number;
    const message = `This value must be greater than or equal to ${least}.`;
    throw invalid(message, { code: "parameter_invalid_integer", param: at });
  },
});

export const decimal = leaf("decimal", (value, at) => {
  if (/^-?\d{1,12}(\.\d{1,12})?$/.test(value)) return Number(value);
  throw invalid(`Invalid decimal: ${value}`, { param: at });
});

export const flag = leaf("boolean", (value, at) => {
  if (value === "true" || value === "false") return value === "true";
  throw invalid(`Invalid boolean: ${value}`, { param: at });
});

export const currency = leaf("string", (value, at) => {
  if (/^[a-z]{3}$/i.test(value)) return value.toLowerCase();
  throw invalid(`Invalid currency: ${value}.`, { param: at });
});

export const webAddress = leaf("string", (value, at) => {
  if (/^https?:\/\/[^\s/]+/.test(value)) return value;
  throw invalid("Not a valid URL", { code: "url_invalid", param: at });
});

export const email = leaf("string", (value, at) => {
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return value;
  throw invalid(`Invalid email address: ${value}`, { code: "email_invalid", param: at });
});

/** One of these words. */
export const choice = (...words) => ({
  words,
  read(value, at) {
    const word = plain(value, at, "string");
    if (words.includes(word)) return word;
    const listed = words.length > 1 ? `one of ${words.slice(0, -1).join(", ")} or ${words.at(-1)}` : words[0];
    throw invalid(`Invalid ${at}: must be ${listed}`, { param: at });
  },
});

/** The empty string unsets; it is read as `null`. */
export const emptyable = (kind) => ({
  ...kind,
  read: (value, at) => (value === "" ? null : kind.read(value, at)),
});

export const required = (kind) => ({ ...kind, isRequired: true });

/** A list, written as `name[0]`, `name[1]` or `name[]`. */
export const list = (item) => ({
  item,
  read(value, at) {
    if (typeof value !== "object") throw invalid("Invalid array", { param: at });
    const keys = Object.keys(value).sort((one, two) => one - two);
    if (keys.some((key) => !/^\d+$/.test(key))) throw invalid("Invalid array", { param: at });
    return keys.map((key) => item.read(value[key], `${at}[${key}]`));
  },
});

/** The author's own keys and values; an empty value takes a key away, an empty string all of them. */
export const metadata = {
  isMap: true,
  read(value, at) {
    if (value === "") return null;
    if (typeof value !== "object") throw invalid("Invalid object", { param: at });
    for (const [key, one] of Object.entries(value)) {
      if (typeof one !== "string") throw invalid("Metadata values must be strings.", { param: `${at}[${key}]` });
      if (key.length > 40) throw invalid(`Metadata keys can be up to 40 characters: ${key}`, { param: at });
      if (one.length > 500) throw invalid("Metadata values can have up to 500 characters.", { param: `${at}[${key}]` });
    }
    if (Object.keys(value).length > 50) throw invalid("You cannot have more than 50 metadata entries.", { param: at });
    return { ...value };
  },
};

/** An object with these fields and no others. */
export const fields = (shape) => ({
  shape,
  read(value, at) {
    if (typeof value !== "object") throw invalid("Invalid object", { param: at });
    return readFields(value, shape, (key) => (at ? `${at}[${key}]` : key));
  },
});

function readFields(value, shape, nameOf) {
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(shape, key)).map(nameOf);
  if (unknown.length > 0) {
    const message = `Received unknown parameter${unknown.length > 1 ? "s" : ""}: ${unknown.join(", ")}`;
    throw invalid(message, { code: "parameter_unknown", param: unknown[0] });
  }
  const absent = Object.keys(shape).find((key) => shape[key].isRequired && value[key] === undefined);
  if (absent) {
    const message = `Missing required param: ${nameOf(absent)}.`;
    throw invalid(message, { code: "parameter_missing", param: nameOf(absent) });
  }
  const pairs = Object.entries(value).map(([key, one]) => [key, shape[key].read(one, nameOf(key))]);
  return Object.fromEntries(pairs);
}

/** Moments: a time, or bounds. */
export const range = {
  name: "range",
  read(value, at) {
    if (typeof value === "string") return { gte: integer.read(value, at), lte: integer.read(value, at) };
    return fields({ gt: integer, gte: integer, lt: integer, lte: integer }).read(value, at);
  },
};

/** Whether a moment lies in the range; every moment lies in no range. */
export const within = (time, bounds = {}) =>
  !(time <= bounds.gt || time < bounds.gte || time >= bounds.lt || time > bounds.lte);

/** What every call takes, and what every list takes. */
export const EXPAND = { expand: list(text) };
export const PAGE = { ...EXPAND, limit: integer, starting_after: id, ending_before: id };
