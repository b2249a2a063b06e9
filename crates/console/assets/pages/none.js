/** Where an address leads nowhere. */
import { add } from "../core/dom.js";
import { empty, heading, linkButton } from "../core/parts.js";

export function render(element) {
  add(element, heading("Not found"), empty("search", "There is no page at this address", "It may have been moved, or the link is incomplete.", linkButton("To the start", "/")));
}
