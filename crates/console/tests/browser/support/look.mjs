/** A page as it is: pictures in three widths and both themes, and whether everybody can use it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { modules } from "./settings.mjs";
import { DESK } from "./browser.mjs";
import { artefact, report } from "./report.mjs";

const axe = readFileSync(modules.resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const WIDTHS = [[360, 740], [768, 1024], [1280, 860]];
/** A list of everything there is says no more below this. */
const TALLEST = 4000;

/** Looks at what is shown now, and puts the window back. */
export async function look(page, name) {
  const seen = { url: new URL(page.url()).pathname, violations: [], checked: 0 };
  report.pages[name] = seen;
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const [width, height] of WIDTHS) {
      await page.setViewportSize({ width, height });
      await still(page);
      const [wide, tall] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
      await page.screenshot({ path: artefact(`screenshots/${name}-${width}-${theme}.png`), fullPage: tall <= TALLEST, animations: "disabled" });
      assert.ok(wide <= width, `${name} is ${wide} pixels wide in a window of ${width}`);
      // Contrast is another one in each theme, the layout in each width; the last of each is looked at twice.
      if (width !== 768) seen.violations.push(...await violations(page, `${width} ${theme}`, seen));
    }
  }
  assert.deepEqual(await kept(page), {}, `${name} keeps something in the browser`);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(DESK);
  assert.deepEqual(seen.violations, [], `${name}: not everybody can use it`);
}

/** Until nothing moves any more and the fonts are there. */
const still = (page) => page.evaluate(async () => {
  await document.fonts.ready;
  const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
  await Promise.allSettled(ending.map((one) => one.finished));
});

async function violations(page, where, seen) {
  // Through the debugger: the page's own policy would forbid it.
  const result = await page.evaluate(`${axe}; axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`);
  seen.checked += result.passes.length;
  return result.violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => ({
    where, id, impact, html: node.html.slice(0, 200), why: (node.any[0] ?? node.all[0] ?? node.none[0])?.message,
  })));
}

/** What scripts have stored, but for the one word that a reminder was answered. */
const kept = (page) => page.evaluate(() => {
  const all = { ...localStorage, ...sessionStorage };
  delete all.reminded;
  return all;
});
