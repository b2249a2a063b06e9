/** A link by mail, for who forgot the password. */
import { add, fill, h } from "../../core/dom.js";
import { callout } from "../../core/parts.js";
import { field, form } from "../../core/form.js";
import { session } from "../../core/session.js";
import { aside, card } from "./parts.js";
import { blame } from "./words.js";

export function render(element) {
  const place = h("div", {});
  const ask = form([field("email", "E-mail", { type: "email", autocomplete: "username", required: true, value: session.person?.email })], {
    submit: "Send the link",
    blame,
    work: async ({ email }) => {
      await session.requestReset(email, "/console/reset-password");
      fill(place, h("div", { role: "status" }, callout("good", "Look into your mailbox",
        `If there is an account for ${email}, a link is on its way. It works once, and for one hour.`)));
    },
  });
  add(element, card("Reset your password", "We send you a link with which you choose a new one.", fill(place, ask), aside("Remembered it?", "Sign in", "/console/sign-in")));
}
