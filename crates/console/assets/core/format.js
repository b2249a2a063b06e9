/** Times, numbers and names for people, in the browser's own language conventions, with English words. */
import { h } from "./dom.js";

const LOCALE = "en";
const FULL = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto", style: "long" });
const NUMBER = new Intl.NumberFormat(LOCALE);
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]];

/** "3 minutes ago", "in 2 days", "just now". */
export function relative(instant, now = Date.now()) {
  const seconds = (new Date(instant).getTime() - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return RELATIVE.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 5 ? "in a moment" : "just now";
}

/** `<time>`: relative to read, exact on hover and for machines. */
export function time(instant) {
  if (!instant) return h("span", { class: "muted" }, "–");
  return h("time", { datetime: instant, title: FULL.format(new Date(instant)), "data-relative": true }, relative(instant));
}

/** Brings every relative time in the page up to date; `main.js` does so twice a minute. */
export function refreshTimes() {
  for (const element of document.querySelectorAll("time[data-relative]")) element.textContent = relative(element.dateTime);
}

/** `<time>` with the day. */
export const day = (instant) => h("time", { datetime: instant, title: FULL.format(new Date(instant)) }, DAY.format(new Date(instant)));

/** 12345 as "12,345". */
export const number = (value) => NUMBER.format(value);

/** "1 account", "2 accounts". */
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;

/** 1536 as "1.5 KB". */
export function bytes(value) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = value > 0 ? Math.min(units.length - 1, Math.floor(Math.log(value) / Math.log(1024))) : 0;
  return `${(value / 1024 ** power).toFixed(power > 0 && value / 1024 ** power < 10 ? 1 : 0)} ${units[power]}`;
}

/** A word of the API for people: `needs_reauth` as "Needs reauth". */
export function words(word) {
  const text = word.replaceAll(/[._-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
