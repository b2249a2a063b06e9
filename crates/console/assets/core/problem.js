/** What went wrong, in one shape, whichever of the two services said it; and what to do about it, in words. */

/** A refusal. `code` is what programs switch on, `requestId` what a person quotes to whoever operates this. */
export class Problem extends Error {
  constructor({ status, code, title, detail, requestId, retryAfter, errors }) {
    super(detail || title || code);
    this.name = "Problem";
    Object.assign(this, { status, code, title, detail, requestId, retryAfter, errors: errors ?? [] });
  }
}

/** Reads an answer that is not good: problem+json of connectors, or `{code, message}` of the auth service. */
export async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  const wait = Number(answer.headers.get("retry-after"));
  return new Problem({
    status: answer.status,
    code: body.code ?? `HTTP_${answer.status}`,
    title: body.title ?? (body.message ? undefined : answer.statusText),
    detail: body.detail ?? body.message,
    errors: body.errors,
    requestId: body.request_id ?? answer.headers.get("x-request-id") ?? undefined,
    retryAfter: Number.isFinite(wait) && wait > 0 ? wait : undefined,
  });
}

/** `fetch`, but whatever fails is a Problem; only an abort stays what it is. */
export async function fetched(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ status: 0, code: "UNREACHABLE", title: "No answer", detail: "The server could not be reached." });
  }
}

/** Whether this is what an `AbortSignal` makes of a request: the person has gone on, and there is nothing to tell. */
export const isAbort = (error) => error?.name === "AbortError";

const ADVICE = {
  UNREACHABLE: "Check your network, and try again.",
  UNAUTHORIZED: "Sign in again, and repeat what you did.",
  RATE_LIMITED: "Wait a moment before you try again.",
  TOO_MANY_REQUESTS: "Wait a moment before you try again.",
  PROVIDER_NOT_CONFIGURED: "Whoever operates this has to enter the provider's client id and secret first.",
  PROVIDER_UNAVAILABLE: "The provider does not answer at the moment. Try again in a few minutes.",
  PROVIDER_RATE_LIMITED: "The provider asks for patience. Try again later.",
  RECONNECT_REQUIRED: "Connect the account again.",
  STATE_INVALID: "The attempt is over or was begun in another browser. Start again from here.",
};

/** What the person can do, as a sentence. */
export function advice(problem) {
  if (problem.retryAfter > 1) return `Try again in ${problem.retryAfter} seconds.`;
  if (ADVICE[problem.code]) return ADVICE[problem.code];
  if (problem.status >= 500) return "Try again. If it stays like this, tell whoever operates this, with the number below.";
  return "";
}

/** Where the detail speaks to programs, of headers and fields. */
const SAID = {
  RATE_LIMITED: "That was too much at once.",
  PROVIDER_UNAVAILABLE: "The provider does not answer as it should.",
  PROVIDER_RATE_LIMITED: "The provider takes no more requests for now.",
};

/** What happened, as a sentence. */
export function summary(problem) {
  // What is wrong in a request is said part by part.
  if (problem.errors?.length > 0) return problem.errors.map(({ pointer, detail }) => `${pointer?.replace(/^#\/?/, "")}: ${detail}`).join("; ");
  if (problem instanceof Problem) return SAID[problem.code] || problem.detail || problem.title || "The server refused this.";
  return "Something in this page failed. Load it again.";
}
