/** Reads bodies that come bit by bit. */

/** The lines of a body as JSON, one by one. */
export async function* lines(answer) {
  for await (const line of pieces(answer, /\r?\n/)) if (line.trim()) yield JSON.parse(line);
}

/** The events of a body (text/event-stream): `{ id, event, data }`. Comments, which only keep the connection open, are left out. */
export async function* events(answer) {
  for await (const block of pieces(answer, /\r?\n\r?\n/)) {
    const fields = block.split(/\r?\n/).filter((line) => line && !line.startsWith(":")).map((line) => line.split(/: ?(.*)/s, 2));
    const of = (name) => fields.filter(([key]) => key === name).map(([, value]) => value ?? "").join("\n");
    const data = of("data");
    if (data) yield { id: of("id") || undefined, event: of("event") || "message", data: JSON.parse(data) };
  }
}

/** A body's text between separators. What comes behind the last one was cut off, and is no piece of its own. */
async function* pieces(answer, separator) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = "";
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += read.value;
      const whole = text.split(separator);
      text = whole.pop();
      yield* whole;
    }
  } finally {
    // Whoever stops listening early closes the connection with it.
    reader.cancel().catch(() => {});
  }
}
