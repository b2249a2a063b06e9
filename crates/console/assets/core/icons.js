/** Small drawings of lines, our own, 16 by 16. They say nothing by themselves: words stand beside them, or a label on the button. */
import { svg } from "./dom.js";

const PATHS = {
  home: "M2.5 7.2 8 2.8l5.5 4.4v5.6a.7.7 0 0 1-.7.7H9.8v-3.6H6.2v3.6h-3a.7.7 0 0 1-.7-.7z",
  link: "M6.4 9.6l3.2-3.2M7.1 4.9l1-1a2.8 2.8 0 0 1 4 4l-1 1M8.9 11.1l-1 1a2.8 2.8 0 0 1-4-4l1-1",
  signal: "M1.8 8.5h2.6l1.9-5 3 9 1.9-4h3",
  inbox: "M2.5 9.3 4.3 3h7.4l1.8 6.3v3.2a.7.7 0 0 1-.7.7H3.2a.7.7 0 0 1-.7-.7zM2.5 9.3h3.2l.9 1.6h2.8l.9-1.6h3.2",
  sync: "M13 6.2A5.3 5.3 0 0 0 3.4 5M3 2.5V5.2h2.7M3 9.8A5.3 5.3 0 0 0 12.6 11M13 13.5v-2.7h-2.7",
  spark: "M8 2v3M8 11v3M2 8h3M11 8h3M4 4l1.6 1.6M10.4 10.4 12 12M12 4l-1.6 1.6M5.6 10.4 4 12",
  shield: "M8 1.9 13 4v3.9c0 3-2.1 5.2-5 6.2-2.9-1-5-3.2-5-6.2V4z",
  book: "M3 3h3.6A1.6 1.6 0 0 1 8 4.4V13a1.6 1.6 0 0 0-1.5-1.2H3zM13 3H9.4A1.6 1.6 0 0 0 8 4.4V13a1.6 1.6 0 0 1 1.5-1.2H13z",
  plus: "M8 3.2v9.6M3.2 8h9.6",
  search: "M7.2 12a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6zM10.7 10.7l3 3",
  key: "M9.2 8.3 14 3.5M11.9 5.6l1.6 1.6M6.4 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z",
  download: "M8 2.8v7M5 7l3 3 3-3M3 13h10",
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3.2 8.4l3.1 3.1 6.5-7",
  alert: "M8 2.4 14 13H2zM8 6.6v3M8 11.4v.1",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.3v3.6M8 5v.1",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.8V8l2.2 1.6",
  next: "M6 3.5 10.5 8 6 12.5",
  out: "M6.2 13H3.5a.7.7 0 0 1-.7-.7V3.7a.7.7 0 0 1 .7-.7h2.7M10 10.8 12.8 8 10 5.2M12.6 8H6",
  external: "M6.5 3.5h-3v9h9v-3M9 3h4v4M13 3 7.5 8.5",
  unplug: "M2.5 13.5 5 11M11 5l2.5-2.5M6.8 4.6l4.6 4.6M5.6 5.8 4 7.4a2.9 2.9 0 0 0 0 4.1l.5.5a2.9 2.9 0 0 0 4.1 0l1.6-1.6z",
  mail: "M2.4 4h11.2v8H2.4zM2.6 4.3 8 8.6l5.4-4.3",
  play: "M4.5 3v10l8-5z",
  stop: "M4 4h8v8H4z",
};

/** The drawing of this name. */
export function icon(name, size = 16) {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true", focusable: "false" }, svg("path", { d: PATHS[name] }));
}
