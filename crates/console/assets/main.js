/** Puts the console together: who is signed in, the frame, and the page of this address. */
import { frame, mark } from "./core/shell.js";
import { fill, h } from "./core/dom.js";
import { failure } from "./core/parts.js";
import { refreshTimes } from "./core/format.js";
import { pages } from "./pages/index.js";
import { session } from "./core/session.js";
import { start } from "./core/router.js";

const main = document.getElementById("main");
try {
  await session.load();
  frame(pages);
  start(pages, main, mark);
  setInterval(refreshTimes, 30_000);
} catch (error) {
  fill(main, h("div", { class: "page" }, h("h1", {}, "Connectors"), failure(error, { retry: () => location.reload() })));
}
