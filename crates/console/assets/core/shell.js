/** What is round every page: the navigation, who is signed in, and the reminder that an address is not proven yet. */
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { button, busy } from "./parts.js";
import { go } from "./router.js";
import { session } from "./session.js";
import { summary } from "./problem.js";
import { toast } from "./toast.js";

const nav = document.getElementById("nav");
const personPlace = document.getElementById("person");
const menu = document.getElementById("menu");
/** Under this name the browser tab remembers that the person was reminded. */
const REMINDED = "reminded";

/** Draws the frame for whoever is signed in, and keeps it true. */
export function frame(pages) {
  const draw = (person) => {
    document.body.dataset.frame = person ? "in" : "out";
    menu.hidden = !person;
    drawNavigation(person ? pages : []);
    drawPerson(person);
    remind(person);
  };
  menu.addEventListener("click", () => unfold(menu.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.getAttribute("aria-expanded") !== "true") return;
    unfold(false);
    menu.focus();
  });
  session.onChange(draw);
  draw(session.person);
}

/** On narrow screens the navigation is folded away. */
function unfold(open) {
  menu.setAttribute("aria-expanded", String(open));
  document.body.classList.toggle("unfolded", open);
}

/** Marks where one is. */
export function mark(page) {
  unfold(false);
  const current = page.under ?? page.path;
  for (const link of nav.querySelectorAll("a")) {
    if (link.pathname === current) link.setAttribute("aria-current", location.pathname === current ? "page" : "true");
    else link.removeAttribute("aria-current");
  }
}

function drawNavigation(pages) {
  const links = pages.filter((page) => page.nav).map((page) =>
    h("li", {}, h("a", { href: page.path }, icon(page.nav.icon), h("span", {}, page.title))));
  const docs = h("li", {}, h("a", { href: "/docs/" }, icon("book"), h("span", {}, "API reference")));
  fill(nav, links.length > 0 && h("ul", {}, links, docs));
}

function drawPerson(person) {
  if (!person) return fill(personPlace, h("a", { class: "quiet-link", href: "/docs/" }, "API reference"));
  const out = h("button", { type: "button", class: "icon-button", "aria-label": "Sign out", title: "Sign out", onclick: () => busy(out, signOut) }, icon("out"));
  fill(personPlace,
    h("span", { class: "initial", "aria-hidden": "true" }, (person.name || person.email).slice(0, 1).toUpperCase()),
    h("span", { class: "person-words" }, h("strong", {}, person.name || person.email), person.name && h("span", { class: "muted" }, person.email)),
    out);
}

async function signOut() {
  try {
    await session.signOut();
    go("/", { replace: true });
    toast("You are signed out.");
  } catch (error) {
    toast(summary(error), "bad");
  }
}

/** Once a visit, and only where mail can be sent. */
async function remind(person) {
  document.querySelector(".reminder")?.remove();
  if (!person || person.emailVerified || sessionStorage.getItem(REMINDED)) return;
  const methods = await session.methods().catch(() => null);
  if (!methods?.mail || session.person !== person || document.querySelector(".reminder")) return;
  const send = button("Send the mail", { small: true, onclick: () => busy(send, async () => {
    try {
      await session.sendVerification(person.email, "/console/verify");
      toast(`A mail is on its way to ${person.email}.`);
      done();
    } catch (error) {
      toast(summary(error), "bad");
    }
  }) });
  const done = () => (sessionStorage.setItem(REMINDED, "yes"), strip.remove());
  const strip = h("aside", { class: "reminder", "aria-label": "Your address" },
    icon("mail"), h("p", {}, "Confirm that ", h("strong", {}, person.email), " is yours."), send,
    h("button", { type: "button", class: "icon-button", "aria-label": "Not now", onclick: done }, icon("close")));
  document.getElementById("main").before(strip);
}
