/** The list while it is edited: what is saved, what is chosen, and what would be sent. An entry is known by its source and name. */

const key = (source, name) => `${source} ${name}`;

/**
 * Of what `GET /agent/tools` found. A choice is `never` (allowed), `each_call` (asked about), `denied`, or `changed`: it was allowed, is
 * another one now, and nobody has said anything about that yet.
 */
export function allowList(found) {
  const tools = new Map();
  for (const source of found.sources) {
    for (const tool of source.tools) {
      const saved = tool.standing === "changed" ? "changed" : tool.allowed?.approval ?? "denied";
      tools.set(key(source.id, tool.name), { saved, chosen: saved, entry: tool.allowed, fingerprint: tool.fingerprint, source: source.id, name: tool.name });
    }
  }
  for (const entry of found.missing) {
    tools.set(key(entry.source, entry.name), { saved: entry.approval, chosen: entry.approval, entry, fingerprint: entry.fingerprint, source: entry.source, name: entry.name });
  }
  const all = () => [...tools.values()];

  function asEntry(tool) {
    // What nobody has decided about stays as it was: withdrawn, until it is allowed as it is now.
    if (tool.chosen === "changed") return tool.entry;
    return { source: tool.source, name: tool.name, fingerprint: tool.fingerprint, approval: tool.chosen, arguments: tool.entry?.arguments ?? {} };
  }

  return {
    choice: (source, name) => tools.get(key(source, name)).chosen,
    choose: (source, name, choice) => (tools.get(key(source, name)).chosen = choice),
    changes: () => all().filter((tool) => tool.chosen !== tool.saved).length,
    sums: () => ({ free: all().filter((tool) => tool.chosen === "never").length, asked: all().filter((tool) => tool.chosen === "each_call").length }),
    entries: () => all().filter((tool) => tool.chosen !== "denied").map(asEntry),
    /** Of a source that is gone: there is nothing left to allow. */
    forget: (source) => all().filter((tool) => tool.source === source).forEach((tool) => (tool.chosen = "denied")),
    discard: () => all().forEach((tool) => (tool.chosen = tool.saved)),
    saved: () => all().forEach((tool) => {
      tool.entry = tool.chosen === "denied" ? null : asEntry(tool);
      tool.saved = tool.chosen;
    }),
  };
}
