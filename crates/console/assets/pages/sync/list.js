/** What is fetched, of every connection. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { button, busy, empty, growing, heading, linkButton, pending } from "../../core/parts.js";
import { monogram } from "../../core/monogram.js";
import { called } from "../connections/words.js";
import { bySlug } from "../connections/providers.js";
import { streamList } from "./streams.js";

/** Each is a call of its own, and a person has a hundred a minute. */
const AT_ONCE = 8;

export async function render(element, { signal }) {
  add(element, heading("Sync", { lead: "What is fetched of your accounts, by schedule and when a provider says that something changed." }));
  const named = await bySlug();
  const more = api.pages("/connections", "connections", { signal, query: { limit: AT_ONCE } });
  const current = async () => (await more())?.filter((one) => one.health.status !== "revoked") ?? null;
  current.ended = more.ended;
  add(element, growing(current, (connection) => card(connection, named(connection.provider), signal), {
    class: "sync-connections",
    label: "Connections",
    none: empty("sync", "Nothing is fetched yet", "Connect an account; what it keeps is fetched from then on.", linkButton("Connect an account", "/console/connections/new", { kind: "primary" })),
  }));
}

function card(connection, provider, signal) {
  const actions = h("div", { class: "actions" });
  const title = called(connection);
  const load = () => api.get(`/connections/${connection.id}/streams`, { signal });
  return h("li", { class: "section" },
    h("div", { class: "section-head" },
      h("h2", { class: "sync-title" }, monogram(connection.provider, provider.name, 24), h("a", { href: `/console/sync/${connection.id}` }, title), h("span", { class: "muted" }, provider.name)),
      actions),
    pending(load, ({ streams }) => {
      const list = streamList(connection, { signal, streams, label: `Streams of ${title}` });
      if (streams.length > 0) {
        const all = button("Sync all", { small: true, kind: "quiet", icon: "sync", "aria-label": `Sync all of ${title}`, onclick: () => busy(all, () => list.sync(null)) });
        fill(actions, all);
      }
      return list.element;
    }, { lines: 2 }));
}
