/** Another product: a page of another origin that has our button, served from here. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { settings } from "./settings.mjs";

const FILES = new URL("../../embed/", import.meta.url);
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css" };
/** One of the frontends that `make dev` trusts, beside our own. */
const PORT = 3000;

/** `{ url, close() }`. */
export async function embedding() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    const type = /^\w+\.(\w+)$/.exec(name)?.[1];
    try {
      // The page names the usual address of the service, which may have another port here.
      const text = readFileSync(new URL(name, FILES), "utf8").replaceAll("https://localhost", settings.url);
      response.writeHead(200, { "content-type": TYPES[type] }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done, failed) => server.once("error", failed).listen(PORT, "127.0.0.1", done));
  return { url: `http://localhost:${PORT}`, close: () => new Promise((done) => server.close(done)) };
}
