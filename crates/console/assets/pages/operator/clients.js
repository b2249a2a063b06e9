/** The tenant's own clients at the providers. Their secrets go in and never come out. */
import { add, h } from "../../core/dom.js";
import { button, empty, facts, heading } from "../../core/parts.js";
import { confirm, dialog } from "../../core/dialog.js";
import { field, form } from "../../core/form.js";
import { monogram } from "../../core/monogram.js";
import { toast } from "../../core/toast.js";
import { time } from "../../core/format.js";
import { bySlug, providers } from "./providers.js";
import { framed, redraw } from "./frame.js";
import { operatorApi } from "./token.js";

export async function render(element, context) {
  const { id } = context.params;
  await framed(element, context, { tenant: id, draw: (place) => draw(place, id, context.signal) });
}

async function draw(place, tenant, signal) {
  const api = operatorApi(tenant);
  const [{ provider_configs: all }, named] = await Promise.all([api.get("/provider-configs", { signal }), bySlug()]);
  add(place,
    heading("Clients", {
      lead: "The tenant’s own clients at the providers. They win over this deployment’s for everything the tenant connects.",
      actions: [button("Set a client", { kind: "primary", icon: "plus", onclick: () => enter(api, tenant) })],
    }),
    all.length === 0
      ? empty("key", "No client of its own", "Everything is connected with this deployment’s clients.")
      : h("ul", { class: "rows", "aria-label": "Clients of the tenant" }, all.map((one) => row(api, tenant, one, named(one.provider)))));
}

function row(api, tenant, one, provider) {
  return h("li", { class: "operator-unfolding" }, h("details", { class: "unfold" },
    h("summary", {},
      monogram(provider.slug, provider.name, 28),
      h("span", { class: "row-words" }, h("strong", {}, provider.name), h("span", { class: "muted" }, one.client_id)),
      h("span", { class: "muted row-time" }, time(one.updated_at))),
    facts([
      ["Client id", h("code", {}, one.client_id)],
      ["Client secret", "Set. It is never shown."],
      ["Redirect URL", one.redirect_uri ? h("code", {}, one.redirect_uri) : "this deployment’s own"],
      ["Scopes", one.scopes ? h("code", {}, one.scopes.join(" ")) : "the provider’s usual ones"],
      ["App", one.app && h("code", {}, `${one.app.name} (${one.app.id})`)],
      ["Set", time(one.created_at)],
      ["Changed", time(one.updated_at)],
    ]),
    h("div", { class: "actions" },
      button("Replace", { small: true, onclick: () => enter(api, tenant, one) }),
      button("Remove", { kind: "danger-quiet", small: true, onclick: () => remove(api, one, provider.name) }))));
}

async function enter(api, tenant, old) {
  const oauth = (await providers()).filter((one) => one.auth === "oauth2");
  const isDone = await dialog(old ? "Replace the client" : "Set a client", (close) => form([
    old ? h("p", { class: "muted" }, old.provider) : field("provider", "Provider", { options: oauth.map((one) => ({ value: one.slug, label: one.name })) }),
    field("client_id", "Client id", { required: true, autocomplete: "off", spellcheck: "false", value: old?.client_id }),
    field("client_secret", "Client secret", { type: "password", required: true, autocomplete: "off", hint: "It is sealed, and never shown again." }),
    field("redirect_uri", "Redirect URL", { optional: true, autocomplete: "off", value: old?.redirect_uri ?? undefined, hint: "Exactly as registered at the provider. Empty: this deployment’s own." }),
    field("scopes", "Scopes", { optional: true, autocomplete: "off", value: old?.scopes?.join(" "), hint: "With spaces between them. Empty: the provider’s usual ones." }),
    field("webhook_secrets", "Webhook secret", { type: "password", optional: true, autocomplete: "off", hint: `Of at least 16 characters, for webhooks to /webhooks/…/${tenant}.` }),
    old?.app && h("p", { class: "muted" }, "Its app is taken away: apps that organisations install are set over the API, with their key."),
  ], {
    submit: old ? "Replace it" : "Set it",
    work: async (given) => {
      const slug = old?.provider ?? given.provider;
      await api.put(`/provider-configs/${encodeURIComponent(slug)}`, {
        client_id: given.client_id.trim(),
        client_secret: given.client_secret.trim(),
        redirect_uri: given.redirect_uri.trim() || null,
        scopes: given.scopes.trim() ? given.scopes.trim().split(/\s+/) : null,
        webhook_secrets: given.webhook_secrets ? [given.webhook_secrets] : [],
      });
      close(true);
    },
  }), { lead: "What was there is replaced whole, secrets included." });
  if (!isDone) return;
  toast("The client is set.");
  redraw();
}

async function remove(api, one, name) {
  const isDone = await confirm(`Remove the client at ${name}?`, [
    h("p", {}, "From here on this deployment’s own client serves, if there is one."),
    h("p", {}, "What was connected with this client needs a new consent when its token ends."),
  ], { action: "Remove", danger: true, work: () => api.delete(`/provider-configs/${encodeURIComponent(one.provider)}`) });
  if (!isDone) return;
  toast("The client is removed.");
  redraw();
}
