// Reads the type declarations of Stripe's own SDK, so that tests can ask: is this value such an object?
//
// The SDK's declarations are generated and use little of TypeScript: interfaces, namespaces, unions, literals,
// arrays and a few generic names. Only that is read; anything else counts as "any value".

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const FOLDER = path.dirname(createRequire(import.meta.url).resolve("stripe"));
const TOKEN =
  /\s+|\/\*[\s\S]*?\*\/|\/\/[^\n]*|([A-Za-z_$][\w$]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d[\d.]*|=>|\.\.\.|[^\s])/g;

const files = new Map();

/** The type `name` of the file `resources/<file>.d.ts`, for `faults` and `fieldsOf`. */
export function sdkType(file, name) {
  const from = load(path.join(FOLDER, "resources", `${file}.d.ts`));
  const found = from.types.get(name);
  if (!found) throw new Error(`the SDK has no type ${name} in ${file}`);
  return found;
}

/** What is wrong with the value, as lines `path: complaint`; empty when it is such an object. */
export function faults(value, type, at = "") {
  const plain = resolve(type);
  const check = CHECKS[plain.kind];
  return check ? check(value, plain, at) : [];
}

/** The fields of an object type by name, with their types; nothing if it is no object. */
export function fieldsOf(type) {
  const plain = resolve(type);
  if (plain.kind === "object") return plain.fields;
  if (plain.kind === "list") return fieldsOf(plain.item);
  if (plain.kind !== "union") return undefined;
  return plain.options.map(fieldsOf).find((fields) => fields);
}

/** The literals that a type allows; empty if it is no choice of words. */
export function wordsOf(type) {
  const plain = resolve(type);
  if (plain.kind === "literal") return [plain.literal];
  return plain.kind === "union" ? plain.options.flatMap(wordsOf) : [];
}

/** What a list type holds, with or without a choice to leave it empty; nothing if it is no list. */
export function itemOf(type) {
  const plain = resolve(type);
  if (plain.kind === "list") return plain.item;
  return plain.kind === "union" ? plain.options.map(itemOf).find((item) => item) : undefined;
}

const CHECKS = {
  any: () => [],
  void: (value, _, at) => (value === undefined ? [] : [`${at}: must be absent`]),
  basic: (value, { name }, at) => (typeof value === name ? [] : [`${at}: ${show(value)} is no ${name}`]),
  literal: (value, { literal }, at) => (value === literal ? [] : [`${at}: ${show(value)} is not ${show(literal)}`]),
  list: (value, { item }, at) =>
    Array.isArray(value) ? value.flatMap((one, idx) => faults(one, item, `${at}[${idx}]`)) : [`${at}: no list`],
  object: objectFaults,
  union: unionFaults,
};

function objectFaults(value, { fields, others }, at) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${at}: ${show(value)} is no object`];
  const extra = Object.keys(value).flatMap((key) => {
    const field = fields.get(key);
    if (field) return faults(value[key], field.type, `${at}.${key}`);
    return others ? faults(value[key], others, `${at}.${key}`) : [`${at}.${key}: unknown to the SDK`];
  });
  const missing = [...fields].filter(([key, { isOptional }]) => !isOptional && !(key in value));
  return [...extra, ...missing.map(([key]) => `${at}.${key}: missing, the SDK promises it`)];
}

/** The complaint of the option that fits best: the one with the same `object`, otherwise with the fewest faults. */
function unionFaults(value, { options }, at) {
  let best;
  const fitting = options.filter(({ literal }) => value === null || literal !== null);
  for (const option of fitting) {
    const found = faults(value, option, at);
    if (found.length === 0) return [];
    const isSame = fieldsOf(option)?.get("object") && found.every((line) => !line.startsWith(`${at}.object:`));
    if (!best || (isSame && !best.isSame) || (isSame === best.isSame && found.length < best.found.length)) {
      best = { found, isSame };
    }
  }
  const isWord = options.every(({ kind }) => kind === "literal" || kind === "basic");
  if (!isWord) return best.found;
  return [`${at}: ${show(value)} is none of ${options.slice(0, 12).map(({ literal, name }) => literal ?? name)}`];
}

const show = (value) => JSON.stringify(value)?.slice(0, 60);

/** Follows names until something can be checked. */
function resolve(type) {
  if (type.kind === "union") return { ...type, options: type.options.map(resolve) };
  if (type.bases?.length > 0) inherit(type);
  if (type.kind !== "name") return type;
  if (type.name === "Array") return { kind: "list", item: type.generics[0] };
  if (type.name === "Decimal") return { kind: "basic", name: "string" };
  if (type.name === "Emptyable") return resolve(union([{ kind: "literal", literal: "" }, type.generics[0]]));
  if (type.name === "ApiList") return apiList(type.generics[0]);
  if (type.name === "Partial" || type.name === "Record") return { kind: "any" };
  const found = lookUp(type);
  return found ? resolve(found) : { kind: "any" };
}

/** What an interface extends, it has; once found out it is written down. */
function inherit(type) {
  const bases = type.bases.splice(0).map(resolve);
  const inherited = bases.flatMap(({ fields = new Map() }) => [...fields]);
  type.fields = new Map([...inherited, ...type.fields]);
}

const field = (type) => ({ isOptional: false, type });

const apiList = (item) => ({
  kind: "object",
  fields: new Map([
    ["object", field({ kind: "literal", literal: "list" })],
    ["data", field({ kind: "list", item })],
    ["has_more", field({ kind: "basic", name: "boolean" })],
    ["url", field({ kind: "basic", name: "string" })],
  ]),
});

/** A name means the nearest namespace's type, then the file's, then an imported one. */
function lookUp({ name, scope, file }) {
  for (let depth = scope.length; depth >= 0; depth--) {
    const found = file.types.get([...scope.slice(0, depth), name].join("."));
    if (found) return found;
  }
  const [first, ...rest] = name.split(".");
  const imported = file.imports.get(first);
  if (!imported) return undefined;
  return load(imported.from)?.types.get([imported.name, ...rest].join("."));
}

function load(from) {
  if (!files.has(from)) {
    const file = { types: new Map(), imports: new Map() };
    files.set(from, file);
    let text;
    try {
      text = readFileSync(from, "utf8");
    } catch {
      return file;
    }
    readImports(text, from, file);
    const tokens = [...text.matchAll(TOKEN)].map(([, token]) => token).filter(Boolean);
    new Reader(tokens, file).declarations([]);
  }
  return files.get(from);
}

function readImports(text, from, file) {
  for (const [, names, source] of text.matchAll(/import \{([^}]*)\} from '([^']+)'/g)) {
    const target = path.join(path.dirname(from), source.replace(/\.js$/, ".d.ts"));
    for (const part of names.split(",").map((name) => name.trim()).filter(Boolean)) {
      const [name, alias] = part.split(" as ");
      file.imports.set((alias ?? name).trim(), { name: name.trim(), from: target });
    }
  }
}

/** `string` in a union with words stands for "words of tomorrow"; today's words are what tests check. */
function union(options) {
  const known = options.filter((option) => !(option.kind === "name" && option.name === "OtherString"));
  return known.length === 1 ? known[0] : { kind: "union", options: known };
}

class Reader {
  constructor(tokens, file) {
    Object.assign(this, { tokens, file, idx: 0 });
  }

  get next() {
    return this.tokens[this.idx];
  }

  take(expected) {
    const token = this.tokens[this.idx++];
    if (expected && token !== expected) throw new Error(`expected ${expected}, found ${token}`);
    return token;
  }

  eat(token) {
    if (this.next !== token) return false;
    this.idx++;
    return true;
  }

  declarations(scope) {
    while (this.idx < this.tokens.length && this.next !== "}") {
      if (this.next === "export" || this.next === "declare") this.idx++;
      else if (this.eat("interface")) this.interface(scope);
      else if (this.eat("namespace")) this.namespace(scope);
      else if (this.next === "type" && this.tokens[this.idx + 2]?.match(/^[=<]$/)) this.alias(scope);
      else this.skipStatement();
    }
  }

  interface(scope) {
    const name = this.take();
    const bases = [];
    while (this.next !== "{") {
      if (this.eat("extends") || this.eat(",")) bases.push(this.one(scope));
      else this.idx++;
    }
    const type = { ...this.object([...scope, name]), bases };
    this.file.types.set([...scope, name].join("."), type);
  }

  namespace(scope) {
    const inner = [...scope, this.take()];
    this.take("{");
    this.declarations(inner);
    this.take("}");
  }

  alias(scope) {
    this.take("type");
    const name = this.take();
    while (!this.eat("=")) this.idx++;
    this.file.types.set([...scope, name].join("."), this.type([...scope, name]));
    this.eat(";");
  }

  /** Classes, imports and re-exports: nothing to check against. */
  skipStatement() {
    let depth = 0;
    do {
      const token = this.take();
      if (token === "{" || token === "(") depth++;
      if (token === "}" || token === ")") depth--;
      if (depth === 0 && (token === ";" || token === "}")) return;
    } while (this.idx < this.tokens.length && !(depth === 0 && this.next === "}"));
  }

  object(scope) {
    this.take("{");
    const type = { kind: "object", fields: new Map(), others: undefined };
    while (!this.eat("}")) this.member(type, scope);
    return type;
  }

  member(type, scope) {
    if (this.eat("[")) {
      while (!this.eat("]")) this.idx++;
      this.take(":");
      type.others = this.type(scope);
    } else {
      const name = this.take().replace(/^['"]|['"]$/g, "");
      const isOptional = this.eat("?");
      if (this.eat(":")) type.fields.set(name, { isOptional, type: this.type(scope) });
      else this.skipStatement();
    }
    this.eat(";");
  }

  type(scope) {
    const options = [];
    do {
      let option = this.one(scope);
      while (this.eat("&")) this.one(scope);
      while (this.next === "[" && this.tokens[this.idx + 1] === "]") {
        this.idx += 2;
        option = { kind: "list", item: option };
      }
      options.push(option);
    } while (this.eat("|"));
    return union(options);
  }

  one(scope) {
    if (this.next === "{") return this.object(scope);
    if (this.next === "(") {
      while (!this.eat(")")) this.idx++;
      if (this.eat("=>")) this.type(scope);
      return { kind: "any" };
    }
    const token = this.take();
    if (/^['"]/.test(token)) return { kind: "literal", literal: token.slice(1, -1) };
    if (["string", "number", "boolean"].includes(token)) return { kind: "basic", name: token };
    if (token === "true" || token === "false") return { kind: "literal", literal: token === "true" };
    if (token === "null") return { kind: "literal", literal: null };
    if (token === "void") return { kind: "void" };
    if (["any", "unknown", "never", "object"].includes(token)) return { kind: "any" };
    let name = token;
    while (this.eat(".")) name += `.${this.take()}`;
    const generics = [];
    if (this.eat("<")) {
      do generics.push(this.type(scope));
      while (this.eat(","));
      this.take(">");
    }
    return { kind: "name", name, generics, scope, file: this.file };
  }
}
