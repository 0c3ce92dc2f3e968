// Threads: what a reader writes, and what happens to it.

import assert from "node:assert/strict";

/** Writes a comment on the thread of the lesson that is open, and sees it at once. */
export async function write(reader, hasScript) {
  const { page } = reader;
  const thread = page.locator("[data-thread]");
  if (hasScript) await thread.scrollIntoViewIfNeeded();
  else await reader.link("discuss").click();
  await reader.field("app_comment_name").fill(reader.name);
  await reader.comment("Way out **number two** <b>did it</b>.");
  const mine = page.locator("li.comment", { hasText: reader.name });
  await mine.getByText("number two", { exact: true }).waitFor();
  assert.equal(await mine.locator("strong", { hasText: "number two" }).count(), 1, "Markdown was not rendered");
  await mine.getByText("<b>did it</b>").waitFor();
}

export async function refused(reader) {
  const { page, academy } = reader;
  await reader.signIn();
  await reader.open(academy.free.thread);
  const text = "A thought. ".repeat(500);
  await reader.field("app_comment_name").fill(reader.name);
  // An older browser does not stop at the limit.
  await reader.field("app_comment_label").evaluate((area) => area.removeAttribute("maxlength"));
  await reader.field("app_comment_label").fill(text);
  await reader.button("app_comment_send").click();
  await page.getByRole("alert").filter({ hasText: reader.say("app_comment_too_long") }).waitFor();
  assert.equal(await page.locator("li.comment").count(), 0, "a comment that was refused is there");
  assert((await reader.field("app_comment_label").inputValue()) === text, "the text that was written is gone");
  assert.equal(await reader.field("app_comment_name").inputValue(), reader.name, "the name that was typed is gone");
}

/** What a browser lets through by `maxlength`: there a line break is one character, in the request it is two. */
export async function atTheLimit(reader) {
  const { page, academy } = reader;
  await reader.signIn();
  await reader.open(academy.free.thread);
  await reader.field("app_comment_name").fill(reader.name);
  const n_characters = await reader.field("app_comment_label").evaluate((area) => {
    area.value = "line\n".repeat(area.maxLength / 5);
    return area.value.length;
  });
  await reader.button("app_comment_send").click();
  const mine = page.locator("li.comment", { hasText: reader.name });
  await mine.or(page.getByRole("alert")).waitFor();
  assert(await mine.isVisible(), `a comment of ${n_characters} characters, as many as the field takes, was refused`);
}

/** With scripts the thread is below the lesson, on its page. */
export async function threadInPlace(reader) {
  const { page, academy } = reader;
  await reader.signIn();
  await reader.buyCourse();
  await reader.open(academy.paid.path);
  const section = page.locator("[data-thread]");
  await section.scrollIntoViewIfNeeded();
  await section.locator("form").waitFor();
  assert.equal(new URL(page.url()).pathname, academy.paid.path);
  await reader.field("app_comment_name").fill(reader.name);
  await reader.comment("Written below the lesson.");
  await reader.link("app_discuss_back").click();
  await reader.arrives(academy.paid.path);
  await section.scrollIntoViewIfNeeded();
  await section.locator("li.comment", { hasText: reader.name }).waitFor();
}
