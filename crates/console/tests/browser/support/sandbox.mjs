/** The vendors' stand-in, told what is to happen there. */
import { settings } from "./settings.mjs";

async function control(method, path, body) {
  const answer = await fetch(`${settings.sandbox}/_control/${path}`, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the sandbox refuses ${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

export const sandbox = {
  /** Makes something at a vendor, of which it tells whoever listens. */
  make: (vendor, thing) => control("POST", `${vendor}/data`, thing),
  /** Ends what a person has given there. */
  revoke: (vendor, account, notify) => control("POST", `${vendor}/revoke`, { account, notify }),
  /** What apps have registered there for an account. */
  hooks: async (vendor, account) => (await control("GET", `${vendor}/hooks`)).filter((one) => one.account === account && !one.ended),
  /** Holds what is asked of a vendor's API, so many times, until the release. */
  hold: (vendor, times) => control("POST", `${vendor}/faults`, { on: "api", kind: "hold", times }),
  async release(vendor) {
    await control("DELETE", `${vendor}/faults`);
    return control("POST", `${vendor}/release`, {});
  },
  /** Has a hook deliver this. */
  deliver: (vendor, hook, event, payload) => control("POST", `${vendor}/hooks/${hook}/deliver`, { event, payload }),
  /** What the model answers next, one after the other. */
  script: async (answers) => {
    await control("DELETE", "anthropic/script");
    await control("POST", "anthropic/script", { answers });
  },
  /** Whoever signs in at a vendor from now on. */
  person: (vendor, person) => control("POST", `${vendor}/person`, person),
  /** A mail to this address that was not opened yet; it may still be on its way. */
  async mail(to, kind) {
    const until = Date.now() + MAIL_MS;
    while (Date.now() < until) {
      const all = await control("GET", "mail?unseen=true");
      const found = all.filter((one) => one.to.includes(to) && one.kind === kind && !opened.has(one.url)).at(-1);
      if (!found) continue;
      opened.add(found.url);
      return found;
    }
    throw new Error(`no mail (${kind}) came to ${to}`);
  },
};

/** Links that were followed already. */
const opened = new Set();
/** The sandbox itself waits up to five seconds for the next one. */
const MAIL_MS = 60_000;
