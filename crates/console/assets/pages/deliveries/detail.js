/** One delivery: what arrived, what became of it, the signals it made, and having it read again. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { bytes, count, time } from "../../core/format.js";
import { badge, callout, empty, facts, failure, heading, pending, section } from "../../core/parts.js";
import { icon } from "../../core/icons.js";
import { isAbort } from "../../core/problem.js";
import { monogram } from "../../core/monogram.js";
import { accounts, outside } from "../signals/accounts.js";
import { exact } from "../signals/moments.js";
import { payload } from "../signals/payload.js";
import { kindWords, subjectWords } from "../signals/words.js";
import { bySlug } from "../connections/providers.js";
import { replayButton } from "./replay.js";
import { watch } from "./watch.js";
import { called, fate, fault, prospect, state } from "./words.js";

/** Signals are looked for round the time of arrival: a provider's clock, and what it tells late. */
const AROUND_MS = 86_400_000;

export async function render(element, { params, signal, title }) {
  const [named, whole] = await Promise.all([bySlug(), api.get(`/events/${params.id}`, { signal })]);
  const provider = named(whole.provider);
  const known = accounts(signal);
  known.catch(() => {});
  title(`${called(whole)} from ${provider.name}`);
  const [mark, told, made, about] = [h("span", { role: "status" }), h("div", {}), h("div", {}), h("div", {})];

  function draw(one) {
    const held = told.contains(document.activeElement);
    const [text, tone] = state(one);
    fill(mark, badge(text, tone));
    const more = [one.error && h("span", { class: "deliveries-fault" }, fault(one.error)), prospect(one)];
    fill(told, callout(CALM[tone] ?? tone, fate(one, provider), more, replayButton(one, queued)));
    fill(about, facts(aboutIt(one, provider)));
    if (held) told.querySelector("button").focus();
  }
  const watcher = watch(signal, async (one) => {
    draw(one);
    if (one.state === "pending") return;
    try {
      drawSignals(await api.get(`/events/${one.id}`, { signal }));
    } catch (error) {
      if (!isAbort(error)) fill(made, failure(error));
    }
  });
  const queued = (one) => (draw(one), watcher.add(one));
  const drawSignals = (one) => fill(made, signals(one, known, signal));

  add(element,
    heading(called(whole), {
      above: h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "/console/deliveries" }, "Deliveries"), icon("next"), h("span", { "aria-current": "page" }, provider.name)),
      lead: h("span", { class: "lead-line" }, monogram(provider.slug, provider.name, 20), provider.name, mark),
    }),
    told,
    h("div", { class: "beside" },
      h("div", {}, section("Signals", {}, made), section("Body", {}, body(whole))),
      h("div", {}, section("About", {}, about), section("Headers", {}, headers(whole)))));
  draw(whole);
  drawSignals(whole);
  watcher.add(whole);
}

/** A callout of the tone `bad` is read out at once: this one has not just happened. */
const CALM = { bad: "warn", quiet: "info" };

function aboutIt(one, provider) {
  return [
    ["Provider", provider.name],
    ["Event", h("code", {}, called(one))],
    ["Their id of it", h("code", {}, one.delivery_id)],
    ["Arrived", exact(one.received_at)],
    ["Came to", one.hook_id ? "An address that was registered for your connection" : one.app_wide ? "The app’s own address, for everybody" : "Your address, as somebody entered it at the provider"],
    ["Size", bytes(one.bytes)],
    ["Type", one.content_type && h("code", {}, one.content_type)],
    ["Attempts", one.attempts === null ? null : String(one.attempts)],
    ["Next attempt", one.state === "pending" && one.error && one.next_attempt_at ? time(one.next_attempt_at) : null],
  ];
}

function headers({ headers: kept }) {
  const names = Object.keys(kept).sort();
  if (names.length === 0) return h("p", { class: "muted" }, "None is kept.");
  return [h("p", { class: "summary" }, "Those that it is read with. Credentials are never kept."), facts(names.map((name) => [h("code", {}, name), h("code", {}, kept[name])]))];
}

function body(one) {
  if (one.body !== null) return payload(one.body, "body");
  if (!one.body_base64) return h("p", { class: "muted" }, "It has no body.");
  const raw = Uint8Array.from(atob(one.body_base64), (letter) => letter.codePointAt(0));
  try {
    return payload(new TextDecoder("utf-8", { fatal: true }).decode(raw), "body");
  } catch {
    return [h("p", { class: "summary" }, "It is not text. In base64:"), payload(one.body_base64, "body")];
  }
}

function signals(one, known, signal) {
  if (one.signals.length === 0) return empty("signal", ["done", "ignored"].includes(one.state) ? "It made no signals" : "No signals yet", one.state === "done" ? "What it tells changed nothing that signals are about." : "");
  const rows = ([{ nameOf, named }, found]) => one.signals.map((made) => line(made, found.get(made.id), nameOf, named));
  return [
    h("p", { class: "summary" }, count(one.signals.length, "signal")),
    pending(() => Promise.all([known, details(one, signal)]), (data) => h("ul", { class: "rows", "aria-label": "Signals" }, rows(data)), { lines: 2 }),
  ];
}

function line(made, full, nameOf, named) {
  const name = kindWords(made.kind);
  if (!full) return h("li", { class: "row" }, h("div", { class: "row-words" }, h("strong", {}, name)));
  // The timeline, down from this one.
  const from = new URLSearchParams({ provider: full.provider, kind: full.kind, occurred_before: new Date(Date.parse(full.occurred_at) + 1000).toISOString() });
  const link = outside(full.subject.url, `Open at ${named(full.provider).name}`, " ", icon("external", 12));
  return h("li", { class: "row" },
    h("div", { class: "row-words" },
      h("a", { class: "row-link", href: `/console/signals?${from}` }, name),
      h("span", { class: "muted" }, [subjectWords(full), full.connection_id && nameOf(full.connection_id)].filter(Boolean).join(" · "))),
    h("div", { class: "row-end" }, link && h("span", { class: "deliveries-outside" }, link), h("span", { class: "muted" }, time(full.occurred_at))));
}

/** The delivery names its signals by id and kind only: the rest is told with the list of signals. */
async function details(one, signal) {
  const at = Date.parse(one.received_at);
  const query = { provider: one.provider, occurred_after: new Date(at - AROUND_MS).toISOString(), occurred_before: new Date(at + AROUND_MS).toISOString(), limit: 100 };
  const kinds = [...new Set(one.signals.map(({ kind }) => kind))];
  const pages = await Promise.all(kinds.map((kind) => api.get("/signals", { signal, query: { ...query, kind } })));
  return new Map(pages.flatMap((page) => page.signals).map((found) => [found.id, found]));
}
