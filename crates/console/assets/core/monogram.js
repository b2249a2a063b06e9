/**
 * A provider's sign: a rounded square whose colour follows from its slug, with our own small drawing where there is one, else its
 * initials. No vendor's trademark is drawn.
 */
import { svg } from "./dom.js";
import { DRAWINGS } from "./drawings.js";

/** A hue from 0 to 359, the same for a slug wherever it is shown (FNV-1a). */
function hue(slug) {
  let hash = 0x811c9dc5;
  for (const letter of slug) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
  return hash % 360;
}

/** "GitHub" as "Gi", "Google Ads" as "GA". */
function initials(name) {
  const parts = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = parts.length > 1 ? parts[0][0] + parts[1][0] : (parts[0] ?? "?").slice(0, 2);
  return letters.charAt(0).toUpperCase() + letters.slice(1);
}

/** The sign, `size` pixels wide. The name stands beside it, so it is not read out. */
export function monogram(slug, name = slug, size = 32) {
  const drawing = DRAWINGS[slug];
  // Dark enough for white in every hue.
  const ground = svg("rect", { width: 32, height: 32, rx: 8, fill: `oklch(0.5 0.11 ${drawing?.hue ?? hue(slug)})` });
  const sign = drawing
    ? svg("path", { d: drawing.path, fill: "none", stroke: "#fff", "stroke-width": 2, "stroke-linecap": "round", "stroke-linejoin": "round" })
    : svg("text", { x: 16, y: 16, "text-anchor": "middle", "dominant-baseline": "central", "font-size": 13, "font-weight": 600, fill: "#fff" }, initials(name));
  return svg("svg", { class: "monogram", viewBox: "0 0 32 32", width: size, height: size, "aria-hidden": "true", focusable: "false" }, ground, sign);
}
