/** What a provider has sent, to read and to copy. It is shown as text, whatever it is. */
import { h } from "../../core/dom.js";
import { bytes } from "../../core/format.js";
import { button, busy } from "../../core/parts.js";
import { toast } from "../../core/toast.js";

/** More than this takes the browser too long to lay out. Copying copies everything. */
const MOST_SHOWN = 200_000;

/** A box that scrolls. `value` is text or anything that is JSON; `label` names it for screen readers. */
export function payload(value, label) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const isCut = text.length > MOST_SHOWN;
  const copy = button("Copy", { kind: "plain", small: true, "aria-label": `Copy ${label}`, onclick: () => busy(copy, () => toClipboard(text)) });
  return h("div", { class: "signals-payload" },
    h("pre", { tabindex: 0, role: "group", "aria-label": label }, isCut ? text.slice(0, MOST_SHOWN) : text),
    h("div", { class: "signals-payload-end" },
      isCut && h("span", { class: "muted" }, `The first ${bytes(MOST_SHOWN)} of ${bytes(text.length)}. Copying copies all of it.`),
      copy));
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser does not let this page copy. Select the text and copy it yourself.", "bad");
  }
}
