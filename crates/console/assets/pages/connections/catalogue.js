/** What can be connected. */
import { add, fill, h } from "../../core/dom.js";
import { count } from "../../core/format.js";
import { badge, empty, heading, pending, segments } from "../../core/parts.js";
import { icon } from "../../core/icons.js";
import { monogram } from "../../core/monogram.js";
import { setQuery } from "../../core/router.js";
import { ask } from "./connect.js";
import { providers } from "./providers.js";

const FILTERS = [{ value: "ready", label: "Ready to connect" }, { value: "", label: "All" }];

export function render(element, { query, signal }) {
  add(element,
    heading("Connect an account", {
      above: h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "/console/connections" }, "Connections"), icon("next"), h("span", { "aria-current": "page" }, "New")),
      lead: "Choose a provider, agree there, and come back.",
    }),
    pending(providers, (all) => catalogue(all, query), { lines: 6 }));
  const wanted = query.get("provider");
  if (wanted) providers().then((all) => !signal.aborted && all.find((one) => one.slug === wanted)).then((provider) => provider && ask(provider), () => {});
}

function catalogue(all, query) {
  let [text, filter] = [query.get("search") ?? "", query.get("show") === "all" ? "" : "ready"];
  const [said, grid] = [h("p", { class: "summary", role: "status" }), h("ul", { class: "catalogue", "aria-label": "Providers" })];
  const search = h("input", { type: "search", class: "search-input", placeholder: `Search ${all.length} providers`, "aria-label": "Search providers", value: text, autocomplete: "off", spellcheck: "false", oninput: () => {
    text = search.value;
    setQuery({ search: text });
    draw();
  } });
  const cards = new Map(all.map((provider) => [provider, card(provider)]));

  function draw() {
    const word = text.trim().toLowerCase();
    // Whoever looks for a name wants to find it, set up or not.
    const shown = all.filter((one) => (word ? `${one.name} ${one.slug}`.toLowerCase().includes(word) : filter === "" || one.configured));
    said.textContent = word ? `${count(shown.length, "provider")} found` : count(shown.length, "provider");
    fill(grid, shown.map((one) => cards.get(one)));
    grid.hidden = shown.length === 0;
    fill(none, shown.length === 0 && empty("search", `No provider is called “${text.trim()}”`, "Providers of your own can be added to the deployment’s file."));
  }
  const none = h("div", {});
  draw();
  return [
    h("div", { class: "bar" },
      h("div", { class: "search" }, icon("search"), search),
      segments("Which", FILTERS, filter, (value) => ((filter = value), setQuery({ show: value === "" ? "all" : null }), draw()))),
    said, grid, none,
  ];
}

const WAYS = { api_key: "API key", basic: "Password" };

function card(provider) {
  const marks = [WAYS[provider.auth], provider.capabilities.webhooks && "Live updates", provider.capabilities.mcp && "Agent tools"].filter(Boolean);
  return h("li", {}, h("button", { type: "button", class: "provider", onclick: () => ask(provider) },
    monogram(provider.slug, provider.name, 36),
    h("span", { class: "provider-words" }, h("strong", {}, provider.name), h("span", { class: "muted" }, marks.join(" · ") || (provider.configured ? "OAuth" : provider.slug))),
    !provider.configured && badge("Not set up")));
}
