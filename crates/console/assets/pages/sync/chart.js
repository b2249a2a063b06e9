/** Records over time: bars of our own, the same numbers as a table, and words for what they cover. */
import { fill, h, svg, uid } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { count, number } from "../../core/format.js";
import { pending, segments } from "../../core/parts.js";

/** Ten calls of a hundred records. A chart of more would cost more of the person's calls than it is worth. */
const MOST = 1000;
const [HOUR, DAY] = [3_600_000, 86_400_000];
const RANGES = [
  { value: "day", label: "24 hours", by: "hour", back: DAY, of: "updated_at", says: "by the hour in which they were fetched" },
  { value: "month", label: "30 days", by: "day", back: 30 * DAY, of: "updated_at", says: "by the day on which they were fetched" },
  { value: "provider", label: "At the provider", by: "auto", of: "changed_at", says: "by when they last changed at the provider" },
];
/** What was looked at last, so that another stream is shown in the same way. */
let chosen = "month";
const [WIDTH, HEIGHT, BASE] = [640, 140, 118];

/** A part of the page with a choice of what the chart covers. */
export function overTime(source, name, signal) {
  const place = h("div", { class: "sync-chart" });
  const loaded = new Map();
  const draw = (value) => {
    chosen = value;
    const range = RANGES.find((one) => one.value === value);
    fill(place, pending(async () => loaded.get(range) ?? load(source, range, signal), (found) => (loaded.set(range, found), chart(found, range, name)), { lines: 4 }));
  };
  draw(chosen);
  return h("div", {}, h("h3", { class: "sync-heading" }, "Over time"), segments("What the chart covers", RANGES, chosen, draw), place);
}

async function load(source, range, signal) {
  const query = { include_data: false, updated_after: range.back ? new Date(Date.now() - range.back).toISOString() : null };
  const more = api.pages(source, "records", { signal, query: { ...query, limit: 100 } });
  const records = [];
  for (let page = await more(); page && records.length < MOST; page = await more()) records.push(...page);
  return { times: records.map((one) => one[range.of]).filter(Boolean).map((at) => Date.parse(at)), all: records.length, isWhole: more.ended() };
}

/** `[{ from, many }]`, oldest first, without gaps. */
function buckets(times, range) {
  const now = Date.now();
  const from = range.back ? now - range.back : times.reduce((least, at) => Math.min(least, at), now - DAY);
  const unit = range.by !== "auto" ? range.by : now - from > 62 * DAY ? "month" : now - from > 2 * DAY ? "day" : "hour";
  let all = [];
  for (let at = floor(from, unit); at <= now; at = next(at, unit)) all.push({ from: at, many: 0 });
  // A record from years ago must not make a thousand bars.
  all = all.slice(-60);
  for (const time of times) {
    const bucket = all.findLast((one) => one.from <= time);
    if (bucket) bucket.many += 1;
  }
  return { unit, all, left: times.filter((time) => time < all[0].from).length };
}

function floor(at, unit) {
  const date = new Date(at);
  date.setMinutes(0, 0, 0);
  if (unit !== "hour") date.setHours(0);
  if (unit === "month") date.setDate(1);
  return date.getTime();
}

/** By the calendar: a day of the clock's change has 23 or 25 hours. */
function next(at, unit) {
  const date = new Date(at);
  if (unit === "hour") return at + HOUR;
  if (unit === "day") date.setDate(date.getDate() + 1);
  else date.setMonth(date.getMonth() + 1);
  return date.getTime();
}

const FORMATS = {
  hour: new Intl.DateTimeFormat("en", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  day: new Intl.DateTimeFormat("en", { month: "short", day: "numeric" }),
  month: new Intl.DateTimeFormat("en", { month: "short", year: "numeric" }),
};

function chart({ times, all: found, isWhole }, range, name) {
  if (times.length === 0) return h("p", { class: "sync-none muted" }, range.of === "changed_at" ? "The provider says of no record when it changed." : `No records of ${name} were fetched in this time.`);
  const { unit, all, left } = buckets(times, range);
  const covers = `${isWhole ? count(found, "record") : `Of more than ${number(found)} records ${range.back ? "in this time " : ""}those that were fetched first`}, ${range.says}.${left > 0 ? ` ${number(left)} older ones are left out.` : ""}`;
  return [picture(all, unit, name, covers), table(all, unit, covers)];
}

function picture(all, unit, name, covers) {
  const most = Math.max(1, ...all.map((one) => one.many));
  const step = WIDTH / all.length;
  const [titleId, descId] = [uid("chart"), uid("chart")];
  const label = (one) => FORMATS[unit].format(one.from);
  const top = all.reduce((best, one) => (one.many > best.many ? one : best));
  const bars = all.map((one, at) => {
    const tall = one.many === 0 ? 0 : Math.max(3, (one.many / most) * (BASE - 14));
    return svg("g", {},
      svg("rect", { class: "sync-room", x: at * step, y: 0, width: step, height: BASE }, svg("title", {}, `${label(one)}: ${count(one.many, "record")}`)),
      svg("rect", { class: "sync-pillar", x: at * step + step * 0.12, y: BASE - tall, width: step * 0.76, height: tall }));
  });
  return h("figure", { class: "sync-figure" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-labelledby": `${titleId} ${descId}` },
      svg("title", { id: titleId }, `${name} over time`),
      svg("desc", { id: descId }, `${covers} Most, ${number(top.many)}, at ${label(top)}. The table behind it has all numbers.`),
      svg("line", { class: "sync-line", x1: 0, x2: WIDTH, y1: BASE, y2: BASE }),
      svg("line", { class: "sync-line faint", x1: 0, x2: WIDTH, y1: 14, y2: 14 }),
      bars),
    h("div", { class: "sync-axis muted", "aria-hidden": "true" }, h("span", {}, label(all[0])), h("span", {}, `highest: ${number(most)}`), h("span", {}, label(all.at(-1)))),
    h("figcaption", { class: "summary" }, covers));
}

function table(all, unit, covers) {
  const full = all.filter((one) => one.many > 0);
  return h("details", { class: "unfold" }, h("summary", {}, "The numbers as a table"),
    h("div", { class: "sync-table", tabindex: 0, role: "region", "aria-label": "The numbers" },
      h("table", {}, h("caption", { class: "unseen" }, covers, " Without those in which there were none."),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, { hour: "Hour", day: "Day", month: "Month" }[unit]), h("th", { scope: "col", class: "number" }, "Records"))),
        h("tbody", {}, full.map((one) => h("tr", {}, h("td", {}, FORMATS[unit].format(one.from)), h("td", { class: "number" }, number(one.many))))))));
}
