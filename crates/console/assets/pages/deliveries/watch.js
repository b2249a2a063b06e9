/** Follows deliveries until they are done with: soon at first, then ever more rarely, and never longer than the page is open. */
import { api } from "../../core/api.js";
import { isAbort } from "../../core/problem.js";

const FIRST_MS = 400;
const LONGEST_MS = 20_000;
/** More than these are asked for as a list. */
const FEW = 3;
const PAGE = 100;

/** `tell(delivery)` hears each time one of them is another than before. */
export function watch(signal, tell) {
  const waiting = new Map();
  let [timer, pause] = [undefined, FIRST_MS];
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });

  /** Begins to follow one, if it waits. */
  function add(one) {
    if (one.state !== "pending" || signal.aborted) return;
    waiting.set(one.id, one);
    pause = FIRST_MS;
    plan();
  }

  function plan() {
    clearTimeout(timer);
    if (waiting.size > 0 && !signal.aborted) timer = setTimeout(look, pause);
    pause = Math.min(LONGEST_MS, pause * 2);
  }

  async function look() {
    if (document.hidden) return plan();
    try {
      for (const one of await fetchThose()) heard(one);
    } catch (error) {
      if (isAbort(error)) return;
    }
    plan();
  }

  function heard(one) {
    const before = waiting.get(one.id);
    if (!before) return;
    if (one.state === "pending") waiting.set(one.id, one);
    else waiting.delete(one.id);
    if (one.state !== before.state || one.error !== before.error || one.attempts !== before.attempts) tell(one);
  }

  async function fetchThose() {
    const all = [...waiting.values()];
    if (all.length <= FEW) return Promise.all(all.map(({ id }) => api.get(`/events/${id}`, { signal })));
    const times = all.map((one) => Date.parse(one.received_at));
    const range = { received_after: new Date(Math.min(...times) - 1000).toISOString(), received_before: new Date(Math.max(...times) + 1000).toISOString() };
    return (await api.get("/events", { signal, query: { ...range, limit: PAGE } })).events;
  }

  return { add };
}
