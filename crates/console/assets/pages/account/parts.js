/** What the pages about an account have in common: a card in the middle, and the ways in through other accounts. */
import { h } from "../../core/dom.js";
import { button, busy, callout } from "../../core/parts.js";
import { monogram } from "../../core/monogram.js";
import { session } from "../../core/session.js";
import { signInTo } from "../../core/router.js";
import { summary, advice } from "../../core/problem.js";

/** The card. */
export function card(title, lead, ...children) {
  return h("div", { class: "account" }, h("div", { class: "card" }, h("h1", {}, title), lead && h("p", { class: "lead" }, lead), children));
}

/** A button for each account elsewhere that signs in here, and the line between them and the form. `to`: where to come back to. */
export function social(methods, to, { alone = false } = {}) {
  if (methods.social.length === 0) return null;
  const trouble = h("div", {});
  const one = ({ id, name }) => {
    const element = h("button", { type: "button", class: "button plain", onclick: () => busy(element, async () => {
      try {
        trouble.replaceChildren();
        await session.social(id, to, signInTo(to));
      } catch (error) {
        trouble.replaceChildren(callout("bad", summary(error), advice(error)));
      }
    }) }, monogram(id, name, 20), h("span", {}, h("span", { class: "unseen" }, "Continue with "), name));
    return element;
  };
  return h("div", { class: "social" },
    !alone && h("p", { class: "or" }, h("span", {}, "or continue with")),
    h("div", { class: "social-buttons" }, methods.social.map(one)), trouble);
}

/** A link under a form: `aside("New here?", "Create an account", "/console/sign-up")`. */
export const aside = (question, label, href) => h("p", { class: "account-aside" }, question, " ", h("a", { href }, label));

/** A plain button that stands alone. */
export const done = (label, onclick) => button(label, { kind: "primary", onclick });
