/** Short words about what has just happened. They are read out, and go by themselves. */
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** Long enough to read two lines. */
const SHOWN_MS = 6000;

/** Says it. `tone`: `good`, `bad` or `info`. What has to be acted on belongs into the page instead. */
export function toast(text, tone = "good") {
  const toasts = document.getElementById("toasts");
  const timer = setTimeout(() => one.remove(), SHOWN_MS);
  const close = h("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", onclick: () => (clearTimeout(timer), one.remove()) }, icon("close"));
  const one = h("div", { class: `toast ${tone}` }, icon(tone === "bad" ? "alert" : tone === "info" ? "info" : "check"), h("span", {}, text), close);
  // Over an open dialog everything else is inert: there the words stand in it.
  const dialog = document.querySelector("dialog[open] .toast-here");
  (dialog ?? toasts).append(one);
}
