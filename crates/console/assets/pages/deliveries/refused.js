/** Webhooks that were not taken. Of these only counts are kept, and they are nobody's: whoever operates this sees them. */
import { h } from "../../core/dom.js";
import { number, time } from "../../core/format.js";
import { callout, empty, linkButton, section } from "../../core/parts.js";
import { monogram } from "../../core/monogram.js";
import { REASONS, refusal } from "./words.js";

/** For people: what is refused, and what to do where something does not arrive. */
export function refusedTab() {
  return [
    callout("info", "A refused webhook is nobody’s",
      "What is not signed by the provider is not taken, so nothing says whose it was. How often that happened is counted for whoever operates this.",
      linkButton("Operator’s view", "/console/operator", { small: true })),
    section("Why something is refused, and what to do", {}, h("ul", { class: "rows", "aria-label": "Reasons" }, REASONS.map((reason) => {
      const [why, todo] = refusal(reason);
      return h("li", { class: "row" }, h("div", { class: "row-words" }, h("strong", {}, why), h("span", { class: "muted" }, todo)), h("code", { class: "deliveries-reason" }, reason));
    }))),
  ];
}

/** For operators: the counts of GET /events/refused, newest first, each with what to do. */
export function refusedCounts(refused, named) {
  if (refused.length === 0) return empty("check", "Nothing was refused", "Every webhook of the last 90 days was taken.");
  return h("ul", { class: "rows", "aria-label": "Refused webhooks, newest first" }, refused.map((one) => {
    const [why, todo] = refusal(one.reason);
    const provider = named(one.provider);
    return h("li", { class: "row" },
      monogram(provider.slug, provider.name, 28),
      h("div", { class: "row-words" }, h("strong", {}, `${provider.name}: ${why}`), h("span", { class: "muted" }, todo)),
      h("div", { class: "row-end" }, h("span", {}, `${number(one.count)} times`), h("span", { class: "muted row-time" }, "in the hour ", time(one.hour))));
  }));
}
