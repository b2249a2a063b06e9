/** What the auth service's codes mean for somebody who signs in, and where in a form they belong. */
import { summary } from "../../core/problem.js";

const SIGN_IN = {
  account_not_linked: "An account with this address exists already. Sign in the way you did before.",
  "account-not-linked": "An account with this address exists already. Sign in the way you did before.",
  signup_disabled: "New accounts are switched off here.",
  email_not_found: "The provider did not tell an e-mail address.",
  access_denied: "You declined at the provider. Nothing was done.",
  state_mismatch: "The attempt was begun in another browser, or is over. Try again.",
  INVALID_TOKEN: "The link is not valid any more.",
  TOKEN_EXPIRED: "The link has expired.",
  INVALID_USER: "Somebody else is signed in in this browser. Sign out, and open the link again.",
};

/** Why a way back from a provider or a mail failed; any code is only shown as text. */
export const returned = (code) => SIGN_IN[code] ?? `It did not work (${code}). Try again.`;

/** Which field of a form a refusal is about. */
export function blame(problem) {
  switch (problem.code) {
    case "PASSWORD_TOO_SHORT":
    case "PASSWORD_TOO_LONG":
      return { password: `${summary(problem)}.` };
    case "INVALID_EMAIL":
      return { email: "This is not an e-mail address." };
    case "USER_ALREADY_EXISTS":
    case "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL":
      return { email: "There is an account with this address already. Sign in instead." };
    case "INVALID_EMAIL_OR_PASSWORD":
      return { password: "The address or the password is not right." };
    default:
      return null;
  }
}
