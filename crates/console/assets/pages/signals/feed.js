/** A list of signals by day, newest first, into which one can be put at any time. Those that are there stay as they are. */
import { h, uid } from "../../core/dom.js";
import { dayOf, dayWords } from "./moments.js";

/** `make(signal)` gives a list item. */
export function feed(make) {
  const element = h("div", { class: "signals-days" });
  const entries = [];
  const known = new Set();

  /** Puts one where it belongs, unless it is there already. Gives its element, or null. */
  function put(signal) {
    if (known.has(signal.id)) return null;
    known.add(signal.id);
    const entry = { id: signal.id, at: Date.parse(signal.occurred_at), day: dayOf(signal.occurred_at), element: make(signal) };
    const found = entries.findIndex((other) => isNewer(entry, other));
    const at = found < 0 ? entries.length : found;
    entries.splice(at, 0, entry);
    const [before, after] = [entries[at - 1], entries[at + 1]];
    if (after?.day === entry.day) after.element.before(entry.element);
    else if (before?.day === entry.day) before.element.after(entry.element);
    else element.insertBefore(section(signal.occurred_at, entry.element), after?.element.closest("section") ?? null);
    return entry.element;
  }

  /** Forgets the oldest ones beyond `most`. Says whether there were any. */
  function trim(most) {
    const gone = entries.splice(most);
    for (const entry of gone) {
      known.delete(entry.id);
      const day = entry.element.closest("section");
      entry.element.remove();
      if (!day.querySelector("li")) day.remove();
    }
    return gone.length > 0;
  }

  /** What was today is yesterday once a new day begins. */
  function section(instant, item) {
    const id = uid("day");
    const made = h("section", { class: "signals-day", "aria-labelledby": id }, h("h2", { id, dataset: { instant } }, dayWords(instant)), h("ul", { class: "rows", "aria-labelledby": id }, item));
    for (const title of element.querySelectorAll("h2")) title.textContent = dayWords(title.dataset.instant);
    return made;
  }

  return { element, put, trim, size: () => entries.length };
}

const isNewer = (one, other) => (one.at === other.at ? one.id > other.id : one.at > other.at);
