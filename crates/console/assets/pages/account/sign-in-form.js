/** The form that signs in, wherever it stands. */
import { h } from "../../core/dom.js";
import { callout, pending } from "../../core/parts.js";
import { field, form } from "../../core/form.js";
import { session } from "../../core/session.js";
import { go, safe } from "../../core/router.js";
import { aside, social } from "./parts.js";
import { blame, returned } from "./words.js";

/** `to`: where the person goes on; `error`: what a provider or a mail brought back. */
export function signInForm({ to, error }) {
  const target = safe(to);
  const carry = target === "/" ? "" : `?to=${encodeURIComponent(target)}`;
  return pending(() => session.methods(), (methods) => [
    error && callout("bad", "You are not signed in", returned(error)),
    methods.emailAndPassword && form([
      field("email", "E-mail", { type: "email", autocomplete: "username", required: true }),
      field("password", "Password", { type: "password", autocomplete: "current-password", required: true }),
      h("div", { class: "between" },
        field("rememberMe", "Stay signed in", { type: "checkbox", checked: true }),
        methods.mail && h("a", { href: "/console/forgot-password" }, "Forgot your password?")),
    ], {
      submit: "Sign in",
      blame,
      work: async (values) => {
        try {
          await session.signIn(values);
          go(target, { replace: true });
        } catch (problem) {
          if (problem.code !== "EMAIL_NOT_VERIFIED") throw problem;
          go(`/console/verify?email=${encodeURIComponent(values.email)}`);
        }
      },
    }),
    social(methods, target, { alone: !methods.emailAndPassword }),
    methods.signUp && aside("New here?", "Create an account", `/console/sign-up${carry}`),
  ], { lines: 4 });
}
