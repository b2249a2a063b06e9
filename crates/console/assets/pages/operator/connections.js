/** The tenant's connections, whoever made them, and their end. */
import { add, h } from "../../core/dom.js";
import { badge, busy, button, empty, facts, growing, heading } from "../../core/parts.js";
import { confirm } from "../../core/dialog.js";
import { monogram } from "../../core/monogram.js";
import { summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { time } from "../../core/format.js";
import { bySlug } from "./providers.js";
import { called, ended, ending, status, trouble } from "../connections/words.js";
import { framed, redraw } from "./frame.js";
import { operatorApi } from "./token.js";

export async function render(element, context) {
  const { id } = context.params;
  await framed(element, context, { tenant: id, draw: (place) => draw(place, operatorApi(id), context.signal) });
}

async function draw(place, api, signal) {
  const providers = await bySlug();
  const more = api.pages("/connections", "connections", { signal, query: { limit: 50 } });
  add(place,
    heading("Connections", { lead: "All of this tenant’s, whoever connected them." }),
    growing(more, (one) => row(api, one, providers(one.provider)), {
      label: "Connections of the tenant",
      none: empty("link", "Nothing is connected", "People of this tenant, or its backend, connect accounts."),
    }));
}

function row(api, one, provider) {
  const why = trouble(one.health);
  return h("li", { class: "operator-unfolding" }, h("details", { class: "unfold" },
    h("summary", {},
      monogram(provider.slug, provider.name, 28),
      h("span", { class: "row-words" }, h("strong", {}, called(one)), h("span", { class: "muted" }, `${provider.name} · ${one.owner ? "of one person" : "shared by all"}`)),
      badge(...status(one.health))),
    why && h("p", { class: "muted" }, `${why.reason} ${why.action}`),
    facts([
      ["Id", h("code", {}, one.id)],
      ["Kind", one.kind === "installation" ? "Installation" : "Account"],
      ["Account at the provider", h("code", {}, one.account_id)],
      ["Organisation there", one.org_id && h("code", {}, one.org_id)],
      ["Person", one.owner && h("code", {}, one.owner)],
      ["Scopes", one.scopes.length > 0 ? h("code", {}, one.scopes.join(" ")) : "none named"],
      ["Connected", time(one.created_at)],
      ["Changed", time(one.updated_at)],
    ]),
    one.health.status !== "revoked" && h("div", { class: "actions" }, renew(api, one), button("Disconnect", { kind: "danger-quiet", small: true, onclick: () => end(api, one, provider) }))));
}

function renew(api, one) {
  const press = button("Renew now", { small: true, onclick: () => busy(press, async () => {
    try {
      await api.post(`/connections/${one.id}/refresh`);
      toast("Renewed.");
      redraw();
    } catch (error) {
      toast(summary(error), "bad");
    }
  }) });
  return press;
}

async function end(api, one, provider) {
  let answer;
  const isDone = await confirm(`Disconnect ${called(one)}?`, [h("p", {}, ending(provider, provider.name)), h("p", {}, "Programs that use it lose it at once.")], {
    action: "Disconnect", danger: true, work: async () => (answer = await api.delete(`/connections/${one.id}`)),
  });
  if (!isDone) return;
  toast(ended(answer, provider.name));
  redraw();
}
