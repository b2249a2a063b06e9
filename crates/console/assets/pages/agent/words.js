/** What the API's words about runs and tools mean for the person whose they are. */
import { count, number, words } from "../../core/format.js";

const STATE = {
  running: ["Running", "info"],
  awaiting_approval: ["Asks you", "warn"],
  completed: ["Done", "good"],
  cancelled: ["Stopped", "quiet"],
  failed: ["Failed", "bad"],
};

/** `[words, tone]` of a run's badge. */
export const runState = (run) => STATE[run.state] ?? [words(run.state), "quiet"];

/** Whether nothing more will come. */
export const isOver = (run) => !["running", "awaiting_approval"].includes(run.state);

const REASON = {
  refused: ["The model declined to answer.", "Say it in other words."],
  too_long: ["The conversation has become too long.", "Begin a new one, and say what matters from this one."],
  steps_used: ["It has used all the steps it may.", "Say “go on”, or allow more steps under “Limits”."],
  time_used: ["It has used all the time it may.", "Ask for less at once, or allow more time under “Limits”."],
  tokens_used: ["It has used all the tokens it may.", "Ask for less at once, or begin a new conversation."],
  model_busy: ["The model has too much to do at the moment.", "Send it again in a minute."],
  model_unavailable: ["The model cannot be reached at the moment.", "Send it again in a few minutes."],
  model_refuses_the_request: ["The model takes this conversation no more.", "Begin a new one. If that does not help, tell whoever operates this."],
  model_not_configured: ["No model is set up here, or its key is not taken.", "Whoever operates this has to look at its settings."],
  interrupted: ["It was interrupted, because the service was started anew.", "Send it again."],
  internal: ["Something failed here.", "Send it again. If it stays like this, tell whoever operates this."],
  cancelled: ["You stopped it.", "What it had done by then is done."],
  caller_left: ["It ended because its page was closed.", "What it had done by then is done."],
};

/** Why a run has ended as it has, `[what, advice]`, or null where it has simply answered. */
export const ending = (run) => REASON[run.reason] ?? null;

/** "3 steps · 5,183 tokens · $0.013". */
export function used({ steps, input = 0, output = 0, cache_read = 0, cache_write = 0, cost_usd: cost }) {
  const tokens = input + output + cache_read + cache_write;
  const price = typeof cost === "number" && cost > 0 ? `$${cost < 0.01 ? cost.toFixed(4) : cost.toFixed(2)}` : null;
  return [count(steps, "step"), `${number(tokens)} tokens`, price].filter(Boolean).join(" · ");
}

/** `linear__create_issue` as `{ source: "linear", tool: "Create issue" }`. */
export function toolName(name) {
  const at = name.indexOf("__");
  return at > 0 ? { source: name.slice(0, at), tool: words(name.slice(at + 2)) } : { source: null, tool: words(name) };
}

/** `1234` milliseconds as "1.2 s". */
export const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

const SOURCE = {
  needs_reauth: ["Its account has to be connected again", true],
  suspended: ["Its account is suspended at the provider", true],
  not_configured: ["The provider is not set up here", false],
  rate_limited: ["The provider asks for patience", false],
  no_token: ["The provider gives no access at the moment", true],
  refused: ["Its tools do not take this account’s access", true],
  unreachable: ["Its tools cannot be reached", false],
  timed_out: ["Its tools did not answer in time", false],
  unreadable: ["What it says of its tools cannot be read", false],
  internal: ["Something failed here", false],
};

/** Why a source has no tools to show: `[what, whether the connection's page helps]`. */
export const sourceTrouble = (source) => (source.state === "ok" ? null : SOURCE[source.state] ?? [words(source.state), false]);
