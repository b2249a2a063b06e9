/** The start: for strangers what this is and the way in, for people how their connections are. */
import { add, fill, h } from "../core/dom.js";
import { api } from "../core/api.js";
import { count, number, time } from "../core/format.js";
import { badge, callout, empty, heading, linkButton, pending, section } from "../core/parts.js";
import { monogram } from "../core/monogram.js";
import { session } from "../core/session.js";
import { setQuery } from "../core/router.js";
import { signInForm } from "./account/sign-in-form.js";
import { returned } from "./account/words.js";
import { called, status, trouble } from "./connections/words.js";
import { kindWords, subjectWords } from "./signals/words.js";

/** Enough of the newest to tell what goes on. */
const SHOWN = 6;

export function render(element, context) {
  const error = context.query.get("error");
  if (error) setQuery({ error: null, error_description: null });
  if (session.person) overview(element, context, error);
  else welcome(element, error);
  return session.onChange((person) => !person && (fill(element), welcome(element)));
}

function welcome(element, error) {
  const says = [
    ["link", "Connect", "Your accounts at GitHub, Slack, Google and many more, with the vendor’s own consent."],
    ["signal", "See", "What happens there, as it happens, in one place."],
    ["shield", "Decide", "What each program may do for you, and when it ends."],
  ];
  add(element, h("div", { class: "welcome" },
    h("div", { class: "welcome-words" },
      h("h1", {}, "Your accounts, connected once."),
      h("p", { class: "lead" }, "Connectors keeps the access you give to AI products: always fresh, never shown, ended when you say so.")),
    h("div", { class: "card" }, h("h2", {}, "Sign in"), signInForm({ to: "/", error })),
    h("div", { class: "welcome-more" },
      h("dl", { class: "says" }, says.map(([, name, text]) => h("div", {}, h("dt", {}, name), h("dd", {}, text)))),
      h("p", { class: "welcome-docs" }, h("a", { href: "/docs/" }, "Read the API reference")))));
}

function overview(element, { signal }, error) {
  const first = session.person.name.split(" ")[0];
  const connections = api.all("/connections", "connections", { signal });
  connections.catch(() => {});
  add(element,
    heading(first ? `Hello, ${first}` : "Overview", { actions: [linkButton("Connect an account", "/console/connections/new", { kind: "primary", icon: "plus" })] }));
  if (error) add(element, callout("bad", "Something you came back from did not work", returned(error)));
  add(element,
    pending(() => connections, tiles, { lines: 2 }),
    h("div", { class: "halves" },
      section("Needs attention", {}, pending(() => connections, attention, { lines: 2 })),
      section("Latest signals", {}, pending(() => api.get("/signals", { signal, query: { limit: SHOWN } }), latest, { lines: 4 }))));
}

function tiles(connections) {
  const healthy = connections.filter((one) => one.health.status === "active").length;
  const broken = connections.filter((one) => one.health.next_action === "reconnect").length;
  const waiting = connections.length - healthy - broken;
  const tile = (label, value, tone) => h("div", { class: `tile ${value > 0 ? tone : ""}` }, h("dt", {}, label), h("dd", {}, number(value)));
  return h("dl", { class: "tiles" }, tile("Connected", connections.length, ""), tile("Healthy", healthy, "good"), tile("To reconnect", broken, "bad"), tile("Waiting", waiting, "warn"));
}

function attention(connections) {
  const wanting = connections.filter((one) => one.health.status !== "active");
  if (connections.length === 0) {
    return empty("link", "Nothing is connected yet", "Choose a provider, agree there, and come back.", linkButton("Browse providers", "/console/connections/new"));
  }
  if (wanting.length === 0) return empty("check", "All is well", `${count(connections.length, "connection is", "connections are")} healthy.`);
  return h("ul", { class: "rows" }, wanting.map((one) => h("li", { class: "row" },
    monogram(one.provider, one.provider, 28),
    h("div", { class: "row-words" }, h("a", { class: "row-link", href: `/console/connections/${one.id}` }, called(one)), h("span", { class: "muted" }, trouble(one.health).reason)),
    badge(...status(one.health)))));
}

function latest({ signals }) {
  if (signals.length === 0) return empty("signal", "No signals yet", "They come when something happens in a connected account.");
  return h("ul", { class: "rows" }, signals.map((one) => h("li", { class: "row" },
    monogram(one.provider, one.provider, 28),
    h("div", { class: "row-words" }, h("strong", {}, kindWords(one.kind)), h("span", { class: "muted" }, subjectWords(one))),
    h("span", { class: "muted" }, time(one.occurred_at)))));
}
