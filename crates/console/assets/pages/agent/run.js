/** One run in the conversation: what the person said, and everything the agent said and did about it, as it comes or as it was kept. */
import { add, fill, h } from "../../core/dom.js";
import { callout, badge } from "../../core/parts.js";
import { time } from "../../core/format.js";
import { toolCall } from "./call.js";
import { markdown } from "./markdown.js";
import { ending, isOver, runState, sourceTrouble, toolName, used } from "./words.js";

/** The marks round what a tool brought, which tell the model that these are data. */
const MARKS = /^<data-[A-Za-z0-9]+>\n([\s\S]*)\n<\/data-[A-Za-z0-9]+>$/;

const [AT_WORK, WAITS] = ["The agent is at work", "The agent waits for your answer"];

/** `decide(callId, decision)`, `say(words)` (read out) and `providerName(slug)` are the page's. */
export function runView(prompt, { decide, say, providerName }) {
  const calls = new Map();
  const [steps, foot] = [h("div", { class: "agent-steps" }), h("div", { class: "agent-foot" })];
  const waits = h("span", {}, AT_WORK);
  const thinking = h("p", { class: "agent-thinking muted" }, h("span", { class: "agent-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), waits);
  const mine = h("div", { class: "agent-mine" }, h("h2", { class: "unseen" }, "You"), h("div", { class: "agent-prompt" }, prompt));
  const element = h("li", { class: "agent-run" }, mine, h("div", { class: "agent-its" }, h("h2", { class: "unseen" }, "Agent"), steps, thinking, foot));
  let [text, place, isDrawn] = ["", null, true];
  // How much of a kept run stands here, and whether something does that was heard while it went on.
  let [shown, isHeard] = [0, false];

  function draw() {
    if (isDrawn) return;
    isDrawn = true;
    if (place) fill(place, markdown(text));
  }

  function write(piece) {
    if (!place) {
      [text, place] = ["", h("div", { class: "agent-text" })];
      add(steps, place);
    }
    text += piece;
    if (isDrawn) requestAnimationFrame(draw);
    isDrawn = false;
  }

  function settle() {
    draw();
    if (place && !text.trim()) place.remove();
    place = null;
  }

  function begin(call) {
    settle();
    const made = toolCall(call, providerName);
    calls.set(call.id, made);
    add(steps, made.element);
    return made;
  }

  const question = (id) => (decision) => decide(id, decision);

  /** Shows a run that was kept, as far as it is. Once more, it adds what has come since, so that what is unfolded or has the focus stays. */
  function show(run) {
    if (isHeard) {
      calls.clear();
      fill(steps);
      [place, isDrawn, shown, isHeard] = [null, true, 0, false];
    }
    for (const turn of run.turns.slice(shown)) {
      for (const block of turn.content ?? []) {
        if (block.type === "text" && turn.role === "assistant") write(block.text);
        else if (block.type === "tool_use" && !calls.has(block.id)) begin({ id: block.id, name: block.name, arguments: block.input });
        else if (block.type === "tool_result") {
          const call = calls.get(block.tool_use_id);
          const said = run.approvals.find((one) => one.call_id === block.tool_use_id)?.decision;
          if (said) call?.decided(said);
          call?.result({ is_error: block.is_error, text: plain(block.content) }, { timed: false });
        }
      }
      settle();
    }
    shown = run.turns.length;
    for (const one of run.approvals) {
      if (one.decision) calls.get(one.call_id)?.decided(one.decision);
      if (one.decision === null && run.state === "awaiting_approval") (calls.get(one.call_id) ?? begin({ id: one.call_id, name: one.tool, arguments: one.arguments })).asks(question(one.call_id));
    }
    end(run);
  }

  function end(run) {
    settle();
    thinking.hidden = isOver(run);
    waits.textContent = run.state === "awaiting_approval" ? WAITS : AT_WORK;
    if (!isOver(run)) return;
    for (const call of calls.values()) call.ends();
    const why = ending(run);
    const took = run.ended_at ? Math.round((new Date(run.ended_at) - new Date(run.created_at)) / 1000) : null;
    fill(foot,
      why && callout(run.state === "failed" ? "bad" : run.state === "cancelled" ? "info" : "warn", why[0], why[1]),
      h("p", { class: "agent-usage muted" }, badge(...runState(run)), h("span", {}, used(run.usage), took !== null && ` · ${took < 1 ? "under a second" : `${took} s`}`, ` · ${run.model}`), time(run.created_at)));
  }

  const handlers = {
    text: ({ text: piece }) => write(piece),
    again: () => {
      place?.remove();
      [place, isDrawn] = [null, true];
    },
    tool_call: begin,
    approval: (call) => {
      (calls.get(call.id) ?? begin(call)).asks(question(call.id));
      say(`The agent wants to use ${toolName(call.name).tool}. Approve it or refuse it.`);
    },
    progress: ({ id, ...rest }) => calls.get(id)?.progress(rest),
    tool_result: ({ id, ...rest }) => calls.get(id)?.result(rest),
    usage: ({ steps: many, usage }) => fill(foot, h("p", { class: "agent-usage muted" }, used({ steps: many, ...usage }))),
    unreachable: ({ sources }) => add(steps, callout("warn", "Not all tools can be used in this run", [...new Set(sources.map((one) => `${sourceTrouble({ state: one.reason })[0]}.`))].join(" "))),
    done: (run) => {
      end(run);
      say(run.reason === "answered" ? "The agent has answered." : (ending(run) ?? ["The run has ended."]).join(" "));
    },
  };

  const tell = (event, data) => {
    isHeard = true;
    waits.textContent = event === "approval" ? WAITS : AT_WORK;
    handlers[event]?.(data);
  };
  return { element, show, tell };
}

function plain(content) {
  const text = typeof content === "string" ? content : (content ?? []).map((block) => block.text ?? `(${block.type})`).join("\n");
  return MARKS.exec(text)?.[1] ?? text;
}
