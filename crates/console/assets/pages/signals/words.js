/** What signals are called. */
import { words } from "../../core/format.js";

const KINDS = {
  connection_connected: "Account connected",
  connection_recovered: "Healthy again",
  connection_resumed: "No longer suspended",
  connection_needs_reauth: "Has to be connected again",
  connection_degraded: "Waiting for the provider",
  connection_suspended: "Suspended at the provider",
  connection_revoked: "Ended at the provider",
};

/** `issue_created` as "Issue created". */
export const kindWords = (kind) => KINDS[kind] ?? words(kind);

/** What it happened to, as far as the signal says. */
export function subjectWords({ subject, provider }) {
  // Only what is counted has a number: an identifier (ENG-7) or the name of a branch stands for itself.
  const number = subject?.number ? `${/^\d+$/.test(subject.number) ? "#" : ""}${subject.number} ` : "";
  return `${number}${subject?.title ?? subject?.name ?? (number ? "" : provider)}`.trim();
}
