/**
 * The model's words as elements: paragraphs, lists, headings as strong lines, and code. Nothing else is read, so that nothing it repeats
 * of strangers becomes a link, an image or markup.
 */
import { h } from "../../core/dom.js";

const ITEM = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/;

/** Elements for a text, which may still be growing. */
export function markdown(text) {
  const blocks = [];
  // The API makes images harmless for pages that read markup. This one reads none, and shows what was said.
  const lines = text.replaceAll("&lt;img", "<img").replaceAll("!\\[", "![").split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (/^\s*```/.test(line)) {
      const end = lines.findIndex((other, later) => later > at && /^\s*```\s*$/.test(other));
      const code = lines.slice(at + 1, end < 0 ? undefined : end).join("\n");
      blocks.push(h("pre", { tabindex: 0, "aria-label": "Code" }, h("code", {}, code)));
      at = end < 0 ? lines.length : end;
    } else if (ITEM.test(line)) {
      let end = at;
      while (end < lines.length && ITEM.test(lines[end])) end += 1;
      const items = lines.slice(at, end).map((one) => ITEM.exec(one));
      blocks.push(h(items[0][1] ? "ol" : "ul", { start: items[0][1] ?? null }, items.map((item) => h("li", {}, inline(item[2])))));
      at = end - 1;
    } else if (line.trim()) {
      let end = at;
      while (end < lines.length && lines[end].trim() && !ITEM.test(lines[end]) && !/^\s*```/.test(lines[end])) end += 1;
      const title = /^#{1,6}\s+(.*)$/.exec(line);
      if (title) end = at + 1;
      blocks.push(h("p", {}, title ? h("strong", {}, inline(title[1])) : inline(lines.slice(at, end).join("\n"))));
      at = end - 1;
    }
  }
  return blocks;
}

/** Text with `code` and **strong** words in it. */
function inline(text) {
  return text.split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).filter(Boolean).map((piece) => {
    if (/^`.+`$/.test(piece)) return h("code", {}, piece.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(piece)) return h("strong", {}, piece.slice(2, -2));
    return piece;
  });
}
