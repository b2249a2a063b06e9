/** Where the person writes: the message, its limits, and the button that stops what goes on. */
import { add, h, uid } from "../../core/dom.js";
import { button, busy } from "../../core/parts.js";
import { field } from "../../core/form.js";

/** What the API takes, and what it takes when nothing is said. */
const [MOST_STEPS, USUAL_STEPS, MOST_SECONDS, USUAL_SECONDS] = [100, 20, 1800, 300];
/** Of a message, in letters: the API's bound is in bytes, and is said by it where letters are longer. */
const LONGEST = 100_000;

/** `{ element, running(on, isHere), restore(text) }`. `send(prompt, budget)` and `stop()` are the page's. */
export function composer({ send, stop }) {
  const id = uid("message");
  let isRunning = false;
  const text = h("textarea", { id, name: "prompt", rows: 2, maxlength: LONGEST, placeholder: "What is to be done?", "aria-describedby": `${id}-hint`, autocomplete: "off" });
  const [go, halt] = [button("Send", { kind: "primary", type: "submit", icon: "next" }), button("Stop", { kind: "plain", icon: "stop", onclick: () => busy(halt, stop) })];
  halt.hidden = true;
  const limits = h("details", { class: "unfold agent-limits" }, h("summary", {}, "Limits"),
    h("div", { class: "agent-limit-fields" },
      field("steps", "Steps", { type: "number", min: 1, max: MOST_STEPS, placeholder: USUAL_STEPS, hint: `Answers in which it may use tools. Usual: ${USUAL_STEPS}.`, inputmode: "numeric" }),
      field("seconds", "Seconds", { type: "number", min: 1, max: MOST_SECONDS, placeholder: USUAL_SECONDS, hint: `Without the time in which you are asked. Usual: ${USUAL_SECONDS}.`, inputmode: "numeric" })));
  const hint = h("p", { class: "hint", id: `${id}-hint` });
  const element = h("form", { class: "agent-composer", novalidate: true, "aria-label": "Message to the agent" },
    h("label", { class: "unseen", for: id }, "Message"), text,
    h("div", { class: "agent-composer-end" }, limits, hint, h("div", { class: "actions" }, halt, go)));

  text.addEventListener("keydown", (event) => {
    // While letters are being composed, Enter chooses one of them.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    element.requestSubmit();
  });
  text.addEventListener("input", grow);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const prompt = text.value.trim();
    if (isRunning) return;
    if (!prompt) return text.focus();
    text.value = "";
    grow();
    send(prompt, budget());
  });

  function budget() {
    const of = (name) => Number.parseInt(element.elements.namedItem(name).value, 10);
    const [steps, seconds] = [of("steps"), of("seconds")];
    const wanted = { ...(steps > 0 && { steps }), ...(seconds > 0 && { seconds }) };
    return Object.keys(wanted).length > 0 ? wanted : null;
  }

  function grow() {
    text.rows = Math.min(10, Math.max(2, text.value.split("\n").length));
  }

  function running(on, isHere = true) {
    isRunning = on;
    const hadFocus = element.contains(document.activeElement) && document.activeElement !== text;
    halt.hidden = !on;
    go.hidden = on;
    hint.textContent = on ? (isHere ? "Leaving this page stops it." : "It goes on without this page.") : "Enter sends, Shift and Enter begins a line.";
    if (hadFocus && !on) text.focus();
    else if (hadFocus) halt.focus();
  }

  running(false);
  return { element: add(element), running, restore: (words) => ((text.value = text.value || words), grow(), text.focus()) };
}
