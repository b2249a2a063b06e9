/** Which signals: kept in the address, so that a link shows the same. */
import { fill, h, uid } from "../../core/dom.js";
import { button } from "../../core/parts.js";
import { field } from "../../core/form.js";
import { icon } from "../../core/icons.js";
import { setQuery } from "../../core/router.js";
import { KINDS } from "./kinds.js";
import { exact, fromLocal, toLocal } from "./moments.js";
import { kindWords } from "./words.js";

/** By the names that GET /signals has for them. */
const NAMES = { provider: "Provider", connection_id: "Connection", kind: "Kind", occurred_after: "From", occurred_before: "Until" };

/** What the address says, `{ provider: "github" }`. */
export function chosen(query) {
  return Object.fromEntries(Object.keys(NAMES).map((name) => [name, query.get(name) ?? ""]));
}

/** The choices and what is chosen. `known` is the promise of accounts.js, `changed()` hears when `filter` has been changed. */
export function filters(filter, known, changed) {
  const [form, marks] = [h("div", { class: "signals-fields" }), h("ul", { class: "signals-marks", "aria-label": "Filters that are on" })];
  let words = null;

  /** What is chosen in a field leaves the fields as they are: somebody is in one of them. */
  function choose(name, value) {
    filter[name] = value;
    setQuery({ [name]: value });
    drawMarks();
    changed();
  }

  function clear(names) {
    for (const name of names) filter[name] = "";
    setQuery(filter);
    draw();
    changed();
    fold.querySelector("summary").focus();
  }

  function draw() {
    drawMarks();
    if (words) fill(form, fields());
  }

  function drawMarks() {
    const on = Object.keys(NAMES).filter((name) => filter[name]);
    const all = button("Clear all", { kind: "quiet", small: true, onclick: () => clear(on) });
    fill(marks, on.map((name) => h("li", {}, mark(name))), on.length > 1 && h("li", {}, all));
    marks.hidden = on.length === 0;
  }

  function mark(name) {
    const value = told(name, filter[name]);
    return h("button", { type: "button", class: "signals-mark", onclick: () => clear([name]) },
      h("span", { class: "unseen" }, "Remove the filter "), `${NAMES[name]}: `, value, icon("close", 12));
  }

  function told(name, value) {
    if (name === "kind") return kindWords(value);
    if (name === "provider") return words?.named(value).name ?? value;
    if (name === "connection_id") return words?.nameOf(value) ?? "one";
    return Number.isNaN(Date.parse(value)) ? value : exact(value);
  }

  function fields() {
    const { connections, named, nameOf } = words;
    const slugs = [...new Set([...connections.map((one) => one.provider), filter.provider])].filter(Boolean);
    const any = { value: "", label: "Any" };
    return [
      pick("provider", [any, ...slugs.map((value) => ({ value, label: named(value).name }))]),
      pick("connection_id", [any, ...connections.map(({ id }) => ({ value: id, label: nameOf(id) }))]),
      pick("kind", [any, ...Object.entries(KINDS).map(([label, kinds]) => ({ label, options: kinds.map((value) => ({ value, label: kindWords(value) })) }))]),
      moment("occurred_after"),
      moment("occurred_before"),
    ];
  }

  function pick(name, options) {
    const id = uid(name);
    const option = (one) => (one.options ? h("optgroup", { label: one.label }, one.options.map(option)) : h("option", { value: one.value, selected: one.value === filter[name] }, one.label));
    const select = h("select", { id, name, onchange: () => choose(name, select.value) }, options.map(option));
    return h("div", { class: "field" }, h("label", { for: id }, NAMES[name]), select);
  }

  const moment = (name) => field(name, NAMES[name], { type: "datetime-local", value: toLocal(filter[name]), onchange: (event) => choose(name, fromLocal(event.target.value)) });

  const fold = h("details", { class: "unfold signals-filters" }, h("summary", {}, "Filter"), form);
  fold.open = Object.values(filter).some(Boolean);
  draw();
  known.then((found) => ((words = found), draw()), () => {});
  return [fold, marks];
}
