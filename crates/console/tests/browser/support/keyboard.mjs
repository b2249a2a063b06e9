/** Getting somewhere without a mouse. */
import assert from "node:assert/strict";

/** More than the longest page has before what is looked for. */
const MOST = 60;

/** Presses Tab until this has the focus, and can be seen to have it. */
export async function tabTo(page, target) {
  await target.waitFor();
  for (let pressed = 0; pressed < MOST; pressed += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${target} is not reached with ${MOST} presses of Tab`);
}

export const hasFocus = (target) => target.evaluate((element) => element === document.activeElement);

/** The focus is in here, and Tab leads round in it and not out. The browser's own buttons come in between. */
export async function keepsFocus(page, dialog) {
  const seen = [];
  for (let pressed = 0; pressed < MOST; pressed += 1) {
    const at = await dialog.evaluate((element) => {
      const active = document.activeElement;
      if (active === document.body) return "nowhere";
      return element.contains(active) ? `${active.tagName} ${active.getAttribute("name") ?? active.textContent.trim()}` : "outside";
    });
    assert.notEqual(at, "outside", "the focus left the dialog");
    if (at !== "nowhere" && at === seen[0] && seen.length > 1) return new Set(seen).size;
    if (at !== "nowhere") seen.push(at);
    await page.keyboard.press("Tab");
  }
  return assert.fail("Tab does not come round in the dialog");
}
