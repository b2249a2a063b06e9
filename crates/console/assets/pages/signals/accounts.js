/** What the person's connections are called, those that have ended included: signals outlive them. */
import { h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { bySlug } from "../connections/providers.js";
import { called } from "../connections/words.js";

/** `{ connections, named(slug), nameOf(connection id) }`. */
export async function accounts(signal) {
  const [named, current, ended] = await Promise.all([
    bySlug(),
    api.all("/connections", "connections", { signal }),
    api.all("/connections", "connections", { signal, query: { status: "revoked" } }),
  ]);
  const byId = new Map([...ended, ...current].map((one) => [one.id, one]));
  const nameOf = (id) => {
    const one = byId.get(id);
    return one ? `${called(one)} (${named(one.provider).name})` : "A connection that is not listed";
  };
  return { connections: [...byId.values()], named, nameOf };
}

/** A link out of the console. An address that a provider wrote is followed only if it is one of the web. */
export function outside(url, ...words) {
  if (!/^https?:\/\//i.test(url ?? "")) return null;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words);
}
