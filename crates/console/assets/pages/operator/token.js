/**
 * The operator's token: in this module's memory and nowhere else. It is gone when the page is loaded anew, when it is forgotten, when whoever
 * is signed in leaves, and when it was not used for half an hour.
 */
import { createApi } from "../../core/api.js";
import { Problem } from "../../core/problem.js";
import { session } from "../../core/session.js";

/** Long enough to read a page, short enough for a browser that somebody has left open. */
const UNUSED_MS = 30 * 60_000;
/** How often it is looked whether that has passed: a page that sleeps is late, and is asked again with each use. */
const LOOK_MS = 20_000;

let token = null;
let used = 0;
let looking = null;
const tenants = new Map();
const listeners = new Set();

export const operator = {
  /** Whether there is one. */
  get isHeld() {
    if (token !== null && Date.now() - used >= UNUSED_MS) this.forget("It was not used for half an hour.");
    return token !== null;
  },

  /** Why the last one is gone, to be told once. */
  why: null,

  hold(value) {
    [token, used, this.why] = [value, Date.now(), null];
    looking ??= setInterval(() => this.isHeld, LOOK_MS);
    tell();
  },

  /** `why`: what is said where the next one is asked for. */
  forget(why = null) {
    if (token === null) return;
    [token, this.why] = [null, why];
    tenants.clear();
    clearInterval(looking);
    looking = null;
    tell();
  },

  /** Calls `listener()` whenever there is one now, or none any more; the answer stops that. */
  onChange(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Those that were looked at since the token was entered, newest first: there is no list of all. */
  get tenants() {
    return [...tenants.values()].reverse();
  },

  sawTenant(tenant) {
    tenants.delete(tenant.id);
    tenants.set(tenant.id, tenant);
  },
};

function tell() {
  for (const listener of [...listeners]) listener();
}

session.onChange((person) => person === null && operator.forget("You have signed out."));

/** The API for a token that is not held yet. */
export const apiWith = (value) => createApi({ headers: () => ({ authorization: `Bearer ${value}` }), refused: () => false });

/** The API for a tenant, or for none in particular. */
export function operatorApi(tenant) {
  return createApi({
    headers: () => {
      if (!operator.isHeld) throw new Problem({ status: 401, code: "UNAUTHORIZED", detail: "The operator token is gone." });
      used = Date.now();
      return { authorization: `Bearer ${token}`, ...(tenant && { "x-tenant-id": tenant }) };
    },
    refused: () => {
      operator.forget("The server does not accept it any more.");
      return false;
    },
  });
}
