/** Following what happens: in what state that is, in words, and as long as somebody looks. */
import { fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { badge } from "../../core/parts.js";
import { isAbort } from "../../core/problem.js";

/** Whoever comes back to the tab within this time has missed nothing. */
const HIDDEN_MS = 30_000;

const STATES = {
  connecting: ["Connecting", "quiet"],
  open: ["Live", "good"],
  waiting: ["Not live: connecting again soon", "warn"],
  hidden: ["Paused", "quiet"],
  past: ["Not live: the time chosen is over", "quiet"],
  failed: ["Not live", "bad"],
};

/** The words of it. */
export function liveness() {
  const element = h("span", { class: "signals-live" });
  const state = (word) => (fill(element, badge(...STATES[word])), (element.dataset.state = word));
  return { element, state };
}

/**
 * Follows the stream while the tab is seen. `opened()` is told each time it is open anew, because what happened before that, the
 * stream need not tell.
 */
export function follow({ query, signal, tell, state, opened }) {
  let visit = null;
  let last;
  let timer;

  async function start() {
    visit = new AbortController();
    const listen = AbortSignal.any([signal, visit.signal]);
    try {
      await api.follow("/signals/stream", {
        query, signal: listen, lastEventId: last,
        tell: (one, { id }) => ((last = id ?? last), tell(one)),
        state: (word) => {
          if (listen.aborted) return;
          state(word);
          if (word === "open") opened();
        },
      });
    } catch (error) {
      if (!isAbort(error) && !listen.aborted) state("failed");
    }
  }

  function pause() {
    visit?.abort();
    visit = null;
    state("hidden");
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(pause, HIDDEN_MS);
    else if (!visit) start();
  }, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  start();
}
