/** Forms: labels, hints and errors that belong together, one button that is busy, and the server's refusals where they belong. */
import { h, uid } from "./dom.js";
import { button, busy, failure } from "./parts.js";
import { isAbort } from "./problem.js";

/**
 * One thing to fill in. `hint` stands below it; `error` is set by `complain`. `options` makes it a choice (`[{ value, label }]`), `type:
 * "checkbox"` a tick; all else is the input's own (`autocomplete`, `required`, `minlength`, `value`, `placeholder`, `inputmode`).
 */
export function field(name, label, { hint, options, type = "text", optional = false, ...rest } = {}) {
  const [id, hintId, errorId] = [uid(name), uid("hint"), uid("error")];
  const described = [hint && hintId, errorId].filter(Boolean).join(" ");
  const shared = { id, name, "aria-describedby": described, ...rest };
  const error = h("p", { class: "error", id: errorId, hidden: true });
  const note = hint && h("p", { class: "hint", id: hintId }, hint);
  if (type === "checkbox") {
    return h("div", { class: "field tick" }, h("input", { type, ...shared }), h("label", { for: id }, label), note, error);
  }
  const input = options
    ? h("select", { ...shared, value: undefined }, options.map((option) => h("option", { value: option.value, selected: option.value === rest.value }, option.label)))
    : h(type === "textarea" ? "textarea" : "input", { ...(type !== "textarea" && { type }), ...shared });
  return h("div", { class: "field" }, h("label", { for: id }, label, optional && h("span", { class: "muted" }, " (optional)")), input, note, error);
}

/** Says at a field of a form what is wrong with it, or with null that nothing is. */
export function complain(form, name, words) {
  const input = form.elements.namedItem(name);
  const error = input?.closest?.(".field")?.querySelector(".error");
  if (!error) return false;
  error.textContent = words ? words.charAt(0).toUpperCase() + words.slice(1) : "";
  error.hidden = !words;
  if (words) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  return true;
}

/**
 * A form. `work(values)` does it, `values` by name with ticks as booleans. What it throws is shown: at the field that `blame(problem)` names
 * (`{ name: words }`), or that the server does (`errors` of a 400 point to `#/name`), else above the button.
 */
export function form(children, { submit, kind = "primary", work, blame = () => null, after }) {
  const trouble = h("div", { class: "form-trouble" });
  const send = button(submit, { kind, type: "submit" });
  const element = h("form", { class: "form", novalidate: true }, children, trouble, h("div", { class: "form-end" }, send, after));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(send, () => attempt());
  });
  element.addEventListener("input", (event) => event.target.name && complain(element, event.target.name, null));

  async function attempt() {
    trouble.replaceChildren();
    const wrong = [...element.elements].filter((input) => input.willValidate && !input.checkValidity());
    for (const input of wrong) complain(element, input.name, message(input));
    if (wrong.length > 0) return wrong[0].focus();
    try {
      await work(values(element));
    } catch (error) {
      if (isAbort(error)) return;
      const named = blame(error) ?? fromServer(error);
      const told = Object.entries(named).filter(([name, words]) => complain(element, name, words));
      if (told.length > 0) element.elements.namedItem(told[0][0]).focus();
      else trouble.replaceChildren(failure(error));
    }
  }
  return element;
}

function values(element) {
  const all = {};
  for (const input of element.elements) {
    if (!input.name || (input.type === "radio" && !input.checked)) continue;
    all[input.name] = input.type === "checkbox" ? input.checked : input.value;
  }
  return all;
}

function fromServer(error) {
  const pairs = (error.errors ?? []).map(({ pointer, detail }) => [pointer?.split("/").at(-1), detail]);
  return Object.fromEntries(pairs.filter(([name]) => name));
}

/** What the browser would say, in this page's language and shorter. */
function message(input) {
  const { valueMissing, typeMismatch, tooShort, tooLong } = input.validity;
  const label = input.labels?.[0]?.textContent ?? "This";
  if (valueMissing) return `${label} is needed.`;
  if (typeMismatch && input.type === "email") return "This is not an e-mail address.";
  if (tooShort) return `At least ${input.minLength} characters.`;
  if (tooLong) return `At most ${input.maxLength} characters.`;
  return input.validationMessage;
}
