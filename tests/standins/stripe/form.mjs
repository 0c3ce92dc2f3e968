// Reads `a[b][0][c]=1`: the form encoding of Stripe's requests, in bodies and in query strings.

import { invalid } from "./errors.mjs";

/** The parameters as nested objects without prototype; leaves are strings, lists are objects with counted keys. */
export function decode(encoded) {
  const tree = Object.create(null);
  for (const [name, value] of new URLSearchParams(encoded)) put(tree, pathOf(name), value, name);
  return tree;
}

function pathOf(name) {
  const [, first, rest] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (first === undefined) throw invalid(`Invalid parameter name: ${name}`, { param: name });
  return [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, key]) => key)];
}

function put(tree, path, value, name) {
  let node = tree;
  for (const [idx, key] of path.entries()) {
    const at = key === "" ? String(Object.keys(node).length) : key;
    if (idx === path.length - 1) node[at] = value;
    else node = node[at] ??= Object.create(null);
    if (typeof node !== "object") throw invalid(`Invalid object: ${name}`, { param: name });
  }
}

/** The same parameters have the same text, whatever their order: what an idempotency key is compared by. */
export function canonical(encoded) {
  return JSON.stringify([...new URLSearchParams(encoded)].sort());
}
