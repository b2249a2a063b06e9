/** What the API's words mean for an operator. */
import { words } from "../../core/format.js";

const STATE = { active: ["Active", "good"], erasing: ["Being erased", "warn"], erased: ["Erased", "quiet"] };

/** `[words, tone]` of a tenant's badge. */
export const state = (tenant) => STATE[tenant.state] ?? [words(tenant.state), "quiet"];

export const LEVEL = { fault: ["Fault", "bad"], warning: ["Warning", "warn"], note: ["Note", "info"], ok: ["Fine", "good"] };

const SUBSCRIPTION = {
  gone: "The other side answered that the address is gone.",
  failing: "For days nothing was taken.",
};

/** `[words, tone]` of a subscription's badge. */
export function subscriptionState(one) {
  if (one.state !== "active") return ["Disabled", "bad"];
  return one.failing_since ? ["Failing", "warn"] : ["Active", "good"];
}

/** Why it is as it is, or null. */
export const subscriptionTrouble = (one) => (one.state === "active" ? one.failing_since && one.last_error : SUBSCRIPTION[one.disabled_reason] ?? words(one.disabled_reason ?? "disabled"));
