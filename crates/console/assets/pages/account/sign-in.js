/** Signing in, and back to what was wanted. */
import { add } from "../../core/dom.js";
import { setQuery } from "../../core/router.js";
import { card } from "./parts.js";
import { signInForm } from "./sign-in-form.js";

export function render(element, { query }) {
  const error = query.get("error");
  if (error) setQuery({ error: null, error_description: null });
  add(element, card("Sign in", "To see and to change what is connected.", signInForm({ to: query.get("to"), error })));
}
