/** Where the tenant's signals are forwarded to. */
import { add, h } from "../../core/dom.js";
import { badge, button, empty, heading } from "../../core/parts.js";
import { dialog } from "../../core/dialog.js";
import { field, form } from "../../core/form.js";
import { toast } from "../../core/toast.js";
import { count, time } from "../../core/format.js";
import { framed, redraw, shownOnce, tenantPath } from "./frame.js";
import { operatorApi } from "./token.js";
import { subscriptionState, subscriptionTrouble } from "./words.js";

export async function render(element, context) {
  const { id } = context.params;
  await framed(element, context, { tenant: id, draw: (place) => draw(place, id, context.signal) });
}

async function draw(place, tenant, signal) {
  const api = operatorApi(tenant);
  const { subscriptions: all } = await api.get("/subscriptions", { signal });
  add(place,
    heading("Subscriptions", {
      lead: "Where the tenant’s signals are forwarded to, signed per Standard Webhooks.",
      actions: [button("Make a subscription", { kind: "primary", icon: "plus", onclick: () => subscribe(api) })],
    }),
    all.length === 0
      ? empty("signal", "Nothing is forwarded", "A subscription sends what happens in the tenant’s accounts to an address of yours.")
      : h("ul", { class: "rows", "aria-label": "Subscriptions of the tenant" }, all.map((one) => row(tenant, one))));
}

function row(tenant, one) {
  const why = subscriptionTrouble(one);
  return h("li", { class: "row" },
    h("div", { class: "row-words" },
      h("a", { class: "row-link", href: tenantPath(tenant, `subscriptions/${one.id}`) }, one.url),
      h("span", { class: "muted" }, [one.description, one.kinds ? one.kinds.join(", ") : "all kinds", one.dead > 0 && `${count(one.dead, "signal")} given up`].filter(Boolean).join(" · ")),
      why && h("span", { class: "muted" }, why)),
    h("div", { class: "row-end" }, badge(...subscriptionState(one)), h("span", { class: "muted row-time" }, one.last_success_at ? ["taken ", time(one.last_success_at)] : "nothing taken yet")));
}

const list = (text) => (text.trim() ? text.trim().split(/[\s,]+/) : null);

/** Asks for what a subscription is, and shows the secret that was made, once. `old`: the one that is replaced. */
export async function subscribe(api, old) {
  const answer = await dialog(old ? "Change the subscription" : "Make a subscription", (close) => form([
    old ? h("p", { class: "muted" }, old.url) : field("url", "Address", { required: true, type: "url", placeholder: "https", autocomplete: "off", hint: "https, of a public host. The same address again replaces what was said." }),
    field("description", "Description", { optional: true, autocomplete: "off", value: old?.description ?? undefined }),
    field("kinds", "Kinds of signals", { optional: true, autocomplete: "off", spellcheck: "false", value: old?.kinds?.join(", "), hint: "Such as issue_created, with commas between them. Empty: all." }),
    field("providers", "Providers", { optional: true, autocomplete: "off", spellcheck: "false", value: old?.providers?.join(", "), hint: "As the catalogue names them, with commas between them. Empty: all." }),
  ], {
    submit: old ? "Change it" : "Make it",
    work: async (given) => close(await api.put("/subscriptions", {
      url: old?.url ?? given.url.trim(), description: given.description.trim() || null, kinds: list(given.kinds), providers: list(given.providers),
    })),
  }));
  if (!answer) return;
  if (answer.secret) await showSecret(answer.secret, "What signs its deliveries.");
  toast(old ? "The subscription is changed." : "Signals are forwarded from now on.");
  redraw();
}

/** A secret, this once. */
export function showSecret(secret, lead) {
  return dialog("Signing secret", (close) => [
    h("p", { class: "muted" }, "It is shown this once. Keep it where the receiver reads it."),
    shownOnce("Signing secret", secret),
    h("div", { class: "dialog-end" }, button("I have kept it", { kind: "primary", onclick: () => close(true) })),
  ], { lead });
}
