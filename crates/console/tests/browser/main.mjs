/**
 * The whole story of the console, in a real browser. Each story builds on the ones before it: the first thing that goes wrong ends it,
 * with status 1 and a picture of what was there.
 */
import { launch, sitDown } from "./support/browser.mjs";
import { artefact, report, writeReport } from "./support/report.mjs";
import { settings } from "./support/settings.mjs";

const STORIES = ["first-page", "account", "connect", "signals", "deliveries", "sync", "agent", "health", "disconnect", "ways-in", "operator", "widget", "secrets"];

/** What playwright's words have for terminals. */
const COLOURS = /\u001b\[\d+m/g;

const began = performance.now();
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const browser = await launch();
report.browser = browser.version();
const seats = [];

/** What stories have: somebody's browser, further ones, and a way to say what was done. */
const stage = {
  browser,
  /** Of everybody who has sat down. */
  seats,
  /** Another browser, whose troubles count as well. */
  async sit(options) {
    const seat = await sitDown(browser, options);
    seats.push(seat);
    return seat;
  },
  /** Does one thing and says what it saw. What the page complains of meanwhile is a failure, whatever it shows. */
  async step(name, work) {
    const since = performance.now();
    current = name;
    const saw = await work();
    const troubles = seats.flatMap(({ watched }) => watched.troubles());
    if (troubles.length > 0) throw new Error(`the browser complains:\n    ${troubles.join("\n    ")}`);
    report.steps.push({ name, saw, milliseconds: Math.round(performance.now() - since) });
    console.log(`  ok   ${name} (${seconds(since)})${saw ? `\n       ${saw}` : ""}`);
  },
};
let current = "starting";

try {
  console.log(`\n  The console at ${settings.url}, in Chromium ${browser.version()}\n`);
  Object.assign(stage, await stage.sit());
  for (const name of STORIES) {
    const { default: story } = await import(`./stories/${name}.mjs`);
    await story(stage);
  }
  console.log(`\n  ${report.steps.length} steps, ${Object.keys(report.pages).length} pages looked at, in ${seconds(began)}: ${settings.artefacts}`);
} catch (error) {
  report.failed = { step: current, why: error.message.replaceAll(COLOURS, "") };
  console.log(`  FAIL ${current}\n       ${error.stack.replaceAll(COLOURS, "").split("\n").join("\n       ")}`);
  await Promise.all(seats.flatMap(({ context }) => context.pages()).map(async (page, at) => {
    const path = artefact(`failed-${at}.png`);
    await page.screenshot({ path }).then(() => console.log(`       ${page.url()}\n       ${path}`), () => {});
  }));
  process.exitCode = 1;
} finally {
  report.policy_violations = seats.flatMap(({ watched }) => watched.policy);
  writeReport();
  await browser.close();
}
