/** One signal: what happened, and unfolded everything that is known of it. */
import { add, h, uid } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { words } from "../../core/format.js";
import { chips, facts, pending } from "../../core/parts.js";
import { icon } from "../../core/icons.js";
import { monogram } from "../../core/monogram.js";
import { outside } from "./accounts.js";
import { exact, timeOfDay } from "./moments.js";
import { payload } from "./payload.js";
import { kindWords, subjectWords } from "./words.js";

/** `known` is the promise of accounts.js; `signal` ends what it asks for. */
export function row(one, { known, signal }) {
  const id = uid("signal");
  const more = h("div", { class: "signal-more", id, hidden: true });
  const name = `${kindWords(one.kind)}: ${subjectWords(one)}`;
  const toggle = h("button", { type: "button", class: "row-link", "aria-expanded": "false", "aria-controls": id, "aria-label": name, onclick: () => {
    const open = toggle.getAttribute("aria-expanded") !== "true";
    toggle.setAttribute("aria-expanded", String(open));
    more.hidden = !open;
    if (open && more.childElementCount === 0) add(more, about(one, known, signal), whole(one, name, signal));
  } }, kindWords(one.kind));
  return h("li", { class: "signal" },
    h("div", { class: "row" },
      monogram(one.provider, one.provider, 28),
      h("div", { class: "row-words" }, toggle, h("span", { class: "muted" }, [subjectWords(one), one.container?.name, one.actor?.name].filter(Boolean).join(" · "))),
      h("span", { class: "muted" }, timeOfDay(one.occurred_at)),
      icon("next")),
    more);
}

function about(one, known, signal) {
  const { subject, container, actor } = one;
  const make = ({ named, nameOf }) => facts([
    ["Kind", h("code", {}, one.kind)],
    ["Subject", [words(subject.type), " ", subject.number && h("code", {}, subject.number), " ", outside(subject.url, `Open at ${named(one.provider).name}`, " ", icon("external", 12))]],
    ["Where", container && (outside(container.url, container.name ?? container.external_id, " ", icon("external", 12)) ?? container.name ?? container.external_id)],
    ["By", actor && `${actor.name ?? actor.external_id}${actor.is_bot ? ", a program" : ""}`],
    ["Changed", one.changes.length > 0 ? chips(one.changes, { label: "Changed" }) : null],
    ["Happened", exact(one.occurred_at)],
    ["Arrived", exact(one.received_at)],
    ["Connection", one.connection_id && h("a", { href: `/console/connections/${one.connection_id}` }, nameOf(one.connection_id))],
    ["Came by", one.delivery_id ? h("a", { href: `/console/deliveries/${one.delivery_id}` }, "The delivery it was read from") : "No delivery: it was noticed here."],
  ]);
  return pending(() => Promise.race([known, ended(signal)]), make, { lines: 5 });
}

/** Never answers, and fails once the page is left. */
const ended = (signal) => new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason), { once: true }));

function whole(one, name, signal) {
  const none = h("p", { class: "muted" }, "Nothing is kept of what the provider sent.");
  return h("div", {}, h("h3", {}, "Payload"), pending(() => payloadOf(one, signal), (found) => (found ? payload(found, `payload of ${name}`) : none), { lines: 5 }));
}

/** Payloads are told with a page of signals only: it is the page of this very moment. */
async function payloadOf(one, signal) {
  const before = new Date(Date.parse(one.occurred_at) + 1).toISOString();
  const query = { provider: one.provider, kind: one.kind, connection_id: one.connection_id, occurred_after: one.occurred_at, occurred_before: before, include_payload: true, limit: 20 };
  const more = api.pages("/signals", "signals", { signal, query });
  for (let page = await more(); page; page = await more()) {
    const found = page.find(({ id }) => id === one.id);
    if (found) return found.payload;
  }
  return null;
}
