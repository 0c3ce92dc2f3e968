// What the tests know of the sample academy in `content/`, and the words of the default theme.

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const content = path.join(root, "content");
/** What is laid over it where every kind of page has to be there. */
export const MORE = path.join(root, "tests/browser/more");

const RUST = "/courses/rust-ownership";

/** Where the lesson at this path is discussed. */
export const thread = (lesson) => lesson.replace("/courses/", "/discuss/");

/**
 * One course in each language: a free lesson, a paid one, and sentences to know their text by. `secrets` are
 * from different kinds of blocks behind the paywall: paragraph, list, code, table, alternative text.
 */
export const ACADEMY = {
  en: {
    prefix: "",
    course: { title: "Rust ownership", path: `${RUST}/`, price: "rust-ownership", amount: "$49" },
    free: {
      path: `${RUST}/values/stack-and-heap/`,
      thread: thread(`${RUST}/values/stack-and-heap/`),
      sentence: "Nearly everything in this course follows from that split.",
    },
    paid: {
      path: `${RUST}/ownership/moves/`,
      thread: thread(`${RUST}/ownership/moves/`),
      title: "Moves",
      preview: "A library lends you a book.",
      sentence: "The buffer on the heap stays where it is.",
      secrets: [
        "The buffer on the heap stays where it is.",
        "use it first and move it afterwards",
        "remember me",
        "the loop, one element at a time",
        "The buffer has not moved.",
      ],
    },
  },
  zh: {
    prefix: "/zh",
    course: { title: "Rust 所有权", path: `/zh${RUST}/`, price: "rust-ownership", amount: "$49" },
    free: {
      path: `/zh${RUST}/values/stack-and-heap/`,
      thread: thread(`/zh${RUST}/values/stack-and-heap/`),
      sentence: "这门课的几乎全部内容，都由这一分为二而来。",
    },
    paid: {
      path: `/zh${RUST}/ownership/moves/`,
      thread: thread(`/zh${RUST}/ownership/moves/`),
      title: "移动",
      preview: "书在你桌上，就不在书架上",
      sentence: "堆上的缓冲区原地不动。",
      secrets: [
        "堆上的缓冲区原地不动。",
        "能不能先用，再移动",
        "remember me",
        "循环，一次一个元素",
        "缓冲区没有动。",
      ],
    },
  },
};

const texts = Object.fromEntries(
  Object.keys(ACADEMY).map((language) => {
    const file = path.join(root, "themes/default/translations", `${language}.json`);
    return [language, JSON.parse(readFileSync(file, "utf8"))];
  }),
);

/** The words of a language: `say("app_checkout_pay", { amount: "$49" })`, with plain spaces as a reader sees them. */
export function speaker(language) {
  return (key, values = {}) => {
    const text = texts[language][key];
    if (text === undefined) throw new Error(`the theme has no text \`${key}\` in \`${language}\``);
    return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place).replaceAll("\u00a0", " ");
  };
}
