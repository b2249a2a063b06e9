/** What every page of the operator has: the question for a token where none is held, and else where one is and what else there is. */
import { add, fill, h } from "../../core/dom.js";
import { button, callout, heading } from "../../core/parts.js";
import { field, form } from "../../core/form.js";
import { icon } from "../../core/icons.js";
import { reload } from "../../core/router.js";
import { apiWith, operator } from "./token.js";

const ROOT = "/console/operator";
/** What a header may carry. */
const SENDABLE = /^[\x21-\x7e]+$/;

/** The address of a tenant's page: `tenantPath(id, "audit")`. */
export const tenantPath = (id, part) => `${ROOT}/tenants/${encodeURIComponent(id)}${part ? `/${part}` : ""}`;

/** Whether what had the focus is gone by what somebody did: then the page that is drawn anew takes it. */
let isFocusLost = false;

/** Draws the page anew, after something was done on it. */
export function redraw() {
  isFocusLost = true;
  reload();
}

/** Draws a page with `draw(place)`, as soon as there is a token. `tenant`: whose pages are named beside it. */
export async function framed(element, { signal }, { tenant, draw }) {
  signal.addEventListener("abort", operator.onChange(redraw), { once: true });
  if (!operator.isHeld) return ask(element);
  const place = h("div", { class: "operator-place" });
  add(element, bar(), links(tenant), place);
  await draw(place);
  if (!isFocusLost || signal.aborted) return;
  isFocusLost = false;
  const title = place.querySelector("h1");
  title?.setAttribute("tabindex", "-1");
  title?.focus();
}

function bar() {
  return h("div", { class: "operator-bar" },
    icon("key"),
    h("p", {}, "An operator token is in this tab’s memory. It is forgotten after half an hour without use."),
    button("Forget it", { small: true, onclick: () => operator.forget() }));
}

function links(tenant) {
  const all = tenant
    ? [["All tenants", ROOT], ["Tenant", tenantPath(tenant)], ["Connections", tenantPath(tenant, "connections")], ["Clients", tenantPath(tenant, "clients")],
      ["Subscriptions", tenantPath(tenant, "subscriptions")], ["Audit log", tenantPath(tenant, "audit")]]
    : [["Tenants", ROOT], ["Doctor", `${ROOT}/doctor`]];
  const isHere = (path) => location.pathname === path || (path.endsWith("/subscriptions") && location.pathname.startsWith(`${path}/`));
  return h("nav", { class: "operator-links", "aria-label": tenant ? "Tenant" : "Operator" }, h("ul", {}, all.map(([name, href]) =>
    h("li", {}, h("a", { href, "aria-current": isHere(href) ? "page" : null }, name)))));
}

function ask(element) {
  const { why } = operator;
  operator.why = null;
  add(element,
    heading("Operator", { lead: "For whoever runs this deployment: tenants, their connections and clients, and what is wrong." }),
    why && callout("info", "The token is forgotten", why),
    h("div", { class: "card operator-ask" },
      form([
        field("token", "Operator token", {
          type: "password", required: true, autocomplete: "off", spellcheck: "false", autocapitalize: "off", autofocus: true,
          hint: "One of OPERATOR_TOKENS, or from “connectors tokens create”. It stays in this tab’s memory: it is not stored, and gone when you load the page anew.",
        }),
      ], { submit: "Use this token", work: ({ token }) => enter(token.trim()), blame })));
  // The question may have come in the place of a page.
  element.querySelector("input").focus();
}

async function enter(token) {
  if (!SENDABLE.test(token)) throw Object.assign(new Error("unsendable"), { code: "UNSENDABLE" });
  try {
    await apiWith(token).get("/doctor");
  } catch (error) {
    // One that may do less is a token all the same: what it may not do, each page says.
    if (error.status !== 403) throw error;
  }
  operator.hold(token);
}

function blame(error) {
  if (error.code === "UNSENDABLE") return { token: "A token has no spaces and no letters beyond ASCII." };
  return error.status === 401 ? { token: "This token is not accepted." } : null;
}

/** A way to say that a thing of one word is shown once, with a button that copies it. */
export function shownOnce(label, text) {
  const copy = button("Copy", { small: true, onclick: async () => {
    await navigator.clipboard.writeText(text);
    fill(said, "Copied.");
  } });
  const said = h("span", { class: "muted", role: "status" });
  return h("div", { class: "operator-once" }, h("pre", { tabindex: 0, "aria-label": label }, text), h("div", { class: "actions" }, copy, said));
}
