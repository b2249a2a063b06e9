/** The public API, as any frontend would call it. `api` acts for the person; `createApi` makes one for other credentials. */
import { fetched, isAbort, Problem, read } from "./problem.js";
import { session } from "./session.js";
import { events, lines } from "./streams.js";

/** The longest pause before a broken stream is opened again. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * `credentials.headers()` gives the headers of one request; `credentials.refused(headers)` hears of a 401 and says whether asking once
 * more, with new headers, makes sense.
 */
export function createApi(credentials) {
  async function answer(method, path, { query, body, signal, headers, accept } = {}) {
    const url = new URL(path, location.origin);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
    }
    for (let again = true; ; again = false) {
      const proof = await credentials.headers();
      const got = await fetched(url, {
        method,
        signal,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: {
          ...proof,
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(accept && { accept }),
          ...headers,
        },
      });
      if (got.ok) return got;
      if (!(got.status === 401 && again && credentials.refused(proof))) throw await read(got);
    }
  }

  const json = async (method, path, options) => {
    const got = await answer(method, path, options);
    return got.status === 204 ? null : got.json();
  };

  return {
    get: (path, options) => json("GET", path, options),
    post: (path, body, options) => json("POST", path, { body, ...options }),
    put: (path, body, options) => json("PUT", path, { body, ...options }),
    delete: (path, options) => json("DELETE", path, options),

    /**
     * A list that is told in pages: `const more = api.pages("/connections", "connections")`, then `await more()` for each next page
     * of items until it answers null. `more.ended()`: whether the page before was the last.
     */
    pages(path, member, { query, signal } = {}) {
      let cursor;
      const more = async () => {
        if (cursor === null) return null;
        const page = await json("GET", path, { query: { ...query, cursor }, signal });
        cursor = page.next_cursor;
        return page[member];
      };
      more.ended = () => cursor === null;
      return more;
    },

    /** All of such a list, up to `most` items. */
    async all(path, member, { query, signal, most = 1000 } = {}) {
      const [more, items] = [this.pages(path, member, { query: { limit: 100, ...query }, signal }), []];
      for (let page = await more(); page && items.length < most; page = await more()) items.push(...page);
      return items;
    },

    /** The lines of `application/x-ndjson`, one object after the other. */
    async *lines(path, options) {
      yield* lines(await answer("GET", path, { accept: "application/x-ndjson", ...options }));
    },

    /** The events of one answer as they come, `{ id, event, data }`, for a stream that is not taken up again (a run). */
    async *events(method, path, options) {
      yield* events(await answer(method, path, { accept: "text/event-stream", ...options }));
    },

    /**
     * Follows a stream across broken connections, new JWTs and restarts until `signal` aborts, each time behind the last event it saw.
     * `tell(data, { id, event })` gets each; `state("connecting" | "open" | "waiting")` is for showing. A refusal for good (400, 403,
     * 404) is thrown.
     */
    async follow(path, { tell, state = () => {}, signal, query, lastEventId }) {
      let last = lastEventId;
      for (let pause = 0; !signal.aborted; pause = Math.min(LONGEST_PAUSE_MS, pause * 2 + 1000)) {
        if (pause > 0) {
          state("waiting");
          await sleep(pause * (0.5 + Math.random() / 2), signal);
        }
        try {
          state("connecting");
          const headers = last === undefined ? {} : { "last-event-id": last };
          const open = await answer("GET", path, { query, headers, signal, accept: "text/event-stream" });
          state("open");
          pause = 0;
          for await (const { id, event, data } of events(open)) {
            if (id) last = id;
            tell(data, { id, event });
          }
        } catch (error) {
          if (isAbort(error)) return;
          if (error instanceof Problem && [400, 401, 403, 404].includes(error.status)) throw error;
        }
      }
    },
  };
}

/** Ends early, and without an error, when `signal` aborts: the loop that waits looks at it itself. */
function sleep(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}

/** For whoever is signed in. */
export const api = createApi({
  headers: async () => ({ authorization: `Bearer ${await session.jwt()}` }),
  refused: ({ authorization }) => (session.drop(authorization.slice("Bearer ".length)), true),
});
