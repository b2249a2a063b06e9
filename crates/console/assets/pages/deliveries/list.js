/** What the providers have sent, what became of each, and having it read again. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { bytes, count, time } from "../../core/format.js";
import { badge, button, busy, empty, growing, heading, segments } from "../../core/parts.js";
import { field } from "../../core/form.js";
import { isAbort, summary } from "../../core/problem.js";
import { monogram } from "../../core/monogram.js";
import { setQuery } from "../../core/router.js";
import { toast } from "../../core/toast.js";
import { bySlug, providers } from "../connections/providers.js";
import { refusedTab } from "./refused.js";
import { replayButton, replayDead } from "./replay.js";
import { watch } from "./watch.js";
import { called, fault, STATES, state } from "./words.js";

const TABS = [{ value: "", label: "All" }, { value: "dead", label: "Dead letters" }, { value: "refused", label: "Refused" }];
const PAGE = 50;

export async function render(element, { query, signal }) {
  const [named, all] = await Promise.all([bySlug(), providers()]);
  const filter = { state: query.get("state") ?? "", provider: query.get("provider") ?? "" };
  let tab = query.get("show") === "refused" ? "refused" : filter.state === "dead" ? "dead" : "";
  const [bar, place, news] = [h("div", {}), h("div", {}), h("p", { class: "unseen", role: "status" })];
  let shown = null;

  function pick(value) {
    tab = value;
    filter.state = value === "dead" ? "dead" : "";
    setQuery({ show: value === "refused" ? value : null, state: filter.state });
    draw();
  }

  function choose(name, value) {
    filter[name] = value;
    setQuery({ [name]: value });
    load();
  }

  function draw() {
    fill(bar, tab !== "refused" && choices({ tab, filter, named, all, choose, signal, load, replayed: () => shown.replayed() }));
    load();
  }

  function load() {
    shown?.stop();
    const visit = new AbortController();
    const until = AbortSignal.any([signal, visit.signal]);
    const list = tab === "refused" ? { element: refusedTab({ named, signal: until }), replayed() {} } : deliveries({ filter: { ...filter }, named, news, signal: until });
    shown = { stop: () => visit.abort(), replayed: list.replayed };
    fill(place, list.element);
  }

  add(element,
    heading("Deliveries", { lead: "What the providers have sent, and what became of it." }),
    segments("Which", TABS, tab, pick), bar, news, place);
  draw();
}

/** `filter.provider` is chosen among those that can send something. */
function choices({ tab, filter, named, all, choose, signal, load, replayed }) {
  const any = { value: "", label: "Any" };
  const states = Object.entries(STATES).map(([value, [label]]) => ({ value, label }));
  const senders = all.filter((one) => one.capabilities.webhooks && (one.configured || one.slug === filter.provider)).map((one) => ({ value: one.slug, label: one.name }));
  const onchange = (name) => (event) => choose(name, event.target.value);
  const every = button("Replay all", { icon: "sync", onclick: async () => {
    try {
      await replayDead(filter.provider && named(filter.provider), { signal, replayed, counting: (work) => busy(every, work) });
    } catch (error) {
      if (!isAbort(error)) toast(summary(error), "bad");
    }
  } });
  return h("div", { class: "deliveries-bar" },
    tab === "" && field("state", "State", { options: [any, ...states], value: filter.state, onchange: onchange("state") }),
    field("provider", "Provider", { options: [any, ...senders], value: filter.provider, onchange: onchange("provider") }),
    h("div", { class: "actions" }, tab === "dead" && every, button("Load again", { kind: "quiet", onclick: load })));
}

function deliveries({ filter, named, news, signal }) {
  const rows = new Map();
  const watcher = watch(signal, (one) => {
    news.textContent = `${called(one)} from ${named(one.provider).name}: ${state(one)[0]}`;
    rows.get(one.id).draw(one);
  });
  const queued = (one) => (rows.get(one.id).draw(one), watcher.add(one));
  const make = (one) => {
    const made = row(one, named(one.provider), queued);
    rows.set(one.id, made);
    watcher.add(one);
    return made.element;
  };
  const more = api.pages("/events", "events", { signal, query: { ...filter, limit: PAGE } });
  const replayed = () => [...rows.values()].filter(({ now }) => now().state === "dead").forEach(({ now }) => queued({ ...now(), state: "pending", error: null, attempts: 0 }));
  return { element: growing(more, make, { label: "Deliveries, newest first", none: none(filter) }), replayed };
}

function row(first, provider, queued) {
  let one = first;
  const [about, why, end] = [h("span", { class: "muted" }), h("span", { class: "row-why" }), h("div", { class: "row-end" })];
  const link = h("a", { class: "row-link", href: `/console/deliveries/${one.id}`, "aria-label": `${called(one)} from ${provider.name}` }, called(one));
  const draw = (now) => {
    one = now;
    const held = end.contains(document.activeElement);
    about.textContent = [provider.name, bytes(one.bytes), one.error && count(one.attempts ?? 0, "attempt")].filter(Boolean).join(" · ");
    why.textContent = one.error ? fault(one.error) : "";
    fill(end,
      h("div", { class: "deliveries-end" }, one.state === "dead" && replayButton(one, queued, { small: true }), badge(...state(one))),
      h("span", { class: "muted row-time" }, time(one.received_at)));
    if (held) link.focus();
  };
  const element = h("li", { class: "row" },
    monogram(provider.slug, provider.name, 28),
    h("div", { class: "row-words" }, link, about, why),
    end);
  draw(first);
  return { element, draw, now: () => one };
}

function none({ state: wanted, provider }) {
  if (wanted === "dead") return empty("check", "No dead letters", "Whatever arrived could be read, or is still being tried.");
  if (wanted || provider) return empty("search", "No delivery is like this", "Choose another state or provider.");
  return empty("inbox", "Nothing has arrived yet", "Providers send something when it happens in a connected account.");
}
