/** The browser, and somebody who sits before it. */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { modules, settings } from "./settings.mjs";
import { watch } from "./watch.mjs";

const { chromium } = modules("playwright-core");

/** For whatever a page waits for: longer than anything takes on a busy machine, shorter than anybody's patience. */
const PATIENCE_MS = 60_000;
const DESK = { width: 1280, height: 860 };

/** By its key: whoever else speaks for localhost is not believed. */
function known() {
  const { publicKey } = new X509Certificate(readFileSync(settings.certificate));
  return createHash("sha256").update(publicKey.export({ type: "spki", format: "der" })).digest("base64");
}

export function launch() {
  return chromium.launch({
    executablePath: settings.browser,
    args: [
      `--ignore-certificate-errors-spki-list=${known()}`,
      // Root, and machines without user namespaces; nothing is opened but what runs here.
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/** A browser of their own: no cookies, no cache. `{ context, page, watched }`. */
export async function sitDown(browser, options = {}) {
  const context = await browser.newContext({ viewport: DESK, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC", colorScheme: "light", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const watched = watch(context);
  await context.addInitScript(() => addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`)));
  const page = await context.newPage();
  await watched.streams(page);
  return { context, page, watched };
}

export { DESK };
