/** Having deliveries read again: one, or all that are dead. */
import { h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count } from "../../core/format.js";
import { button, busy } from "../../core/parts.js";
import { confirm } from "../../core/dialog.js";
import { isAbort, summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { called, prospect } from "./words.js";

/** Counting goes no further. */
const MOST_COUNTED = 1000;
/** Older than any delivery. */
const EVER = "2020-01-01T00:00:00Z";

/** The button for one. `queued(delivery)` hears of it as it waits now. */
export function replayButton(one, queued, { kind = "plain", small = false } = {}) {
  const element = button("Replay", { kind, small, icon: "sync", title: prospect(one), "aria-label": `Replay ${called(one)}`, onclick: () => busy(element, async () => {
    try {
      const { count: read } = await api.post(`/events/${one.id}/replay`);
      if (read === 0) toast("It is being read at this moment.", "info");
      queued({ ...one, state: "pending", error: null, attempts: 0, next_attempt_at: new Date().toISOString() });
    } catch (error) {
      if (!isAbort(error)) toast(summary(error), "bad");
    }
  }) });
  return element;
}

/**
 * Asks, and has all dead letters read again, of one provider or of all. `counting(work)` shows that they are counted, `replayed()` hears when
 * they are on their way.
 */
export async function replayDead(provider, { signal, counting, replayed }) {
  const range = { received_after: EVER, received_before: new Date().toISOString() };
  const query = { state: "dead", ...range, ...(provider && { provider: provider.slug }) };
  const dead = await counting(() => api.all("/events", "events", { signal, query, most: MOST_COUNTED }));
  if (!dead) return;
  if (dead.length === 0) return toast("There is no dead letter to read again.", "info");
  const many = dead.length >= MOST_COUNTED ? `${count(MOST_COUNTED, "dead letter")} or more` : count(dead.length, "dead letter");
  let read = 0;
  const isDone = await confirm(`Replay ${many}?`, [
    h("p", {}, provider ? `Those from ${provider.name}, ` : "Those from all providers, ", "the oldest first. Each is read again from what is stored, and gets all its attempts anew."),
    h("p", {}, "Signals that they have made already are not made twice. What cannot be read now either becomes a dead letter again, in about three hours."),
  ], { action: `Replay ${many}`, work: async () => {
    for (let cursor; cursor !== null;) {
      const answer = await api.post("/events/replay", { ...query, ...(cursor && { cursor }) });
      read += answer.count;
      cursor = answer.next_cursor;
    }
  } });
  if (!isDone) return;
  toast(`${count(read, "delivery is", "deliveries are")} being read again.`);
  replayed();
}
