/** What a stranger gets: little, at once, and nothing that needs an answer first. */
import assert from "node:assert/strict";
import { settings } from "../support/settings.mjs";
import { look } from "../support/look.mjs";
import { open } from "../support/person.mjs";
import { report } from "../support/report.mjs";

const MOST_BYTES = 150_000;

export default async function story({ step, sit, page }) {
  await step("A stranger opens the first page", async () => {
    await open(page, "/");
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await look(page, "welcome");
    return page.getByRole("heading", { level: 1 }).innerText();
  });

  await step("It is small", async () => {
    const { context, page: cold } = await sit();
    const session = await context.newCDPSession(cold);
    const [asked, sizes] = [new Map(), []];
    await session.send("Network.enable");
    session.on("Network.requestWillBeSent", ({ requestId, request }) => asked.set(requestId, request.url));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.push([asked.get(requestId), encodedDataLength]));
    await cold.goto(settings.url, { waitUntil: "load" });
    await cold.getByRole("button", { name: "Sign in" }).waitFor();
    await cold.evaluate(() => new Promise((done) => requestIdleCallback(done)));
    const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    const paint = await firstPaint(cold);
    report.first_page = { transferred_bytes: bytes, files: sizes.length, first_contentful_paint_ms: Math.round(paint) };
    assert.ok(sizes.length > 10, "hardly anything was loaded: the measure is wrong");
    assert.ok(bytes < MOST_BYTES, `${bytes} bytes were transferred: ${JSON.stringify(sizes)}`);
    return `${sizes.length} answers, ${(bytes / 1000).toFixed(1)} KB with their headers, painted after ${Math.round(paint)} ms`;
  });

  await step("It is painted before the API has answered anything", async () => {
    const { page: slow } = await sit();
    const held = await holdApi(slow);
    await slow.goto(settings.url);
    const paint = await firstPaint(slow);
    await held.some;
    await slow.getByRole("banner").getByRole("link", { name: "Connectors" }).waitFor();
    await slow.getByRole("main").locator(".bone").first().waitFor();
    assert.equal(held.answered(), 0);
    assert.equal(await slow.getByRole("button", { name: "Sign in" }).count(), 0);
    await look(slow, "before-data");
    held.release();
    await slow.getByRole("button", { name: "Sign in" }).waitFor();
    return `${Math.round(paint)} ms, while ${held.asked()} request${held.asked() === 1 ? "" : "s"} to the API waited`;
  });
}

/** When the first text or picture was there. A page without one never answers, and the story ends. */
const firstPaint = (page) => page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime).then((found) => found.jsonValue());

/** Nothing but the page and its files is answered until the release. */
async function holdApi(page) {
  let [release, first, asked, answered] = [null, null, 0, 0];
  const gate = new Promise((done) => (release = done));
  const some = new Promise((done) => (first = done));
  await page.route((url) => !url.pathname.startsWith("/console/assets/") && url.pathname !== "/", async (route) => {
    asked += 1;
    first();
    await gate;
    answered += 1;
    await route.continue();
  });
  return { some, release, asked: () => asked, answered: () => answered };
}
