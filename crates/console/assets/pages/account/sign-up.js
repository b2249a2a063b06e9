/** A new account. */
import { add } from "../../core/dom.js";
import { callout, pending } from "../../core/parts.js";
import { field, form } from "../../core/form.js";
import { session } from "../../core/session.js";
import { go, safe } from "../../core/router.js";
import { aside, card, social } from "./parts.js";
import { blame } from "./words.js";

export function render(element, { query }) {
  const to = safe(query.get("to"));
  const back = aside("Have one already?", "Sign in", to === "/" ? "/console/sign-in" : `/console/sign-in?to=${encodeURIComponent(to)}`);
  add(element, card("Create an account", "It takes a minute, and nothing is connected before you say so.",
    pending(() => session.methods(), (methods) => [
      methods.signUp
        ? form([
          field("name", "Name", { autocomplete: "name", required: true, maxlength: 100 }),
          field("email", "E-mail", { type: "email", autocomplete: "username", required: true }),
          field("password", "Password", { type: "password", autocomplete: "new-password", required: true, minlength: 8, maxlength: 128, hint: "At least 8 characters. A few words are easy to keep and hard to guess." }),
        ], {
          submit: "Create the account",
          blame,
          work: async (values) => {
            const isIn = await session.signUp({ ...values, callbackURL: "/console/verify" });
            go(isIn ? to : `/console/verify?email=${encodeURIComponent(values.email)}`, { replace: true });
          },
        })
        : callout("info", "New accounts with a password are switched off here", "Ask whoever operates this."),
      social(methods, to, { alone: !methods.signUp }),
      back,
    ], { lines: 5 })));
}
