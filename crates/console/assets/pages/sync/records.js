/** The newest records of a stream. The API lists them in the order in which they were written, so the end is looked for first. */
import { fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count, time } from "../../core/format.js";
import { button, empty, pending } from "../../core/parts.js";
import { recordTitle } from "./words.js";

/** Shown at once, and all that are looked at. */
const [FEW, MANY] = [20, 100];
/** Of the time there is, until the end of it has few enough: each is a call. A month comes down to ten minutes. */
const HALVINGS = 12;

export function newestRecords(source, name, signal) {
  return h("div", {}, h("h3", { class: "sync-heading" }, "Newest records"), pending(() => newest(source, signal), (records) => list(records, name), { lines: 4 }));
}

/** The last hundred, newest first, or as many as were written together at the end. */
async function newest(source, signal) {
  const ask = (after, more) => api.get(source, { signal, query: { limit: MANY, include_deleted: true, updated_after: after && new Date(after).toISOString(), ...more } });
  let page = await ask(null);
  if (page.next_cursor) {
    let [low, high, best] = [Date.parse(page.records[0].updated_at), Date.now(), null];
    for (let at = 0; at < HALVINGS && high - low > 1000; at += 1) {
      const middle = (low + high) / 2;
      const tried = await ask(middle, { include_data: false });
      if (tried.next_cursor) low = middle;
      else if (tried.records.length === 0) high = middle;
      else {
        best = middle;
        break;
      }
    }
    page = await ask(best ?? low);
    // Written in one go: the last page of them has the newest.
    for (let at = 0; page.next_cursor && at < 5; at += 1) page = await ask(best ?? low, { cursor: page.next_cursor });
  }
  return page.records.reverse();
}

function list(records, name) {
  if (records.length === 0) return empty("inbox", `No records of ${name} yet`, "They come with the next run, or with “Sync now”.");
  const rows = h("ul", { class: "rows tight", "aria-label": `Newest records of ${name}` });
  const foot = h("div", { class: "foot" });
  const draw = (many) => {
    const from = rows.children.length;
    rows.append(...records.slice(from, many).map(row));
    if (from > 0) rows.children[from]?.querySelector("summary")?.focus();
    fill(foot, many < records.length && button(`Show ${Math.min(FEW, records.length - many)} more`, { kind: "quiet", onclick: () => draw(many + FEW) }));
  };
  draw(FEW);
  return [h("p", { class: "summary" }, `The ${count(records.length, "record")} that were written last, newest first.`), rows, foot];
}

function row(record) {
  const place = h("div", {});
  const unfold = (event) => {
    if (event.target.open && !place.firstChild) fill(place, body(record));
  };
  return h("li", { class: "sync-record" }, h("details", { ontoggle: unfold },
    h("summary", {}, h("span", { class: "sync-record-title" }, recordTitle(record)), h("span", { class: "muted" }, "fetched ", time(record.updated_at))),
    place));
}

function body(record) {
  if (record.deleted) return h("p", { class: "muted" }, "It is gone at the provider; what it was is not kept. Its id was ", h("code", {}, record.external_id), ".");
  const link = record.shape?.url;
  return [
    h("p", { class: "muted sync-record-facts" }, "Id ", h("code", {}, record.external_id), record.changed_at && [", changed at the provider ", time(record.changed_at)], ". ",
      link && h("a", { href: link, target: "_blank", rel: "noreferrer" }, "Open at the provider")),
    h("pre", { tabindex: 0, "aria-label": "The provider’s data" }, JSON.stringify(record.data ?? null, null, 2)),
  ];
}
