/** The catalogue, asked for once a visit: what can be connected, and what the providers are called. */
import { api } from "../../core/api.js";

let asked;

/** Every provider: those with a client here first, then those that take a key of the person's, then those that are not set up. */
export function providers() {
  asked ??= api.get("/providers").then(
    ({ providers: all }) => all.sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name)),
    (error) => {
      asked = undefined;
      throw error;
    });
  return asked;
}

const rank = (provider) => (!provider.configured ? 2 : provider.auth === "oauth2" ? 0 : 1);

/** By slug. A provider that is not in the catalogue any more goes by its slug. */
export async function bySlug() {
  const all = new Map((await providers()).map((one) => [one.slug, one]));
  return (slug) => all.get(slug) ?? { slug, name: slug, inputs: [], scopes: [], auth: "oauth2", configured: false, capabilities: {} };
}
