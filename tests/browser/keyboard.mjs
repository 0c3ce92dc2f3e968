// The Tab key: where it goes, and whether one sees it there.

import assert from "node:assert/strict";

export async function reachesEverything(reader) {
  const { page, academy } = reader;
  await reader.open(academy.paid.path);
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: reader.say("skip") });
  assert(await skip.evaluate((link) => link === document.activeElement), "the first stop is not the skip link");
  assert((await skip.boundingBox()).y >= 0, "the skip link stays out of sight while it has the focus");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main", "the skip link does not lead to the text");
  await page.keyboard.press("Tab");
  const isInText = await page.evaluate(() => document.activeElement.closest("main") !== null);
  assert(isInText, "after skipping, Tab leaves the text");

  await reader.open(academy.paid.path);
  const stops = await focusStops(page);
  const unseen = stops.filter((stop) => !stop.isSeen).map(({ what }) => what);
  assert.deepEqual(unseen, [], "the focus cannot be seen on these");
  const names = stops.map(({ what }) => what).join("\n");
  assert.equal(stops.length, await nStopsExpected(page), `the Tab key stops at\n${names}`);

  await page.getByRole("radio").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await reader.arrives(`${academy.prefix}/sign-in/`);
}

/** Everything visible that can have the focus; of a group of radio buttons one. */
function nStopsExpected(page) {
  return page.evaluate(() => {
    const can = document.querySelectorAll("a[href], button, input, summary, [tabindex='0']");
    const visible = [...can].filter((element) => element.checkVisibility() && element.getClientRects().length > 0);
    const n_radios = visible.filter(({ type }) => type === "radio").length;
    return visible.length - Math.max(0, n_radios - 1);
  });
}

/** Every stop of the Tab key, from the top of the page until the focus leaves it. */
async function focusStops(page) {
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || element.dataset.seen) return undefined;
      element.dataset.seen = "1";
      const box = element.getBoundingClientRect();
      const shown = [element, element.closest("label")].filter(Boolean);
      const hasRing = shown.some((part) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(part);
        return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      });
      const isAcross = box.width > 0 && box.right > 0 && box.left < innerWidth;
      const isDown = box.height > 0 && box.bottom > 0 && box.top < innerHeight;
      return { what: element.outerHTML.slice(0, 90), isSeen: hasRing && isAcross && isDown };
    });
    if (!stop) return stops;
    stops.push(stop);
  }
}
