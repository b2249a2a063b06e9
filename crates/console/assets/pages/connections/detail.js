/** One connection: its health, what it may do, what it opens, what happened to it, and its end. */
import { add, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { day, time } from "../../core/format.js";
import { badge, button, busy, callout, chips, empty, facts, growing, heading, linkButton, pending, section } from "../../core/parts.js";
import { confirm } from "../../core/dialog.js";
import { icon } from "../../core/icons.js";
import { monogram } from "../../core/monogram.js";
import { go, reload } from "../../core/router.js";
import { summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { reconnectButton } from "./list.js";
import { bySlug } from "./providers.js";
import { called, ended, ending, happened, status, trouble } from "./words.js";

export async function render(element, { params, signal, title }) {
  const [named, connection] = await Promise.all([bySlug(), api.get(`/connections/${params.id}`, { signal })]);
  const provider = named(connection.provider);
  title(called(connection));
  add(element,
    top(connection, provider),
    health(connection, provider),
    h("div", { class: "beside" },
      h("div", {}, timeline(connection, signal)),
      h("div", {}, about(connection, provider), permissions(connection), places(connection), watching(connection))));
}

function top(connection, provider) {
  const isOver = connection.health.status === "revoked";
  const [text, tone] = status(connection.health);
  const refresh = button("Renew now", { icon: "sync", title: "Fetches a new token, although the stored one may still do", onclick: () => busy(refresh, () => renew(connection)) });
  const actions = isOver ? [] : [
    connection.health.next_action === "reconnect" && reconnectButton(provider, connection, { kind: "primary" }),
    connection.health.next_action !== "reconnect" && provider.capabilities.refresh && refresh,
    linkButton("What is fetched", `/console/sync/${connection.id}`, { icon: "inbox" }),
    button("Disconnect", { kind: "danger-quiet", icon: "unplug", onclick: () => disconnect(connection, provider) }),
  ];
  return heading(called(connection), {
    above: h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "/console/connections" }, "Connections"), icon("next"), h("span", { "aria-current": "page" }, provider.name)),
    lead: h("span", { class: "lead-line" }, monogram(connection.provider, provider.name, 20), provider.name, badge(text, tone)),
    actions: actions.filter(Boolean),
  });
}

async function renew(connection) {
  try {
    await api.post(`/connections/${connection.id}/refresh`);
    toast("The access is renewed.");
  } catch (error) {
    toast(summary(error), "bad");
  }
  reload();
}

async function disconnect(connection, provider) {
  let answer;
  const isDone = await confirm(`Disconnect ${called(connection)}?`, [
    h("p", {}, ending(provider, provider.name)),
    h("p", {}, "Programs that use it lose it at once. What happened so far stays to be read."),
  ], { action: "Disconnect", danger: true, work: async () => (answer = await api.delete(`/connections/${connection.id}`)) });
  if (!isDone) return;
  toast(ended(answer, provider.name));
  go("/console/connections");
}

function health(connection, provider) {
  const why = trouble(connection.health);
  const due = connection.health.reauth_due_at;
  if (why && connection.health.status !== "revoked") {
    return callout(status(connection.health)[1], why.reason, why.action);
  }
  if (connection.health.status === "revoked") return callout("info", "This connection was ended", "Connect the account again to go on; it keeps its history.", reconnectButton(provider, connection));
  // Two weeks: long enough to be told of, short enough to be true.
  if (due && new Date(due) - Date.now() < 14 * 86_400_000) return callout("warn", "The consent ends soon", h("span", {}, "At the provider, on ", day(due), ". Connect it again before that."), reconnectButton(provider, connection));
  return null;
}

function about(connection, provider) {
  return section("About", {}, facts([
    ["Provider", provider.name],
    ["Account", connection.display_name],
    ["Label", connection.label],
    ["Kind", connection.kind === "installation" ? "Installation" : "Account"],
    ["Id at the provider", h("code", {}, connection.account_id)],
    ["Organisation", connection.org_id && h("code", {}, connection.org_id)],
    ["Connected", time(connection.created_at)],
    ["Changed", time(connection.updated_at)],
    ["Consent ends", connection.health.reauth_due_at && day(connection.health.reauth_due_at)],
    ["Next try", connection.health.next_retry_at && time(connection.health.next_retry_at)],
  ]));
}

function permissions(connection) {
  const declined = connection.declined_scopes;
  return section("Permissions", {},
    connection.scopes.length > 0 ? chips(connection.scopes, { label: "Granted" }) : h("p", { class: "muted" }, "The provider names none."),
    declined.length > 0 && [h("h3", {}, "Asked for, not granted"), chips(declined, { tone: "gone", label: "Not granted" })]);
}

function places(connection) {
  if (connection.resources.length === 0) return null;
  return section("What it opens", {}, h("ul", { class: "rows tight" }, connection.resources.map((place) => h("li", { class: "row" },
    h("div", { class: "row-words" },
      place.url ? h("a", { href: place.url, target: "_blank", rel: "noreferrer" }, place.name, " ", icon("external", 12)) : h("strong", {}, place.name),
      h("span", { class: "muted" }, place.kind))))));
}

function watching(connection) {
  const { hooks, hooks_error: trouble } = connection;
  if (hooks.length === 0 && !trouble) return null;
  return section("Watched", {},
    trouble && callout("warn", "Not everything can be watched", trouble),
    h("ul", { class: "rows tight" }, hooks.map((hook) => h("li", { class: "row" },
      h("div", { class: "row-words" },
        h("strong", {}, hook.target),
        h("span", { class: "muted" }, hook.error ?? (hook.last_delivery_at ? ["last heard of ", time(hook.last_delivery_at)] : "nothing heard yet"))),
      badge(hook.state === "active" ? "Active" : hook.state === "pending" ? "Pending" : "Removing", hook.error ? "warn" : hook.state === "active" ? "good" : "quiet")))));
}

function timeline(connection, signal) {
  const more = api.pages(`/connections/${connection.id}/timeline`, "events", { signal, query: { limit: 20 } });
  return section("What happened", {}, growing(together(more), entry, { class: "timeline", label: "What happened, newest first", none: empty("clock", "Nothing yet") }));
}

/** Neighbours that tell the same of several things (four streams of one new connection) become one line. */
function together(more) {
  const grouped = async () => (await more())?.reduce((lines, event) => {
    const last = lines.at(-1);
    const same = last && last.event === event.event && last.actor === event.actor && !event.detail?.change && event.detail?.stream;
    if (same) last.detail = { ...last.detail, stream: `${last.detail.stream}, ${event.detail.stream}` };
    else lines.push(event);
    return lines;
  }, []) ?? null;
  grouped.ended = more.ended;
  return grouped;
}

function entry(event) {
  const { title, who, more, tone } = happened(event);
  return h("li", { class: `moment ${tone}` },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("div", {}, h("p", { class: "moment-title" }, title, who && h("span", { class: "muted" }, ` by ${who}`)), more.map((line) => h("p", { class: "muted" }, line))),
    h("span", { class: "muted" }, time(event.occurred_at)));
}
