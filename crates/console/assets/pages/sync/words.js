/** What the API's words about streams mean for the person whose they are. */
import { count, number, relative, words } from "../../core/format.js";

/** `issues` as "Issues". */
export const streamName = (name) => words(name);

const ERROR = {
  rate_limited: ["The provider asks for patience.", "It goes on by itself."],
  network: ["The provider cannot be reached, or is failing.", "It is tried again by itself; “Sync now” tries at once."],
  unreadable_answer: ["The provider’s answer makes no sense.", "It is tried again by itself. If it stays like this, tell whoever operates this."],
  request_refused: ["The provider refuses what is asked of it.", "A permission may be missing: connect the account again, with all permissions."],
  grant_dead: ["The provider does not take the access any more.", "Connect the account again; fetching goes on where it stopped."],
  not_configured: ["The provider is not set up here any more.", "Whoever operates this has to check the provider’s settings."],
  internal: ["Something failed here.", "It is tried again by itself. If it stays like this, tell whoever operates this."],
};

/** What keeps a stream from being fetched and what to do, or null. */
export function trouble(stream) {
  if (stream.error) {
    const [what, advice] = ERROR[stream.error.code] ?? [stream.error.detail, "It is tried again by itself."];
    // Without an access nothing but a new one helps, whenever the next look is.
    const until = stream.error.code !== "grant_dead" && stream.error.until && new Date(stream.error.until) > Date.now() ? `Next try ${relative(stream.error.until)}.` : "";
    return { what, advice: [advice, until].filter(Boolean).join(" "), isDead: stream.error.code === "grant_dead" };
  }
  if (stream.asleep) return { what: "It waits until the connection is healthy again.", advice: "Look at the connection’s page for what is the matter.", isDead: true };
  return null;
}

/** `[words, tone]` of a badge. `asked`: somebody here waits for it. */
export function standing(stream, asked) {
  if (stream.running) return ["Fetching", "info"];
  if (asked) return ["Queued", "info"];
  if (stream.asleep) return ["Paused", "warn"];
  if (stream.error) return stream.error.code === "rate_limited" ? ["Waiting", "warn"] : ["Failing", "bad"];
  if (!stream.finished_at) return ["Not fetched yet", "quiet"];
  return ["Up to date", "good"];
}

const PHASE = { listing: "Reading all there is", missing: "Looking for what is gone", changes: "Reading what changed" };

/** How far a run is. */
export function progress(stream) {
  if (!stream.running) return "Waiting for its turn";
  const run = stream.last_run;
  return run ? `${PHASE[stream.phase] ?? "Fetching"}: ${count(run.seen, "record")} so far` : PHASE[stream.phase] ?? "Fetching";
}

/** What the last run met. */
export function lastRun(run) {
  if (!run) return null;
  const changes = difference(run);
  return changes ? `Last run: ${changes}, of ${number(run.seen)} seen` : `Last run: nothing new, ${number(run.seen)} seen`;
}

/** "3 new, 5 changed, 1 gone", or nothing. */
export function difference({ created, updated, deleted }) {
  return [[created, "new"], [updated, "changed"], [deleted, "gone"]].filter(([many]) => many > 0).map(([many, word]) => `${number(many)} ${word}`).join(", ");
}

/** The title of a record, in the shape's words. */
export function recordTitle(record) {
  const shape = record.shape;
  if (record.deleted) return "Gone at the provider";
  const text = shape?.title ?? shape?.name ?? shape?.subject ?? shape?.track ?? shape?.text ?? shape?.message ?? record.external_id;
  const title = String(text || record.external_id).split("\n")[0].trim().slice(0, 160) || record.external_id;
  return shape?.key ? `${shape.key} ${title}` : title;
}
