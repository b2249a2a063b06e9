/** Questions over the page: the browser's own `<dialog>`, which keeps the focus inside and gives it back. */
import { h, uid } from "./dom.js";
import { button, busy, failure } from "./parts.js";
import { icon } from "./icons.js";
import { isAbort } from "./problem.js";

/** Opens one. `body(close)` gives what is in it; the promise is what `close(result)` was given, undefined where it was dismissed. */
export function dialog(title, body, { lead, above } = {}) {
  return new Promise((done) => {
    const id = uid("dialog");
    let result;
    const close = (value) => ((result = value), element.close());
    const element = h("dialog", { class: "dialog", "aria-labelledby": id },
      h("div", { class: "dialog-head" },
        above,
        h("div", { class: "dialog-words" }, h("h2", { id }, title), lead && h("p", { class: "lead" }, lead)),
        h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => close() }, icon("close"))),
      h("div", { class: "dialog-body" }, body(close)),
      h("div", { class: "toast-here", role: "status" }));
    element.addEventListener("close", () => (element.remove(), done(result)));
    // A press beside it dismisses it, one that began inside (selecting text) does not.
    element.addEventListener("mousedown", (event) => event.target === element && close());
    document.body.append(element);
    element.showModal();
    const first = element.querySelector("[autofocus], input:not([type=hidden]), select, textarea");
    first?.focus();
  });
}

/**
 * Asks before `work` is done; `danger` for what cannot be taken back. A failure is shown in the dialog, which stays. The promise says
 * whether it was done.
 */
export async function confirm(title, body, { action, danger = false, work = async () => {} }) {
  const done = await dialog(title, (close) => {
    const trouble = h("div", {});
    const agree = button(action, {
      kind: danger ? "danger" : "primary",
      onclick: () => busy(agree, async () => {
        try {
          trouble.replaceChildren();
          await work();
          close(true);
        } catch (error) {
          if (!isAbort(error)) trouble.replaceChildren(failure(error));
        }
      }),
    });
    return [h("div", { class: "prose" }, body), trouble, h("div", { class: "dialog-end" }, button("Cancel", { onclick: () => close(false) }), agree)];
  });
  return done === true;
}
