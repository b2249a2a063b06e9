/** One subscription: how it does, what it has given up, its secret and its end. */
import { add, h } from "../../core/dom.js";
import { badge, busy, button, callout, empty, facts, heading, section } from "../../core/parts.js";
import { confirm } from "../../core/dialog.js";
import { go } from "../../core/router.js";
import { summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { count, number, time } from "../../core/format.js";
import { framed, redraw, tenantPath } from "./frame.js";
import { operatorApi } from "./token.js";
import { showSecret, subscribe } from "./subscriptions.js";
import { subscriptionState, subscriptionTrouble } from "./words.js";

export async function render(element, context) {
  const { id, subscription } = context.params;
  await framed(element, context, { tenant: id, draw: (place) => draw(place, id, subscription, context.signal) });
}

async function draw(place, tenant, id, signal) {
  const api = operatorApi(tenant);
  const path = `/subscriptions/${encodeURIComponent(id)}`;
  const one = await api.get(path, { signal });
  const why = subscriptionTrouble(one);
  const enable = button("Enable again", { small: true, onclick: () => busy(enable, () => attempt(() => again(api, one), "It is enabled again.")) });
  add(place,
    heading("Subscription", {
      lead: h("span", { class: "lead-line" }, h("code", {}, one.url), badge(...subscriptionState(one))),
      actions: [button("Change", { onclick: () => subscribe(api, one) }), button("New secret", { icon: "key", onclick: () => rotate(api, path) }), button("Delete", { kind: "danger-quiet", onclick: () => remove(api, path, one, tenant) })],
    }),
    why && callout(one.state === "active" ? "warn" : "bad", one.state === "active" ? "The other side does not take it at the moment" : "It is disabled", why, one.state !== "active" && enable),
    section("About", {}, facts([
      ["Description", one.description],
      ["Kinds", one.kinds ? one.kinds.join(", ") : "all"],
      ["Providers", one.providers ? one.providers.join(", ") : "all"],
      ["Still to send", number(one.backlog)],
      ["Given up", number(one.dead)],
      ["Last taken", time(one.last_success_at)],
      ["Last refused", time(one.last_failure_at)],
      ["Last error", one.last_error],
      ["Made", time(one.created_at)],
      ["Changed", time(one.updated_at)],
    ])),
    dead(api, path, one));
}

function dead(api, path, one) {
  const send = button("Send again", { icon: "sync", small: true, onclick: () => busy(send, () => attempt(async () => {
    const { count: sent, more } = await api.post(`${path}/replay`);
    return `${count(sent, "signal")} on the way again${more ? "; there are more, send again" : ""}.`;
  })) });
  return section("Given up", { actions: one.dead > 0 ? [send] : [] },
    one.dead_letters.length === 0
      ? empty("check", "Nothing was given up", "What the other side does not take is tried again for days before it comes here.")
      : h("ul", { class: "rows", "aria-label": "The newest that was given up" }, one.dead_letters.map((letter) => h("li", { class: "row" },
        h("div", { class: "row-words" }, h("code", {}, letter.webhook_id), h("span", { class: "muted" }, [letter.error, count(letter.attempts, "attempt")].filter(Boolean).join(" · "))),
        h("span", { class: "muted" }, time(letter.given_up_at))))));
}

/** Does it, says so and draws anew; a failure is told. `words`: what is said, unless the work answers what. */
async function attempt(work, words) {
  try {
    toast((await work()) ?? words);
    redraw();
  } catch (error) {
    if (error.name !== "AbortError") toast(summary(error), "bad");
  }
}

/** The same address again enables it, with what was said before. */
async function again(api, { url, description, kinds, providers }) {
  await api.put("/subscriptions", { url, description, kinds, providers });
}

async function rotate(api, path) {
  let secret;
  const isDone = await confirm("Make a new secret?", [h("p", {}, "Both sign for 24 hours, with two signatures in the header. Then the new one signs alone.")], {
    action: "Make a new secret", work: async () => ({ secret } = await api.post(`${path}/secret`)),
  });
  if (isDone) await showSecret(secret, "The one before signs beside it for 24 hours.");
}

async function remove(api, path, one, tenant) {
  const isDone = await confirm("Delete this subscription?", [h("p", {}, h("code", {}, one.url)), h("p", {}, "What is on its way is forgotten, and nothing more is sent there.")], {
    action: "Delete", danger: true, work: () => api.delete(path),
  });
  if (!isDone) return;
  toast("The subscription is deleted.");
  go(tenantPath(tenant, "subscriptions"));
}
