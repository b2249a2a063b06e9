/**
 * Who is signed in. The session is an HttpOnly cookie that no script reads; its JWT is kept in this module's memory and nowhere else.
 */
import { fetched, read, Problem } from "./problem.js";

/** A JWT that ends sooner than this is not used any more. */
const SPARE_MS = 30_000;

let person = null;
let methods;
let held = null;
let fetching = null;
const listeners = new Set();

async function call(path, body) {
  const answer = await fetched(`/api/auth/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw await read(answer);
  return answer.json();
}

function became(next) {
  const changed = person?.id !== next?.id || person?.emailVerified !== next?.emailVerified;
  if (person?.id !== next?.id) held = null;
  person = next;
  if (changed) for (const listener of listeners) listener(person);
}

export const session = {
  /** `{ id, name, email, emailVerified, image }`, or null for a stranger. */
  get person() {
    return person;
  },

  /** Calls `listener(person)` whenever somebody else is signed in, or nobody; the answer stops that. */
  onChange(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Asks who the cookie belongs to. */
  async load() {
    const answer = await call("get-session");
    became(answer?.user ?? null);
    return person;
  },

  /** How people may come in here: `{ emailAndPassword, signUp, mail, social: [{ id, name }] }`. */
  methods() {
    methods ??= call("ways-in").catch((error) => {
      methods = undefined;
      throw error;
    });
    return methods;
  },

  async signIn({ email, password, rememberMe }) {
    const answer = await call("sign-in/email", { email, password, rememberMe });
    became(answer.user);
  },

  /** Whether the person is signed in now; false: a mail has to be opened first. `callbackURL`: where that mail leads. */
  async signUp({ name, email, password, callbackURL }) {
    const answer = await call("sign-up/email", { name, email, password, callbackURL });
    if (answer.token !== null) became(answer.user);
    return answer.token !== null;
  },

  /** Leaves for the provider, and comes back to `to`; with `?error=` to `failed` where it went wrong. */
  async social(provider, to, failed) {
    const answer = await call("sign-in/social", { provider, callbackURL: to, errorCallbackURL: failed });
    location.assign(answer.url);
  },

  async signOut() {
    await call("sign-out", {});
    became(null);
  },

  /** Sends a link that leads to `redirectTo?token=…`; the answer does not say whether anybody has the address. */
  requestReset: (email, redirectTo) => call("request-password-reset", { email, redirectTo }),
  resetPassword: (token, newPassword) => call("reset-password", { token, newPassword }),
  sendVerification: (email, callbackURL) => call("send-verification-email", { email, callbackURL }),

  /** A JWT that lasts for another half minute at least. However many ask at once, one is fetched. */
  async jwt() {
    if (held && Date.now() < held.until - SPARE_MS) return held.token;
    fetching ??= fetchToken().finally(() => (fetching = null));
    return fetching;
  },

  /** The server refused this JWT: whoever asks next gets another one. */
  drop(token) {
    if (held?.token === token) held = null;
  },
};

async function fetchToken() {
  let token;
  try {
    ({ token } = await call("token"));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) became(null);
    throw error;
  }
  const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  // By this machine's own clock, which may be wrong: what counts is how long it lives, not when it ends.
  held = { token, until: Date.now() + (claims.exp - claims.iat) * 1000 };
  return token;
}
