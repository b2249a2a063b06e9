/** What the API's words about a delivery mean for the person whose it is. */
import { count, relative, words } from "../../core/format.js";

const MINUTE_MS = 60_000;

export const STATES = {
  pending: ["Waiting", "info"],
  done: ["Read", "good"],
  ignored: ["Not read", "quiet"],
  unclaimed: ["Nobody’s", "warn"],
  dead: ["Dead letter", "bad"],
};

/** `[words, tone]` of a badge. */
export function state(one) {
  if (one.state === "pending" && one.error) return ["Trying again", "warn"];
  return STATES[one.state] ?? [words(one.state), "quiet"];
}

/** What the provider calls it. */
export const called = (one) => one.event || "Unnamed event";

/** "in 5 minutes"; what is due within one is not counted in seconds. */
const soon = (instant) => (instant && Date.parse(instant) - Date.now() > MINUTE_MS ? relative(instant) : "within a minute");

/** What became of it, in a sentence. */
export function fate(one, provider) {
  const tries = count(one.attempts ?? 0, "attempt");
  switch (one.state) {
    case "pending":
      if (!one.error) return "It waits to be read. That usually takes a moment.";
      return `It could not be read in ${tries} so far. It is tried again ${soon(one.next_attempt_at)}.`;
    case "done":
      return "It was read.";
    case "ignored":
      return `Events of this name from ${provider.name} are not read: they make no signals.`;
    case "unclaimed":
      return "It is about an account that was not connected here when it was read.";
    case "dead":
      return `It could not be read in ${tries} and is not tried again by itself.`;
    default:
      return "";
  }
}

const FAULTS = [
  [/^the provider is not known/, () => "This version does not know the provider, or reads no webhooks of it."],
  [/^the (.*) delivery lacks (.+)$/, (_, event, missing) => `The ${event} message lacks ${missing}, without which it cannot be read.`],
  [/^the reader panicked/, () => "Reading it went wrong inside this program. That is a fault of ours: whoever operates this should know."],
  [/^the payload is not text/, () => "What arrived is not text, and cannot be read."],
  [/^its worker never came back/, () => "Whatever began to read it never came back: it may be too much to read."],
  [/^the database failed/, () => "The database did not answer, or refused to store what was read."],
];

/** Why the last attempt failed, as a sentence. */
export function fault(error) {
  for (const [pattern, say] of FAULTS) {
    const found = pattern.exec(error);
    if (found) return say(...found);
  }
  return `${words(error)}.`;
}

/** What reading it again will do. */
export function prospect(one) {
  const once = "Signals that it has made already are not made twice.";
  return {
    pending: "A replay has it read at once, without waiting for its turn.",
    done: `A replay reads it again from what is stored, which helps where a newer version reads more. ${once}`,
    ignored: "A replay reads it again from what is stored, which helps where a newer version knows this event.",
    unclaimed: "A replay reads it again from what is stored, which helps once the account is connected.",
    dead: `A replay reads it again from what is stored, and gives it all its attempts anew. ${once}`,
  }[one.state] ?? once;
}

const REFUSALS = {
  missing_signature: ["It was not signed.", "Enter the webhook secret at the provider. If nobody set up a webhook, somebody is trying the address, and nothing has to be done."],
  several_signatures: ["It had more than one signature.", "A proxy on the way repeats headers, or somebody is trying the address."],
  malformed_signature: ["Its signature does not have the provider’s form.", "Check that the address is that of the right provider."],
  wrong_signature: ["Its signature does not match.", "The webhook secret here and the one at the provider are not the same. Enter the same one in both places."],
  no_secret: ["No webhook secret is set up for the provider here.", "Enter the secret in the provider’s settings, in the operator’s view."],
  missing_time: ["The time that has to be signed is missing.", "Check that the address is that of the right provider."],
  stale: ["Its time is too long ago, or in the future.", "Check the clock of this machine. An old message that somebody sends again is refused on purpose."],
  unknown_channel: ["Its channel is not one of ours.", "It was registered by an older setup, and ends by itself. Nothing has to be done."],
  wrong_audience: ["Its token is for somebody else.", "Set the audience of the push subscription to the address that is registered here."],
  missing_headers: ["It does not say what happened.", "A proxy on the way drops headers, or it is not from the provider."],
  not_json: ["Its body does not have the provider’s form.", "Choose JSON as the content type at the provider."],
};

/** Every reason for which a webhook is refused. */
export const REASONS = Object.keys(REFUSALS);

/** `[why, what to do]`. */
export const refusal = (reason) => REFUSALS[reason] ?? [`${words(reason)}.`, ""];
