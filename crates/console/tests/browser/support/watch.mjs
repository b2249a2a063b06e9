/**
 * Everything that goes wrong in a browser's pages without anybody looking: what was refused or failed, what the console or the
 * Content-Security-Policy complains of. And every text that arrives, for who looks for secrets in it.
 */
import { settings } from "./settings.mjs";

/** Only text can be searched, and only what we sent is ours to answer for. */
const TEXT = /json|text|javascript|xml/;
const REFUSED = /^Failed to load resource/;

/** Watches `context` from its first page on. `{ troubles(), expect(pattern), bodies(), policy }`. */
export function watch(context) {
  const [troubles, expected, texts, reading, policy] = [[], [], [], new Set(), []];
  const trouble = (words) => troubles.push(words);

  context.on("page", (page) => {
    page.on("pageerror", (error) => trouble(`error: ${error.message}`));
    page.on("console", (message) => {
      const words = message.text();
      // The answer itself is told with its address, below.
      if (message.type() === "error" && !REFUSED.test(words)) trouble(`console: ${words}`);
      if (words.startsWith("CSP ")) policy.push(words);
    });
    page.on("requestfailed", (request) => {
      const why = request.failure()?.errorText;
      // Leaving a page ends what it was waiting for.
      if (why !== "net::ERR_ABORTED") trouble(`failed: ${request.method()} ${request.url()} ${why}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) trouble(`${response.status()} ${response.request().method()} ${response.url()}`);
      keep(response);
    });
  });

  function keep(response) {
    const type = response.headers()["content-type"] ?? "";
    if (!response.url().startsWith(settings.url) || !TEXT.test(type)) return;
    // An answer that goes on for ever is heard piece by piece, by `streams`.
    if (type.startsWith("text/event-stream")) return;
    const one = response.text().then((text) => texts.push({ url: response.url(), text }), () => {}).finally(() => reading.delete(one));
    reading.add(one);
  }

  return {
    /** What came since the last call, without what a story has announced. */
    troubles() {
      return troubles.splice(0).filter((one) => !expected.some((pattern) => pattern.test(one)));
    },
    /** Says that this belongs to the story from now on. */
    expect: (pattern) => expected.push(pattern),
    /** All that has arrived, once it has. */
    async bodies() {
      await Promise.all([...reading]);
      return texts;
    },
    /** Of a page: what its streams bring. */
    streams: (page) => streams(context, page, texts),
    policy,
  };
}

/** The pieces of answers that go on, through the browser's own debugger. */
async function streams(context, page, texts) {
  const session = await context.newCDPSession(page);
  const open = new Map();
  const hear = (requestId, data) => (open.get(requestId).text += Buffer.from(data, "base64").toString());
  await session.send("Network.enable");
  session.on("Network.responseReceived", async ({ requestId, response }) => {
    if (response.mimeType !== "text/event-stream") return;
    open.set(requestId, { url: response.url, text: "", stream: true });
    texts.push(open.get(requestId));
    // It may be over by now, and then its text cannot be had any more; nothing is known of what was not heard.
    const { bufferedData } = await session.send("Network.streamResourceContent", { requestId }).catch(() => ({ bufferedData: "" }));
    hear(requestId, bufferedData);
  });
  session.on("Network.dataReceived", ({ requestId, data }) => data && open.has(requestId) && hear(requestId, data));
}
