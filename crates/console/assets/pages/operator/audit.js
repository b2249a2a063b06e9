/** The audit log: who did what, to what, and whether the log's chain says the same. */
import { add, fill, h } from "../../core/dom.js";
import { badge, callout, empty, facts, growing, heading } from "../../core/parts.js";
import { field, form } from "../../core/form.js";
import { setQuery } from "../../core/router.js";
import { number, time } from "../../core/format.js";
import { framed } from "./frame.js";
import { operatorApi } from "./token.js";

const FILTERS = ["actor", "action", "target", "occurred_after", "occurred_before", "scope", "erased"];
/** The nil UUID: lines that belong to no tenant. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

export async function render(element, context) {
  const { id } = context.params;
  await framed(element, context, { tenant: id, draw: (place) => draw(place, operatorApi(id), context) });
}

function draw(place, api, { query, signal }) {
  const [chain, list] = [h("div", {}), h("div", {})];
  const asked = Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
  const show = (filter) => {
    fill(chain);
    fill(list, growing(pages(api, filter, signal, (end) => fill(chain, chained(end))), line, {
      label: "Audit log, newest first", none: empty("book", "Nothing is written of this", "No line has all that is asked for."),
    }));
  };
  add(place, heading("Audit log", { lead: "Who did what, newest first. Nobody can change a line without the chain showing it." }), chain, filters(asked, show), list);
  show(asked);
}

/** As `api.pages`, and tells the chain's end of the first page. */
function pages(api, filter, signal, tell) {
  let cursor;
  const more = async () => {
    if (cursor === null) return null;
    const page = await api.get("/audit", { signal, query: { ...filter, limit: 50, cursor } });
    if (cursor === undefined) tell(page.chain);
    cursor = page.next_cursor;
    return page.lines;
  };
  more.ended = () => cursor === null;
  return more;
}

function chained(end) {
  if (!end) return callout("info", "No line is chained yet", "Lines are chained about a second after they are written.");
  const whose = end.tenant_id === NOBODY ? "The deployment’s own chain" : "The chain";
  return callout("info", `${whose} reaches line ${number(end.seq)}`, h("span", {},
    "Chained ", time(end.chained_at), ". “connectors audit verify” checks that no line was changed or taken out; keep this end elsewhere to notice an older copy: ",
    h("code", {}, `${end.tenant_id}:${end.seq}:${end.hash}`)));
}

function filters(asked, show) {
  const isFiltered = FILTERS.some((name) => asked[name]);
  return h("details", { class: "unfold operator-filters", open: isFiltered },
    h("summary", {}, "Filter"),
    form([
      h("div", { class: "operator-fields" },
        field("actor", "By whom", { optional: true, value: asked.actor ?? "", placeholder: "operator:1f0c9a7b", autocomplete: "off", spellcheck: "false" }),
        field("action", "What was done", { optional: true, value: asked.action ?? "", placeholder: "token.vend", autocomplete: "off", spellcheck: "false" }),
        field("target", "To what", { optional: true, value: asked.target ?? "", placeholder: "an id", autocomplete: "off", spellcheck: "false" }),
        field("occurred_after", "From", { type: "datetime-local", optional: true, value: local(asked.occurred_after) }),
        field("occurred_before", "Until", { type: "datetime-local", optional: true, value: local(asked.occurred_before) }),
        field("scope", "Which log", { value: asked.scope ?? "", options: [{ value: "", label: "This tenant’s" }, { value: "app", label: "What belongs to no tenant" }] }),
        field("erased", "Name of an erased tenant", { optional: true, value: asked.erased ?? "", autocomplete: "off", spellcheck: "false", hint: "With “What belongs to no tenant”: as the tenant’s page tells it." })),
    ], {
      submit: "Show these",
      work: async (given) => {
        const filter = Object.fromEntries(FILTERS.map((name) => [name, name.startsWith("occurred") ? instant(given[name]) : given[name].trim() || null]));
        setQuery(filter);
        show(filter);
      },
    }));
}

const instant = (text) => (text ? new Date(text).toISOString() : null);

/** What `datetime-local` takes: this machine's own time, to the minute. */
function local(text) {
  const date = text ? new Date(text) : null;
  if (!date || Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function line(one) {
  const hasDetail = one.detail && Object.keys(one.detail).length > 0;
  return h("li", { class: "operator-unfolding" }, h("details", { class: "unfold" },
    h("summary", {},
      h("span", { class: "row-words" }, h("strong", {}, one.action), h("span", { class: "muted" }, `${one.actor} · ${one.target}`)),
      h("span", { class: "muted row-time" }, time(one.occurred_at))),
    facts([
      ["By", h("code", {}, one.actor)],
      ["To", h("code", {}, one.target)],
      ["Request", one.request_id && h("code", {}, one.request_id)],
      ["From the address", one.address && h("code", {}, one.address)],
      ["In the chain", one.seq === null ? "not yet" : ["line ", number(one.seq)]],
      ["Hash", one.hash && h("code", {}, one.hash)],
      ["Person", one.erased && badge("Erased: these are pseudonyms", "quiet")],
    ]),
    hasDetail && h("pre", { tabindex: 0, "aria-label": "Detail" }, JSON.stringify(one.detail, null, 2))));
}
