/** Addresses and pages. Links are ordinary links; those that lead to a page of the console are followed without loading it anew. */
import { session } from "./session.js";
import { isAbort } from "./problem.js";
import { empty, failure, heading, linkButton, skeleton } from "./parts.js";
import { fill, h } from "./dom.js";

/** Where strangers go who want a page that is for people. */
const SIGN_IN = "/console/sign-in";

let pages = [];
let root = null;
let leaving = null;
let entered = () => {};

/** The page of an address, and what stands in it: `/console/connections/:id`. */
function match(path) {
  for (const page of pages) {
    const names = [];
    const pattern = page.path.replace(/:([a-z]+)/g, (_, name) => (names.push(name), "([^/]+)"));
    const found = new RegExp(`^${pattern}/?$`).exec(path);
    if (found) return { page, params: Object.fromEntries(names.map((name, at) => [name, decoded(found[at + 1])])) };
  }
  return { page: pages.at(-1), params: {} };
}

/** An address may be cut off in the middle of what stands for one letter. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Starts. `onEnter(page)` is told of each page that is shown; the last of `all` is shown where no other one has the address. */
export function start(all, element, onEnter) {
  [pages, root, entered] = [all, element, onEnter];
  addEventListener("popstate", () => show({ moved: true }));
  document.addEventListener("click", follow);
  session.onChange((person) => {
    // Somebody whose session has ended somewhere else signs in and comes back to where they were.
    if (person === null && match(location.pathname).page.needs === "person") go(signInTo(here()), { replace: true });
  });
  show({ moved: false });
}

/** Opens an address. */
export function go(to, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  show({ moved: true });
}

/** Opens the same address anew. */
export const reload = () => show({ moved: false });

/** Changes the query of the address in place: filters, what has been told. Nothing is loaded. */
export function setQuery(changes) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(null, "", url);
}

/** This address, without the host. */
export const here = () => location.pathname + location.search;

/** The sign-in that comes back to `to`. */
export const signInTo = (to) => (to === "/" ? SIGN_IN : `${SIGN_IN}?to=${encodeURIComponent(to)}`);

/** A place of the console that somebody wants to be sent to, or its start: an address anybody may have written. */
export function safe(to) {
  return typeof to === "string" && (to === "/" || /^\/console\/[\w\-./?=&%~+:]*$/.test(to)) ? to : "/";
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href, location.href);
  const ours = url.pathname === "/" || url.pathname.startsWith("/console/");
  if (url.origin !== location.origin || !ours || (url.hash && url.pathname === location.pathname)) return;
  event.preventDefault();
  go(url.pathname + url.search);
}

async function show({ moved }) {
  leaving?.abort();
  const visit = (leaving = new AbortController());
  const { page, params } = match(location.pathname);
  const query = new URLSearchParams(location.search);
  if (page.needs === "person" && !session.person) return go(signInTo(here()), { replace: true });
  if (page.needs === "stranger" && session.person) return go(safe(query.get("to")), { replace: true });
  entered(page);
  const element = h("div", { class: "page" }, skeleton());
  fill(root, element);
  title(page.title);
  try {
    const module = await page.load();
    if (visit.signal.aborted) return;
    fill(element);
    const cleanup = await module.render(element, { params, query, signal: visit.signal, title });
    if (typeof cleanup === "function") {
      if (visit.signal.aborted) cleanup();
      else visit.signal.addEventListener("abort", cleanup, { once: true });
    }
  } catch (error) {
    if (visit.signal.aborted || isAbort(error)) return;
    // A module that does not load belongs to a version that is gone: the address, loaded anew, brings the one that is there.
    const retry = error instanceof TypeError ? () => location.reload() : reload;
    fill(element, heading(page.title), error.status === 404 ? gone(page) : failure(error, { retry }));
  }
  if (moved && !visit.signal.aborted) focusHeading(element);
}

/** What has ended, or never was anybody's. */
function gone(page) {
  return empty("search", "There is nothing at this address", "It may have been deleted, or the link is incomplete.", linkButton("Go back", page.under ?? "/"));
}

function title(text) {
  document.title = text ? `${text} · Connectors` : "Connectors";
}

/** Whoever cannot see that the page is another one hears its heading. */
function focusHeading(element) {
  scrollTo(0, 0);
  const active = document.activeElement;
  if (active && element.contains(active)) return;
  const heading = element.querySelector("h1") ?? root;
  heading.setAttribute("tabindex", "-1");
  heading.focus({ preventScroll: true });
}
