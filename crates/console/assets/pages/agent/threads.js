/** Earlier conversations, by what was said first in them. */
import { fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count, time } from "../../core/format.js";
import { badge, button, busy, failure, section, skeleton } from "../../core/parts.js";
import { isAbort } from "../../core/problem.js";
import { isOver, runState } from "./words.js";

/** Conversations whose first words are asked for, a call each; and of the words, in letters. */
const [NAMED, LONGEST] = [8, 80];
/** First words by conversation. They never change. */
const names = new Map();

/** What a run was asked, in short. */
export function titleFrom({ prompt, turns }) {
  const text = prompt ?? turns?.find((turn) => turn.role === "user")?.content.find((block) => block.type === "text")?.text ?? "";
  const line = text.trim().split("\n")[0];
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line || "Conversation";
}

/** `{ element, load() }`. `current()` is the conversation that is open. */
export function conversations(signal, current) {
  const list = h("ul", { class: "rows tight", "aria-label": "Earlier conversations" });
  const [place, foot] = [h("div", {}, skeleton(2)), h("div", { class: "foot" })];
  const element = section("Earlier conversations", { class: "agent-threads" }, place, foot);
  let [more, threads] = [null, new Map()];

  async function load() {
    more = api.pages("/agent/runs", "runs", { signal, query: { limit: 50 } });
    threads = new Map();
    await grow();
  }

  async function grow() {
    try {
      const from = threads.size;
      for (const run of (await more()) ?? []) {
        const known = threads.get(run.thread_id);
        if (known) known.runs += 1;
        else threads.set(run.thread_id, { newest: run, runs: 1 });
      }
      const all = [...threads.values()];
      fill(list, all.map(row));
      fill(place, all.length > 0 ? list : h("p", { class: "muted" }, "None yet. What is said here is kept for a while."));
      fill(foot, !more.ended() && button("Show more", { kind: "quiet", small: true, onclick: (event) => busy(event.currentTarget, grow) }));
      if (from > 0) list.children[from]?.querySelector("a")?.focus();
    } catch (error) {
      if (!isAbort(error)) fill(place, failure(error, { retry: load }));
    }
  }

  function row({ newest, runs }, at) {
    const id = newest.thread_id;
    const link = h("a", { class: "row-link", href: `/console/agent/${id}`, "aria-current": current() === id ? "true" : null }, names.get(id) ?? "Conversation");
    if (!names.has(id) && at < NAMED) name(id, link);
    return h("li", { class: "row" },
      h("div", { class: "row-words" }, link, h("span", { class: "muted" }, time(newest.created_at), ` · ${count(runs, "message")}`)),
      (!isOver(newest) || newest.state === "failed") && badge(...runState(newest)));
  }

  async function name(id, link) {
    try {
      names.set(id, titleFrom(await api.get(`/agent/runs/${id}`, { signal })));
      link.textContent = names.get(id);
    } catch (error) {
      // Its first run is older than runs are kept: the time below says which one it is.
      if (error.status === 404) names.set(id, "Conversation");
    }
  }

  return { element, load };
}
