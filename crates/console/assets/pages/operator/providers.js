/** What can be connected, asked for without any credential: nobody has to be signed in here, and the catalogue is everybody's. */
import { createApi } from "../../core/api.js";

const anybody = createApi({ headers: () => ({}), refused: () => false });

let asked;

/** The catalogue, once a visit, by name. */
export function providers() {
  asked ??= anybody.get("/providers").then(
    ({ providers: all }) => all.sort((one, other) => one.name.localeCompare(other.name)),
    (error) => {
      asked = undefined;
      throw error;
    });
  return asked;
}

/** By slug. One that is not in the catalogue any more goes by its slug. */
export async function bySlug() {
  const all = new Map((await providers()).map((one) => [one.slug, one]));
  return (slug) => all.get(slug) ?? { slug, name: slug };
}
