/** Days and times of day, as this browser's clock has them. */
import { h } from "../../core/dom.js";
import { time } from "../../core/format.js";

const CLOCK = new Intl.DateTimeFormat("en", { timeStyle: "short" });
const EXACT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const DAY_MS = 86_400_000;

/** The same for all moments of one day. */
export const dayOf = (instant) => new Date(instant).toDateString();

/** "Today", "Yesterday", "Friday, 27 November 2026". */
export function dayWords(instant, now = Date.now()) {
  const day = dayOf(instant);
  if (day === dayOf(now)) return "Today";
  return day === dayOf(now - DAY_MS) ? "Yesterday" : DAY.format(new Date(instant));
}

/** Below the heading of its day: how long ago it was today, on other days the time. */
export function timeOfDay(instant) {
  if (dayOf(instant) === dayOf(Date.now())) return time(instant);
  return h("time", { datetime: instant, title: EXACT.format(new Date(instant)) }, CLOCK.format(new Date(instant)));
}

/** To the second. */
export const exact = (instant) => h("time", { datetime: instant }, EXACT.format(new Date(instant)));

/** What an input of the type datetime-local holds, of an instant. */
export function toLocal(instant) {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? "" : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The instant that such an input names. */
export const fromLocal = (text) => (text ? new Date(text).toISOString() : "");
