/** Where a mailed proof of an address leads, and where one waits for it: `?email=…` of somebody who cannot sign in before. */
import { add } from "../../core/dom.js";
import { callout, linkButton } from "../../core/parts.js";
import { field, form } from "../../core/form.js";
import { session } from "../../core/session.js";
import { setQuery } from "../../core/router.js";
import { toast } from "../../core/toast.js";
import { aside, card } from "./parts.js";
import { returned } from "./words.js";

export function render(element, { query }) {
  const error = query.get("error");
  const waiting = query.get("email");
  setQuery({ error: null });
  if (!error && !waiting) {
    const proven = session.person?.emailVerified !== false;
    add(element, card("Your address", null, proven
      ? callout("good", "Your address is confirmed", session.person ? session.person.email : "You can sign in now.", session.person ? linkButton("Go on", "/", { kind: "primary" }) : linkButton("Sign in", "/console/sign-in", { kind: "primary" }))
      : again(session.person.email)));
    return;
  }
  add(element, card("Your address",
    error ? null : `We have sent a link to ${waiting}. Open it to go on; it works for one hour.`,
    error && callout("bad", "The address is not confirmed", returned(error)),
    again(session.person?.email ?? waiting),
    !session.person && aside("Confirmed already?", "Sign in", "/console/sign-in")));
}

function again(email) {
  return form([field("email", "E-mail", { type: "email", autocomplete: "username", required: true, value: email ?? "" })], {
    submit: "Send it again",
    kind: "plain",
    work: async (values) => {
      await session.sendVerification(values.email, "/console/verify");
      toast(`If ${values.email} still has to be confirmed, a mail is on its way.`);
    },
  });
}
