/** What the API's words about a connection mean for the person whose it is. */
import { relative, words } from "../../core/format.js";

const STATUS = {
  active: ["Healthy", "good"],
  degraded: ["Waiting", "warn"],
  needs_reauth: ["Needs reconnecting", "bad"],
  suspended: ["Suspended", "warn"],
  revoked: ["Ended", "quiet"],
};

/** `[words, tone]` of a badge. */
export const status = (health) => STATUS[health.status] ?? [words(health.status), "quiet"];

const REASON = {
  revoked: "The access was withdrawn at the provider.",
  refresh_expired: "The consent has expired.",
  missing_scope: "It lacks a permission that is needed.",
  rotated_elsewhere: "The provider may have replaced the access while its answer was lost.",
  app_disabled: "The app was switched off at the provider.",
  unavailable: "The provider does not answer at the moment.",
  rate_limited: "The provider asks for patience.",
  unreadable: "The provider answered with something that could not be read.",
  unanswered: "The provider’s answer was lost on the way.",
  client_refused: "The provider refuses this deployment’s client.",
  not_configured: "This deployment has no client at the provider any more.",
};

const ACTION = {
  reconnect: "Connect it again: what belongs to it stays.",
  wait: "It is tried again by itself.",
  check_settings: "Whoever operates this has to check the provider’s settings.",
  unsuspend_at_provider: "An owner has to lift the suspension at the provider.",
};

/** Why it is as it is, and what to do, or null where all is well. */
export function trouble(health) {
  if (health.status === "active") return null;
  const reason = REASON[health.reason] ?? (health.status === "suspended" ? "The provider has suspended it." : health.status === "revoked" ? "It was ended." : "");
  const retry = health.next_retry_at ? `It is tried again ${relative(health.next_retry_at)}.` : undefined;
  return { reason, action: retry ?? ACTION[health.next_action] ?? "" };
}

/** What people call it: their own label, else the name at the provider. */
export const called = (connection) => connection.label || connection.display_name || connection.account_id;

/** What ending it ends at the provider, before it is done. */
export function ending(provider, name) {
  return {
    grant: `${name} ends this connection’s access. Other connections to the same account go on.`,
    account: `${name} ends everything that this account gave to this app, including other connections to the same account.`,
    organization: `${name} removes the app from the whole organisation or workspace, for everybody in it.`,
    nothing: `${name} has no way to end it from here. The access is forgotten here at once; remove the app in your settings at ${name}, too.`,
  }[provider?.revocation] ?? `The access is forgotten here, and ended at ${name} where that is possible.`;
}

/** What became of it there, after it was done. */
export function ended(answer, name) {
  return {
    revoked: `Disconnected, and ended at ${name}.`,
    pending: `Disconnected. ${name} did not answer yet; it is asked again until it does.`,
    shared: `Disconnected here. Another connection stands on the same account, so ${name} was not asked.`,
    not_offered: `Disconnected here. Remove the app in your settings at ${name}, too.`,
    nothing: "Disconnected.",
  }[answer.at_provider] ?? "Disconnected.";
}

/** By the event's words, whichever sign stands between them. */
const EVENT = {
  "connection connect": "Connected",
  "connection disconnect": "Disconnected",
  "connection recovered": "Healthy again",
  "connection resumed": "No longer suspended",
  "connection degraded": "Waiting for the provider",
  "connection suspended": "Suspended at the provider",
  "connection revoked": "Ended at the provider",
  "connection needs reauth": "Has to be connected again",
  "token vend": "A token was handed out",
  "hook register": "Watching for changes",
  "hook remove": "No longer watching",
  "hook fail": "Watching failed",
  "stream list": "Can be fetched",
  "stream fail": "Fetching failed",
  "stream recover": "Fetching works again",
};

/** One line of the timeline: what happened, by whom, and whether it is good news. */
export function happened({ event, actor, detail }) {
  const change = detail?.change;
  const after = change?.after?.status ?? change?.after;
  const before = change?.before?.status ?? change?.before;
  const state = typeof after === "string" ? STATUS[after] : null;
  const who = actor?.startsWith("user:") ? "you" : actor?.startsWith("operator:") ? "the operator" : actor?.startsWith("provider:") ? "the provider" : null;
  const moved = typeof before === "string" && typeof after === "string" && before !== after ? `${label(before)} → ${label(after)}` : null;
  const reason = REASON[change?.after?.reason ?? change?.reason ?? detail?.reason] ?? null;
  const tone = event.endsWith(".fail") ? "bad" : state?.[1] ?? (event === "connection.connect" ? "good" : "quiet");
  return { title: EVENT[event.replaceAll(/[._]/g, " ")] ?? words(event), who, more: [moved, reason, detail?.target, detail?.stream].filter((it) => typeof it === "string"), tone };
}

const label = (word) => STATUS[word]?.[0] ?? words(word);
