/** What happens in the person's accounts, as it happens, and what happened before. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count } from "../../core/format.js";
import { button, busy, empty, failure, heading, linkButton, skeleton } from "../../core/parts.js";
import { isAbort } from "../../core/problem.js";
import { accounts } from "./accounts.js";
import { feed } from "./feed.js";
import { chosen, filters } from "./filters.js";
import { follow, liveness } from "./live.js";
import { row } from "./row.js";
import { kindWords, subjectWords } from "./words.js";

const PAGE = 50;
/** Of a flood, the newest. */
const MOST = 1000;
/** What comes within this time is told in one sentence. */
const GATHERED_MS = 1500;

export function render(element, { query, signal }) {
  const filter = chosen(query);
  const known = accounts(signal);
  known.catch(() => {});
  const live = liveness();
  const news = h("p", { class: "unseen", role: "status" });
  const place = h("div", {});
  let shown = null;

  function show() {
    shown?.abort();
    shown = new AbortController();
    fill(place, timeline({ filter: { ...filter }, known, live, news, signal: AbortSignal.any([signal, shown.signal]) }));
  }

  add(element,
    heading("Signals", { lead: "What happens in your accounts, as it happens.", actions: [live.element] }),
    filters(filter, known, show),
    news, place);
  show();
}

function timeline({ filter, known, live, news, signal }) {
  const isFiltered = Object.values(filter).some(Boolean);
  const days = feed((one) => row(one, { known, signal }));
  const foot = h("div", { class: "foot" }, skeleton(4));
  const announce = announcer(news, signal);
  const more = api.pages("/signals", "signals", { signal, query: { ...filter, limit: PAGE } });
  const { occurred_after: from, occurred_before: until, ...followed } = filter;
  const isPast = until && Date.parse(until) <= Date.now();
  const fits = (one) => (!from || Date.parse(one.occurred_at) >= Date.parse(from)) && (!until || Date.parse(one.occurred_at) < Date.parse(until));

  async function grow() {
    const isFirst = days.size() === 0;
    try {
      const items = (await more()) ?? [];
      const made = items.map(days.put).filter(Boolean);
      fill(foot, ending(items));
      // Whoever pressed the button goes on where the new ones begin.
      if (!isFirst) made[0]?.querySelector("button").focus();
    } catch (error) {
      if (!isAbort(error)) fill(foot, failure(error, { retry: grow }));
    }
  }

  function ending(items) {
    if (days.size() === 0) return none(isFiltered, isPast);
    if (items.length === 0 || more.ended()) return null;
    return button("Show more", { kind: "quiet", onclick: (event) => busy(event.currentTarget, grow) });
  }

  function arrive(one) {
    if (!fits(one)) return;
    const isFirst = days.size() === 0;
    const made = days.put(one);
    if (!made) return;
    made.classList.add("fresh");
    announce(one);
    if (isFirst && foot.querySelector(".empty")) fill(foot);
    if (days.trim(MOST)) fill(foot, h("p", { class: "muted" }, `Only the newest ${MOST} are kept in view. Choose a time to see older ones.`));
  }

  /** The stream begins when it is open: what came between the page and that, or while it was broken, is asked for. */
  async function catchUp() {
    const found = await api.get("/signals", { signal, query: { ...filter, limit: PAGE } }).catch(() => ({ signals: [] }));
    await first;
    found.signals.toReversed().forEach(arrive);
  }

  const first = grow();
  if (isPast) live.state("past");
  else follow({ query: followed, signal, tell: (one) => first.then(() => arrive(one)), state: live.state, opened: catchUp });
  return [days.element, foot];
}

function none(isFiltered, isPast) {
  if (isPast) return empty("search", "No signal is like this", "Choose another time, or remove a filter.");
  if (isFiltered) return empty("search", "No signal is like this", "Remove a filter, or wait: what fits is shown as soon as it happens.");
  return empty("signal", "No signals yet", "They come when something happens in a connected account.", linkButton("Connect an account", "/console/connections/new"));
}

/** Says what is new to those who cannot see it, one sentence for many. */
function announcer(news, signal) {
  let gathered = [];
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return (one) => {
    gathered.push(one);
    timer ??= setTimeout(() => {
      const [only] = gathered;
      news.textContent = gathered.length === 1 ? `New signal: ${kindWords(only.kind)}, ${subjectWords(only)}` : count(gathered.length, "new signal");
      [gathered, timer] = [[], undefined];
    }, GATHERED_MS);
  };
}
