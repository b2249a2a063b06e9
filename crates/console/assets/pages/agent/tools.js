/** What the agent may use: every tool that was found, allowed, asked about or denied, and saved as one list. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count } from "../../core/format.js";
import { button, busy, callout, failure, heading, pending, segments } from "../../core/parts.js";
import { icon } from "../../core/icons.js";
import { isAbort } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { bySlug } from "../connections/providers.js";
import { allowList } from "./allow-list.js";
import { missing, sourceView } from "./source.js";

const FILTERS = [{ value: "", label: "All" }, { value: "allowed", label: "Allowed" }, { value: "writes", label: "Write" }, { value: "changed", label: "Changed" }];

export function render(element, { signal }) {
  add(element,
    heading("What the agent may use", {
      above: h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "/console/agent" }, "Agent"), icon("next"), h("span", { "aria-current": "page" }, "What it may use")),
      lead: "Nothing is allowed until you allow it. The tools and what they say of themselves come from your accounts’ providers.",
    }),
    pending(async () => {
      const [named, found] = await Promise.all([bySlug(), api.get("/agent/tools", { signal })]);
      return { named, found };
    }, ({ named, found }) => editor(found, named, signal), { lines: 6 }));
}

function editor(found, named, signal) {
  const list = allowList(found);
  // Those of a source that cannot be asked now are told of with it; they are not gone.
  const isAway = (entry) => found.sources.some((source) => source.id === entry.source && source.state !== "ok");
  const sources = found.sources.map((source) => sourceView(source, source.provider ? named(source.provider) : null, list, changed, found.missing));
  const gone = missing(found.missing.filter((entry) => !isAway(entry)), found.sources, named, list, changed);
  let [text, filter] = ["", ""];
  const [said, none, trouble, counted] = [h("p", { class: "summary", role: "status" }), h("div", {}), h("div", {}), h("p", { role: "status" })];
  const search = h("input", { type: "search", placeholder: "Search tools", "aria-label": "Search tools", autocomplete: "off", spellcheck: "false", oninput: () => ((text = search.value), draw()) });
  const save = button("Save", { kind: "primary", onclick: () => busy(save, store) });
  const discard = button("Discard", { kind: "quiet", onclick: () => {
    list.discard();
    redraw();
    search.focus({ preventScroll: true });
  } });
  const bar = h("div", { class: "agent-save", role: "region", "aria-label": "Changes" }, trouble, h("div", { class: "agent-save-row" }, counted, h("div", { class: "actions" }, discard, save)));

  function draw() {
    const word = text.trim().toLowerCase();
    const shown = sources.reduce((sum, source) => sum + source.filter((tool, choice) => fits(tool, choice, filter) && (!word || `${tool.name} ${tool.title ?? ""} ${tool.description} ${source.words}`.toLowerCase().includes(word)), Boolean(word || filter)), 0);
    said.textContent = word || filter ? `${count(shown, "tool")} found` : summaryOf(list);
    gone.element.hidden = Boolean(word) || !["", "changed"].includes(filter);
    fill(none, shown === 0 && (word || filter) && h("p", { class: "muted agent-none" }, "No tool fits. Search for something else, or show all."));
  }

  function changed() {
    const many = list.changes();
    counted.textContent = many > 0 ? `${count(many, "change")} not saved` : "All is saved";
    bar.hidden = many === 0;
    if (!text && !filter) said.textContent = summaryOf(list);
  }

  function redraw() {
    for (const source of sources) source.draw();
    gone.draw();
    fill(trouble);
    draw();
    changed();
  }

  async function store() {
    fill(trouble);
    const entries = list.entries();
    try {
      await api.put("/agent/tools", { tools: entries }, { signal });
    } catch (error) {
      if (!isAbort(error)) fill(trouble, refused(error, entries, (source) => (list.forget(source), redraw(), busy(save, store))));
      return;
    }
    list.saved();
    redraw();
    search.focus({ preventScroll: true });
    toast(`Saved: ${summaryOf(list)}`);
  }

  addEventListener("beforeunload", (event) => list.changes() > 0 && event.preventDefault(), { signal });
  redraw();
  return [h("div", { class: "bar" }, h("div", { class: "search" }, icon("search"), search), segments("Which", FILTERS, "", (value) => ((filter = value), draw()))),
    said, sources.map((source) => source.element), gone.element, none, bar];
}

function fits(tool, choice, filter) {
  if (filter === "allowed") return choice === "never" || choice === "each_call";
  if (filter === "writes") return !tool.says_read_only;
  return filter === "changed" ? tool.standing === "changed" : true;
}

function summaryOf(list) {
  const { free, asked } = list.sums();
  if (free + asked === 0) return "Nothing is allowed.";
  return `${count(free + asked, "tool is", "tools are")} allowed${asked > 0 ? `; before ${asked === free + asked ? "each" : asked} of them you are asked` : ""}.`;
}

/** A refusal by the name of what it is about; the whole list stayed as it was. `without(source)` saves what is left without one. */
function refused(error, entries, without) {
  const fault = error.errors?.[0];
  const entry = entries[/^#\/tools\/(\d+)/.exec(fault?.pointer ?? "")?.[1]];
  if (!entry) return failure(error);
  if (!fault.pointer.endsWith("/source")) return callout("bad", "Nothing was saved", `“${entry.name}”: ${fault.detail}.`);
  return callout("bad", "Nothing was saved", `The connection of “${entry.name}” is not there any more.`,
    button("Save without its tools", { small: true, onclick: () => without(entry.source) }));
}
