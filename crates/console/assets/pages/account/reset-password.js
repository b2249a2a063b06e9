/** Where the link of the mail leads: `?token=…`, or `?error=…` where it is over. */
import { add } from "../../core/dom.js";
import { callout, linkButton } from "../../core/parts.js";
import { field, form } from "../../core/form.js";
import { session } from "../../core/session.js";
import { go, setQuery } from "../../core/router.js";
import { toast } from "../../core/toast.js";
import { card } from "./parts.js";
import { blame } from "./words.js";

export function render(element, { query }) {
  // The token is taken out of the address bar: it opens the account.
  const token = query.get("token");
  setQuery({ token: null, error: null });
  const over = () => callout("bad", "The link is not valid any more", "It works once, and for one hour.", linkButton("Send another one", "/console/forgot-password"));
  if (!token) return add(element, card("Choose a new password", null, over()));
  const choose = form([
    field("password", "New password", { type: "password", autocomplete: "new-password", required: true, minlength: 8, maxlength: 128, hint: "At least 8 characters. You are signed out everywhere else." }),
  ], {
    submit: "Set the password",
    blame,
    work: async ({ password }) => {
      try {
        await session.resetPassword(token, password);
      } catch (problem) {
        if (problem.code === "INVALID_TOKEN") return choose.replaceWith(over());
        throw problem;
      }
      await session.load();
      toast("Your password is changed.");
      go(session.person ? "/" : "/console/sign-in", { replace: true });
    },
  });
  add(element, card("Choose a new password", null, choose));
}
