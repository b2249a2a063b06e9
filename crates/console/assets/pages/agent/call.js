/** One call of a tool: what it is, what goes in and comes out, how long it took, and the question where the person is asked. */
import { fill, h } from "../../core/dom.js";
import { badge, button, busy, failure } from "../../core/parts.js";
import { isAbort } from "../../core/problem.js";
import { monogram } from "../../core/monogram.js";
import { duration, toolName } from "./words.js";

/** Of a result, in characters. The rest is for programs. */
const SHOWN = 20_000;
const STATE = {
  running: ["Running", "info"],
  waiting: ["Waits for you", "warn"],
  done: ["Done", "good"],
  failed: ["Failed", "bad"],
  refused: ["Refused by you", "quiet"],
  unanswered: ["Not answered in time", "quiet"],
  unknown: ["No result", "quiet"],
};

/** `providerName(slug)` is what people call it. `{ element, asks(decide), decided(word), progress(…), result(…), ends() }`. `signal` is the page's. */
export function toolCall({ id, name, arguments: input }, providerName) {
  const began = performance.now();
  const { source, tool } = toolName(name);
  const whose = source && source !== "connectors" ? providerName(source) : null;
  const [state, took, question, output, note] = [h("span", {}), h("span", { class: "muted" }), h("div", {}), h("div", {}), h("p", { class: "muted", hidden: true })];
  let [is, word] = ["running", null];
  /** Takes the question away; whoever was at it goes on at the call. */
  const answered = () => {
    const hadFocus = question.contains(document.activeElement);
    fill(question);
    if (hadFocus) unfolding.querySelector("summary").focus();
  };
  const stand = (now) => ((is = now), fill(state, badge(...STATE[now])));
  const unfolding = h("details", { class: "agent-call" },
    h("summary", {},
      whose && monogram(source, whose, 20),
      h("span", { class: "agent-call-name" }, h("strong", {}, tool), source && h("span", { class: "muted" }, whose ? ` at ${whose}` : " here")),
      took, state),
    h("div", { class: "agent-call-body" },
      h("h3", {}, "Input"), h("pre", { tabindex: 0, "aria-label": `Input of ${tool}` }, JSON.stringify(input ?? {}, null, 2)),
      output));
  const element = h("div", { class: "agent-step" }, unfolding, note, question);
  stand("running");

  return {
    id, tool, element,
    /** Asks the person; `decide("approve" | "refuse")` tells the API. */
    asks(decide) {
      if (is !== "running" || word) return;
      stand("waiting");
      fill(question, ask({ tool, whose, input }, async (decision) => {
        // Before the API hears of it: what comes of it may be told before its own answer is.
        word = decision === "approve" ? "approved" : "refused";
        try {
          await decide(decision);
        } catch (error) {
          word = null;
          throw error;
        }
        this.decided(word);
      }));
    },
    decided(said) {
      word = said;
      answered();
      if (is === "waiting") stand("running");
    },
    progress({ progress, total, message }) {
      note.hidden = false;
      note.textContent = [message, total ? `${Math.round((progress / total) * 100)} %` : null].filter(Boolean).join(" · ") || "It goes on.";
    },
    result({ is_error: isError, text }, { timed = true } = {}) {
      note.hidden = true;
      answered();
      stand(!isError ? "done" : word === "refused" ? "refused" : word === "unanswered" ? "unanswered" : "failed");
      if (timed && word === null) took.textContent = duration(performance.now() - began);
      const shown = pretty(text);
      fill(output, h("h3", {}, isError ? "Why not" : "Result"), h("pre", { tabindex: 0, "aria-label": `Result of ${tool}` }, shown.slice(0, SHOWN)),
        shown.length > SHOWN && h("p", { class: "muted" }, "The rest is left out here."));
    },
    /** The run has ended without a result of this one. */
    ends() {
      if (is === "running" || is === "waiting") stand("unknown");
      note.hidden = true;
      answered();
    },
  };
}

function ask({ tool, whose, input }, decide) {
  const trouble = h("div", {});
  const choose = (label, kind, decision) => {
    const press = button(label, { kind, "aria-label": `${label}: ${tool}`, onclick: () => busy(press, async () => {
      try {
        fill(trouble);
        await decide(decision);
      } catch (error) {
        if (!isAbort(error)) fill(trouble, failure(error));
      }
    }) });
    return press;
  };
  const values = Object.entries(input ?? {});
  return h("div", { class: "agent-question", role: "group", "aria-label": `The agent asks: ${tool}` },
    h("p", {}, "The agent wants to use ", h("strong", {}, tool), whose && ` at ${whose}`, values.length > 0 ? " with:" : "."),
    values.length > 0 && h("dl", { class: "agent-values" }, values.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, typeof value === "string" ? value : JSON.stringify(value, null, 1))))),
    trouble,
    h("div", { class: "actions" }, choose("Approve", "primary", "approve"), choose("Refuse", "plain", "refuse"), h("span", { class: "muted" }, "Without an answer within ten minutes it is not done.")));
}

/** JSON in lines, anything else as it is. */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
