/** Webhooks that were not taken. Only counts of them are kept, and they are nobody's: they are shown to whoever holds an operator token. */
import { fill, h } from "../../core/dom.js";
import { count, time } from "../../core/format.js";
import { callout, empty, linkButton, pending, section } from "../../core/parts.js";
import { monogram } from "../../core/monogram.js";
import { session } from "../../core/session.js";
import { operator, operatorApi } from "../operator/token.js";
import { REASONS, refusal } from "./words.js";

/** The counts, where they may be seen, and for everybody what each reason means. */
export function refusedTab({ named, signal }) {
  const place = h("div", {});
  const draw = () => fill(place, operator.isHeld ? section("Refused", {}, counts(named, signal)) : nobodys());
  signal.addEventListener("abort", operator.onChange(draw), { once: true });
  draw();
  return [place, section("Why something is refused, and what to do", {}, h("ul", { class: "rows", "aria-label": "Reasons" }, REASONS.map(reasonRow)))];
}

function nobodys() {
  return callout("info", "A refused webhook is nobody’s",
    "What does not prove that the provider sent it is not taken, and nothing says whose it was. How often that happens, an operator can see: enter the token in the operator’s view, and come back.",
    linkButton("Operator’s view", "/console/operator", { small: true }));
}

function reasonRow(reason) {
  const [why, todo] = refusal(reason);
  return h("li", { class: "row" }, h("div", { class: "row-words" }, h("strong", {}, why), h("span", { class: "muted" }, todo)), h("code", { class: "deliveries-reason" }, reason));
}

/** Any tenant will do, since they are no tenant's: the person's own is there. */
function counts(named, signal) {
  return pending(() => operatorApi(session.person.id).get("/events/refused", { signal }), ({ refused }) => refusedCounts(refused, named));
}

/** Newest first, each with what to do. */
function refusedCounts(refused, named) {
  if (refused.length === 0) return empty("check", "Nothing was refused", "Every webhook of the last 90 days was taken.");
  return h("ul", { class: "rows", "aria-label": "Refused webhooks, newest first" }, refused.map((one) => {
    const [why, todo] = refusal(one.reason);
    const provider = named(one.provider);
    return h("li", { class: "row" },
      monogram(provider.slug, provider.name, 28),
      h("div", { class: "row-words" }, h("strong", {}, `${provider.name}: ${why}`), h("span", { class: "muted" }, todo)),
      h("div", { class: "row-end" }, h("span", {}, count(one.count, "time")), h("span", { class: "muted row-time" }, "in the hour that began ", time(one.hour))));
  }));
}
