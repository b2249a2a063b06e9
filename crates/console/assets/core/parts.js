/** The pieces that pages are made of. Their looks are in styles/parts.css, under the same names. */
import { h, uid } from "./dom.js";
import { icon } from "./icons.js";
import { advice, summary } from "./problem.js";

/** The top of a page: its one h1, a sentence, and what can be done. */
export function heading(title, { lead, actions = [], above } = {}) {
  return h("div", { class: "heading" },
    above,
    h("div", { class: "heading-row" },
      h("div", { class: "heading-words" }, h("h1", {}, title), lead && h("p", { class: "lead" }, lead)),
      actions.length > 0 && h("div", { class: "actions" }, actions)));
}

/** A titled part of a page. `actions` stand at its right. */
export function section(title, { actions = [], class: name = "" } = {}, ...children) {
  const id = uid("section");
  return h("section", { class: `section ${name}`, "aria-labelledby": id },
    h("div", { class: "section-head" }, h("h2", { id }, title), h("div", { class: "actions" }, actions)),
    children);
}

/** A button. `kind`: `primary`, `plain`, `quiet` or `danger`; `icon`: a name of icons.js. */
export function button(label, { kind = "plain", icon: sign, onclick, type = "button", small = false, ...rest } = {}) {
  return h("button", { type, class: `button ${kind}${small ? " small" : ""}`, onclick, ...rest }, sign && icon(sign), h("span", {}, label));
}

/** A link that looks like one. */
export function linkButton(label, href, { kind = "plain", icon: sign, small = false, ...rest } = {}) {
  return h("a", { href, class: `button ${kind}${small ? " small" : ""}`, ...rest }, sign && icon(sign), h("span", {}, label));
}

/** Runs `work` while the button says that it is busy; a second press meanwhile does nothing. What it throws, it throws. */
export async function busy(element, work) {
  if (element.getAttribute("aria-busy") === "true") return undefined;
  element.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    element.removeAttribute("aria-busy");
  }
}

/** A state in one or two words. `tone`: `good`, `warn`, `bad`, `info` or `quiet`. */
export function badge(text, tone = "quiet") {
  return h("span", { class: `badge ${tone}` }, h("span", { class: "dot", "aria-hidden": "true" }), text);
}

/** Words of the API, such as scopes. `tone: "gone"` strikes them through. */
export function chips(texts, { tone = "", label } = {}) {
  return h("ul", { class: `chips ${tone}`, "aria-label": label }, texts.map((text) => h("li", {}, h("code", {}, text))));
}

/** A box that says what is the matter and what to do. */
export function callout(tone, title, text, ...actions) {
  const sign = { good: "check", info: "info", warn: "alert", bad: "alert" }[tone];
  return h("div", { class: `callout ${tone}`, role: tone === "bad" ? "alert" : null },
    icon(sign),
    h("div", { class: "callout-words" }, h("p", { class: "callout-title" }, title), text && h("p", {}, text)),
    actions.length > 0 && h("div", { class: "actions" }, actions));
}

/** What failed, what to do, and the number to quote. `retry`: what the button does. */
export function failure(problem, { retry } = {}) {
  const number = problem.requestId && h("p", { class: "quote" }, "Request ", h("code", {}, problem.requestId));
  return h("div", { class: "callout bad", role: "alert" },
    icon("alert"),
    h("div", { class: "callout-words" }, h("p", { class: "callout-title" }, summary(problem)), advice(problem) && h("p", {}, advice(problem)), number),
    retry && h("div", { class: "actions" }, button("Try again", { onclick: retry, small: true })));
}

/** Where there is nothing yet: why, and what to do about it. */
export function empty(sign, title, text, ...actions) {
  return h("div", { class: "empty" }, icon(sign, 24), h("p", { class: "empty-title" }, title), text && h("p", {}, text), h("div", { class: "actions" }, actions));
}

/** Grey lines while data is on its way. */
export function skeleton(lines = 3) {
  return h("div", { class: "bones", "aria-hidden": "true" }, h("div", { class: "bone bone-title" }), Array.from({ length: lines }, () => h("div", { class: "bone" })));
}

/** Names and values: `facts([["Provider", "GitHub"], …])`. What is null is left out. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** One of few, as buttons in a row. `choices`: `[{ value, label }]`; `onpick(value)` hears of each change. */
export function segments(label, choices, chosen, onpick) {
  const name = uid("segments");
  return h("fieldset", { class: "segments" }, h("legend", { class: "unseen" }, label), choices.map(({ value, label: words }) =>
    h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onpick(value) }), h("span", {}, words))));
}

/**
 * A list that grows: shows the first page at once, and a button while there are more. `more()` is that of `api.pages`; `row(item)` gives
 * a list item. Ends with `none` where there is nothing at all.
 */
export function growing(more, row, { class: name = "rows", none, label }) {
  const list = h("ul", { class: name, "aria-label": label });
  const foot = h("div", { class: "foot" });
  const whole = h("div", {}, list, foot);
  async function grow() {
    try {
      const items = (await more()) ?? [];
      const from = list.children.length;
      list.append(...items.map(row));
      if (from === 0 && items.length === 0) return whole.replaceChildren(none);
      // Whoever pressed the button goes on where the new ones begin.
      if (from > 0) list.children[from]?.querySelector("a, button")?.focus();
      const next = items.length === 0 || more.ended?.() ? [] : [button("Show more", { kind: "quiet", onclick: (event) => busy(event.currentTarget, grow) })];
      foot.replaceChildren(...next);
    } catch (error) {
      if (error.name !== "AbortError") foot.replaceChildren(failure(error, { retry: grow }));
    }
  }
  foot.append(skeleton(2));
  grow();
  return whole;
}

/** A part of the page that waits for data: grey lines, then what `make(data)` gives, or the failure with a way to try again. */
export function pending(load, make, { lines = 3 } = {}) {
  const place = h("div", { "aria-busy": "true" }, skeleton(lines));
  async function run() {
    try {
      const data = await load();
      place.replaceChildren(...[make(data)].flat(Infinity).filter(Boolean));
    } catch (error) {
      if (error.name === "AbortError") return;
      place.replaceChildren(failure(error, { retry: () => (place.replaceChildren(skeleton(lines)), run()) }));
    }
    place.removeAttribute("aria-busy");
  }
  run();
  return place;
}
