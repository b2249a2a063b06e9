/** What is missing or wrong with the deployment, and what to do about it. */
import { add, fill, h } from "../../core/dom.js";
import { badge, busy, button, callout, chips, facts, failure, heading, section, skeleton } from "../../core/parts.js";
import { isAbort } from "../../core/problem.js";
import { monogram } from "../../core/monogram.js";
import { count } from "../../core/format.js";
import { framed } from "./frame.js";
import { operatorApi } from "./token.js";
import { LEVEL } from "./words.js";

export async function render(element, context) {
  await framed(element, context, { draw: (place) => draw(place, context.signal) });
}

function draw(place, signal) {
  const report = h("div", {});
  const said = h("p", { class: "unseen", role: "status" });
  const look = async (outside) => {
    try {
      const found = await operatorApi().get("/doctor", { signal, query: { outside: outside || null } });
      fill(report, told(found));
      fill(said, found.well ? "Looked over: it is well." : "Looked over: it is not well.");
    } catch (error) {
      if (!isAbort(error)) fill(report, failure(error, { retry: () => look(outside) }));
    }
  };
  const again = button("Look again", { icon: "sync", onclick: () => busy(again, () => look(false)) });
  const wide = button("Ask the vendors too", { icon: "external", onclick: () => busy(wide, () => look(true)) });
  add(place,
    heading("Doctor", {
      lead: "What “connectors doctor” finds, here and now. It changes nothing. Our own address and the vendors are asked only when you say so; that takes up to half a minute.",
      actions: [again, wide],
    }),
    said, report);
  fill(report, skeleton(6));
  look(false);
}

function told({ well, findings, providers }) {
  const groups = Object.keys(LEVEL).map((level) => [level, findings.filter((one) => one.level === level)]).filter(([, all]) => all.length > 0);
  const worst = groups[0]?.[0];
  const title = !well ? "Something keeps it from serving as it is meant to" : worst === "warning" ? "It serves, and not as somebody may expect" : "All is well";
  return [
    callout(!well ? "bad" : worst === "warning" ? "warn" : "good", title, groups.map(([level, all]) => count(all.length, LEVEL[level][0].toLowerCase(), plural(level))).join(", ") + "."),
    section("Findings", {}, h("ul", { class: "rows", "aria-label": "Findings, the worst first" }, groups.flatMap(([, all]) => all.map(finding)))),
    section("Providers", {}, h("ul", { class: "rows", "aria-label": "Providers and what they lack" }, providers.map(provider))),
  ];
}

const plural = (level) => (level === "ok" ? "fine" : `${LEVEL[level][0].toLowerCase()}s`);

function finding({ about, level, says, todo }) {
  return h("li", { class: "row operator-finding" },
    h("div", { class: "row-words" }, h("strong", {}, about), h("span", {}, says), todo && h("span", { class: "muted" }, "To do: ", todo)),
    badge(...LEVEL[level] ?? [level, "quiet"]));
}

function provider(one) {
  return h("li", { class: "operator-provider" }, h("details", { class: "unfold" },
    h("summary", {}, monogram(one.slug, one.slug, 24), h("strong", {}, one.slug), badge(one.is_set_up ? "Set up" : "Off", one.is_set_up ? "good" : "quiet"),
      one.missing.length > 0 && h("span", { class: "muted" }, `${count(one.missing.length, "thing")} not set`)),
    facts([
      ["Redirect URL to register", h("code", {}, one.redirect_url)],
      ["Webhook URL", one.webhook_url && h("code", {}, one.webhook_url)],
      ["Webhooks are", one.webhooks],
      ...one.missing.map(({ keys, to }) => [`Missing, ${to}`, chips(keys, { label: `Missing ${to}` })]),
      ["The vendor’s page", h("a", { href: one.docs, target: "_blank", rel: "noreferrer" }, one.docs)],
    ])));
}
