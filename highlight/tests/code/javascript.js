#!/usr/bin/env node
"use strict";
import defaults, { named as other, third } from "./module.js";
import * as everything from 'node:fs';
export { defaults as default };
export default class Point extends Base {
  static #count = 0;
  #secret = 1;
  name = "point";
  handler = (event) => { this.#secret = event; };
  static create(...args) { return new Point(...args); }
  get norm() { return Math.hypot(this.x, this.y); }
  set norm(value) { this.x = value; }
  async *items() { for await (const item of this.list) yield item; }
  constructor(x = 0, { y = 1, ...rest } = {}) {
    super(x);
    Object.assign(this, { x, y, rest, z: null, [x + y]: true, "quoted key": 1, method() {}, arrow: () => 1 });
  }
}

const LIMIT = 1_000n, HEX = 0xff, FLOAT = .5e-10;
let pattern = /^[\w/\]]+\/(?<name>\d{2,})$/giu;
const half = total / 2 / count;
const text = `a ${name} and ${items.map((x) => `<${x}>`).join(", ")} \n end`;
const add = (a, b) => a + b;
const later = async function named() { await sleep(10); };
var x = y ? z : w, escaped = 'it\'s \u00e9 \x41 \
goes on';

function* generator(first, second = 2) {
  label: for (let i = 0; i < 10; i++) {
    if (i % 2 === 0) continue label;
    switch (i) {
      case 1: break;
      default: throw new TypeError(`no ${i}`);
    }
  }
  do { x--; } while (x > 0 && !done || x ?? y);
  return void 0, typeof x === "undefined", delete obj.prop, "a" in obj, x instanceof Point;
}

element?.addEventListener("click", async ({ target: { value } }) => {
  const res = await fetch(`/api/${encodeURIComponent(value)}?a=1&b=2`, { method: "POST", headers: { "x-a": "b" } });
  if (!res.ok) return;
  document.querySelector("#out").textContent = (await res.json()).message?.[0] ?? "nothing";
  console.log(value, arguments.length, undefined, NaN);
}, { once: true });
obj.callback = function () {};
tag`template ${x}`;
module.exports = { LIMIT, add, run: () => {} };
// a comment with 'quotes' and `ticks`
/* another
   one */
const re = cond && /ab+c/.test(s), ratio = (a + b) / c, list = [1, 2][0] / 3;
x ||= 1; x **= 2; x >>>= 3; x = a < b && c > d; [x, y] = [y, x];
