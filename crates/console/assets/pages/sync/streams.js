/** A connection's streams, as they are and as they move: one row each, with progress while somebody waits for it. */
import { add, fill, h, keyed } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count, time } from "../../core/format.js";
import { badge, button, busy, empty, failure } from "../../core/parts.js";
import { isAbort, summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { difference, lastRun, progress, standing, streamName, trouble } from "./words.js";

/** While something is being fetched that nobody here asked for, and otherwise. Each look is one of the person's calls. */
const [SOON_MS, LATER_MS] = [3000, 30_000];

/**
 * `{ element, sync(names, mode), streams() }`. `names` null: all. `changed(streams, isAsked)` hears of runs that have ended; `pick(name)`, where
 * given, of a stream that was chosen.
 */
export function streamList(connection, { signal, streams: first, label, changed = () => {}, pick }) {
  let all = first;
  const asked = new Map();
  const list = h("ul", { class: "rows", "aria-label": label });
  const news = h("p", { class: "unseen", role: "status" });
  const problem = h("div", {});
  const element = h("div", {}, list, problem, news);
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });

  function draw() {
    if (all.length === 0) return fill(element, empty("sync", "Nothing is fetched of this account", "Its provider has nothing that is fetched here, or the permissions for it were not given."));
    keyed(list, all, (one) => one.name, make, update);
  }

  function make(stream) {
    const link = h("a", { class: "row-link", href: `/console/sync/${connection.id}?stream=${encodeURIComponent(stream.name)}` }, streamName(stream.name));
    if (pick) link.addEventListener("click", (event) => !event.ctrlKey && !event.metaKey && (event.preventDefault(), pick(stream.name)));
    const now = button("Sync now", { small: true, icon: "sync", "aria-label": `Sync now: ${streamName(stream.name)}`, onclick: () => busy(now, () => sync([stream.name])) });
    const parts = { words: h("div", { class: "sync-words" }), bar: h("div", { class: "sync-bar" }), state: h("span", {}) };
    const row = h("li", { class: "row" }, h("div", { class: "row-words" }, link, parts.words, parts.bar), h("div", { class: "row-end" }, parts.state, now));
    row.parts = parts;
    update(row, stream);
    return row;
  }

  function update(row, stream) {
    const isWaited = asked.has(stream.name);
    const why = !isWaited && !stream.running && trouble(stream);
    fill(row.parts.state, badge(...standing(stream, isWaited)));
    fill(row.parts.words,
      h("p", { class: "muted" }, count(stream.records, "record"), " · ", stream.finished_at ? ["fetched ", time(stream.finished_at)] : "not fetched yet",
        !why && !isWaited && !stream.running && [" · next ", time(stream.due_at)]),
      lastRun(stream.last_run) && !isWaited && h("p", { class: "muted" }, lastRun(stream.last_run)),
      why && h("p", { class: "row-why" }, why.what, " ", why.advice, " ", why.isDead && h("a", { href: `/console/connections/${connection.id}`, class: "sync-above" }, "Open the connection")));
    drawBar(row.parts.bar, stream, isWaited);
  }

  function drawBar(place, stream, isWaited) {
    if (!isWaited && !stream.running) return fill(place);
    const bar = place.querySelector("progress") ?? h("progress", { "aria-label": `Fetching ${streamName(stream.name)}` });
    const most = asked.get(stream.name)?.records ?? 0;
    // How many there will be is known only where all of them are read again.
    if (stream.running && stream.phase === "listing" && most > 0) {
      bar.max = most;
      bar.value = Math.min(stream.last_run?.seen ?? 0, most);
    } else bar.removeAttribute("value");
    const text = place.querySelector(".muted") ?? h("p", { class: "muted" });
    text.textContent = progress(stream);
    if (!place.firstChild) add(place, bar, text);
  }

  /** Has these fetched, and follows it to the end. */
  async function sync(names, mode = "incremental") {
    const wanted = names ?? all.map((one) => one.name);
    for (const name of wanted) asked.set(name, { records: mode === "full" ? all.find((one) => one.name === name)?.records : 0 });
    news.textContent = `Fetching ${names?.length === 1 ? streamName(names[0]) : count(wanted.length, "stream")}.`;
    fill(problem);
    draw();
    const done = [];
    try {
      const body = { ...(names && { streams: names }), mode };
      for await (const { event, data } of api.events("POST", `/connections/${connection.id}/sync`, { signal, body })) {
        if (event === "end") break;
        all = all.map((one) => (one.name === data.name ? data : one));
        if (event === "done") done.push(data), asked.delete(data.name);
        draw();
      }
      tell(done);
    } catch (error) {
      if (isAbort(error)) return;
      news.textContent = "";
      fill(problem, h("div", { class: "sync-problem" }, failure(error, { retry: () => sync(names, mode) })));
    } finally {
      for (const name of wanted) asked.delete(name);
      if (!signal.aborted) draw(), changed(done, true);
    }
  }

  function tell(done) {
    const failed = done.filter((one) => one.error);
    const sum = (member) => done.reduce((all, one) => all + (one.last_run?.[member] ?? 0), 0);
    const changes = difference({ created: sum("created"), updated: sum("updated"), deleted: sum("deleted") });
    news.textContent = failed.length > 0
      ? `${count(failed.length, "stream")} could not be fetched: ${failed.map((one) => streamName(one.name)).join(", ")}.`
      : `Fetched: ${changes || "nothing new"}.`;
    toast(news.textContent, failed.length > 0 ? "bad" : "good");
  }

  function later() {
    timer = setTimeout(look, all.some((one) => one.running) ? SOON_MS : LATER_MS);
  }

  async function look() {
    if (document.visibilityState === "visible" && asked.size === 0) {
      try {
        const before = new Map(all.map((one) => [one.name, one.finished_at]));
        const { streams } = await api.get(`/connections/${connection.id}/streams`, { signal });
        if (asked.size === 0) {
          all = streams;
          draw();
          const moved = all.filter((one) => before.get(one.name) !== one.finished_at);
          if (moved.length > 0) changed(moved, false);
        }
      } catch (error) {
        // What is shown stays true for its time; the next look may bring more.
        if (isAbort(error)) return;
        fill(problem, h("p", { class: "summary" }, `Not up to date: ${summary(error)}`));
        return later();
      }
      fill(problem);
    }
    later();
  }

  draw();
  later();
  return { element, sync, streams: () => all };
}
