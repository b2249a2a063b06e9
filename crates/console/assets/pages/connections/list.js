/** What is connected, and how it is. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count, time } from "../../core/format.js";
import { badge, button, busy, empty, heading, linkButton, pending, segments } from "../../core/parts.js";
import { monogram } from "../../core/monogram.js";
import { setQuery } from "../../core/router.js";
import { summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { ask, cameBack, reconnect } from "./connect.js";
import { bySlug } from "./providers.js";
import { called, status, trouble } from "./words.js";

const FILTERS = [{ value: "", label: "Current" }, { value: "attention", label: "Needs attention" }, { value: "ended", label: "Ended" }];

export async function render(element, { query, signal }) {
  const news = h("div", { role: "status" });
  const place = h("div", {});
  let filter = FILTERS.some(({ value }) => value === query.get("show")) ? query.get("show") : "";
  add(element,
    heading("Connections", { lead: "The accounts whose access is kept for you.", actions: [linkButton("Connect an account", "/console/connections/new", { kind: "primary", icon: "plus" })] }),
    news,
    segments("Which", FILTERS, filter, (value) => ((filter = value), setQuery({ show: value }), load())),
    place);

  function load() {
    const wanted = filter;
    const ask = async () => {
      const [named, connections] = await Promise.all([bySlug(), api.all("/connections", "connections", { signal, query: { status: wanted === "ended" ? "revoked" : null } })]);
      return { named, connections: wanted === "attention" ? connections.filter((one) => one.health.status !== "active") : connections };
    };
    fill(place, pending(ask, (data) => list(data, wanted), { lines: 5 }));
  }
  load();

  const named = await bySlug().catch(() => null);
  const told = await cameBack(query, named ? named(query.get("from")).name ?? "The account" : "The account");
  if (!told || signal.aborted) return;
  fill(news, told);
  load();
}

function list({ named, connections }, filter) {
  if (connections.length === 0) return none(filter);
  return [
    h("p", { class: "summary" }, summaryOf(connections)),
    h("ul", { class: "rows", "aria-label": "Connections" }, connections.map((connection) => row(connection, named(connection.provider)))),
  ];
}

function none(filter) {
  if (filter === "attention") return empty("check", "Nothing needs attention", "Every connection is healthy.");
  if (filter === "ended") return empty("unplug", "Nothing was ended", "What you disconnect, or withdraw at a provider, is listed here.");
  return empty("link", "Nothing is connected yet", "Choose a provider, agree there, and come back.", linkButton("Browse providers", "/console/connections/new", { kind: "primary" }));
}

function summaryOf(connections) {
  const wanting = connections.filter((one) => !["active", "revoked"].includes(one.health.status)).length;
  return `${count(connections.length, "connection")}${wanting > 0 ? `, ${wanting} of them ${wanting === 1 ? "needs" : "need"} attention` : ""}`;
}

function row(connection, provider) {
  const [text, tone] = status(connection.health);
  const why = trouble(connection.health);
  const facts = [provider.name, connection.label && connection.display_name, connection.kind === "installation" && "installation", count(connection.scopes.length, "permission")];
  return h("li", { class: "row" },
    monogram(connection.provider, provider.name, 36),
    h("div", { class: "row-words" },
      h("a", { class: "row-link", href: `/console/connections/${connection.id}` }, called(connection)),
      h("span", { class: "muted" }, facts.filter(Boolean).join(" · ")),
      why && connection.health.status !== "revoked" && h("span", { class: "row-why" }, why.reason, " ", why.action)),
    h("div", { class: "row-end" },
      connection.health.next_action === "reconnect" ? reconnectButton(provider, connection) : badge(text, tone),
      h("span", { class: "muted row-time" }, time(connection.updated_at))));
}

/** One press, where nothing has to be asked. */
export function reconnectButton(provider, connection, { kind = "plain" } = {}) {
  const element = button("Reconnect", { kind, small: kind === "plain", icon: "sync", "aria-label": `Reconnect ${called(connection)}`, onclick: () => busy(element, async () => {
    try {
      await (provider.configured ? reconnect(provider, connection) : ask(provider, connection));
    } catch (error) {
      toast(summary(error), "bad");
    }
  }) });
  return element;
}
