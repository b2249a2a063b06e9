/** The tools of one account, or of this service itself, each with what is allowed of it. */
import { add, fill, h } from "../../core/dom.js";
import { badge, button, callout, linkButton, section, segments } from "../../core/parts.js";
import { count, relative } from "../../core/format.js";
import { icon } from "../../core/icons.js";
import { monogram } from "../../core/monogram.js";
import { words } from "../../core/format.js";
import { sourceTrouble } from "./words.js";

const CHOICES = [{ value: "denied", label: "Denied" }, { value: "each_call", label: "Ask" }, { value: "never", label: "Allowed" }];

/** `{ element, words, draw(), filter(fits, isNarrow) }`; `filter` says how many are left. `changed()` hears of each choice. */
export function sourceView(source, provider, list, changed, away) {
  const account = source.label || source.display_name;
  const title = provider ? `${provider.name}${account ? `, ${account}` : ""}` : "Connectors itself";
  const rows = h("ul", { class: "rows", "aria-label": `Tools of ${title}` });
  const quick = button("Allow reading, ask for the rest", { kind: "quiet", small: true, "aria-label": `Allow reading, ask for the rest: ${title}`, onclick: () => {
    for (const tool of source.tools) list.choose(source.id, tool.name, tool.says_read_only ? "never" : "each_call");
    draw();
    changed();
  } });
  const why = sourceTrouble(source);
  const kept = away.filter((entry) => entry.source === source.id).length;
  const element = section(title, { actions: source.tools.length > 0 ? [quick] : [], class: "agent-source" },
    why && callout("warn", `${why[0]}.`, [source.reason, source.retry_at && `Try again ${relative(source.retry_at)}.`].filter(Boolean).join(" "), why[1] && linkButton("Open the connection", `/console/connections/${source.id}`, { small: true })),
    why && h("p", { class: "muted" }, kept > 0 ? `${count(kept, "tool of it is", "tools of it are")} allowed, and can be used again when that is over.` : "Nothing of it is allowed."),
    !why && source.tools.length === 0 && h("p", { class: "muted" }, "It offers no tools."),
    source.tools.length > 0 && rows);
  element.querySelector("h2").prepend(provider ? monogram(provider.slug, provider.name, 20) : icon("link"));

  const made = source.tools.map((tool) => ({ tool, ...toolRow(tool, source, list, changed) }));
  function draw() {
    for (const one of made) one.draw();
  }
  function filter(fits, isNarrow) {
    const shown = made.filter(({ tool }) => fits(tool, list.choice(source.id, tool.name)));
    fill(rows, shown.map((one) => one.element));
    element.hidden = isNarrow && shown.length === 0;
    return shown.length;
  }
  return { element, words: title, draw, filter };
}

function toolRow(tool, source, list, changed) {
  const name = tool.title || words(tool.name);
  const choice = h("div", { class: "agent-choice" });
  const draw = () => fill(choice, segments(name, CHOICES, list.choice(source.id, tool.name), (value) => (list.choose(source.id, tool.name, value), changed())));
  const limits = Object.entries(tool.allowed?.arguments ?? {});
  const element = h("li", { class: "row agent-tool" },
    h("div", { class: "row-words" },
      h("p", { class: "agent-tool-name" }, h("strong", {}, name), h("code", { class: "muted" }, tool.name), tool.says_read_only ? badge("Says it only reads") : badge("May change things", "warn")),
      tool.description && h("p", { class: "muted agent-tool-about" }, tool.description),
      tool.standing === "changed" && h("p", { class: "row-why" }, "It says something else of itself than when you allowed it, and is not used until you decide again."),
      limits.length > 0 && h("p", { class: "muted" }, "Only where ", limits.map(([pointer, limit], at) => [at > 0 && ", ", h("code", {}, `${pointer} ${limitWords(limit)}`)]), "."),
      schema(tool, name)),
    choice);
  draw();
  return { element, draw };
}

function schema(tool, name) {
  const members = Object.keys(tool.input_schema?.properties ?? {});
  if (members.length === 0) return null;
  const place = h("div", {});
  return h("details", { class: "agent-schema", ontoggle: () => !place.firstChild && add(place, h("pre", { tabindex: 0, "aria-label": `Input of ${name}` }, JSON.stringify(tool.input_schema, null, 2))) },
    h("summary", {}, "Takes ", count(members.length, "value"), h("span", { class: "unseen" }, ` (${name})`)), place);
}

function limitWords(limit) {
  if (limit === "absent") return "is not given";
  if ("equals" in limit) return `is ${JSON.stringify(limit.equals)}`;
  if ("one_of" in limit) return `is one of ${limit.one_of.map((value) => JSON.stringify(value)).join(", ")}`;
  return `begins with ${JSON.stringify(limit.prefix)}`;
}

/** What is allowed and was not found, to be kept or forgotten. */
export function missing(entries, sources, named, list, changed) {
  const place = h("div", {});
  if (entries.length === 0) return { element: place, draw: () => {} };
  const rows = entries.map((entry) => {
    const source = sources.find((one) => one.id === entry.source);
    const whose = source?.provider ? `${named(source.provider).name}, ${source.label || source.display_name}` : source ? "Connectors itself" : "a connection that is gone";
    const choice = h("div", { class: "agent-choice" });
    const draw = () => fill(choice, segments(words(entry.name), [{ value: "denied", label: "Forget" }, { value: entry.approval, label: "Keep" }], list.choice(entry.source, entry.name), (value) => (list.choose(entry.source, entry.name, value), changed())));
    return { draw, element: h("li", { class: "row agent-tool" }, h("div", { class: "row-words" }, h("p", { class: "agent-tool-name" }, h("strong", {}, words(entry.name)), h("code", { class: "muted" }, entry.name)), h("p", { class: "muted" }, `Of ${whose}, which has no such tool any more.`)), choice) };
  });
  add(place, section("Allowed, and not found", {}, h("ul", { class: "rows", "aria-label": "Allowed, and not found" }, rows.map((row) => row.element))));
  return { element: place, draw: () => rows.forEach((row) => row.draw()) };
}
