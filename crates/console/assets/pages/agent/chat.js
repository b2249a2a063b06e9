/** A conversation with the agent: a new one, or the one that the address names by itself or by one of its runs. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { button, busy, empty, failure, heading, linkButton } from "../../core/parts.js";
import { isAbort, Problem, summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { bySlug } from "../connections/providers.js";
import { composer } from "./composer.js";
import { runView } from "./run.js";
import { conversations, titleFrom } from "./threads.js";
import { isOver } from "./words.js";

/** Runs of a conversation that are shown at first, each a call of its own. */
const AT_ONCE = 10;
/** How often a run is looked at that this page does not listen to. */
const LOOK_MS = 1500;
/** From the end of the page, in pixels: whoever is further up reads, and is left there. */
const AT_END = 200;

export async function render(element, { params, signal, title }) {
  const talk = h("ol", { class: "agent-talk", "aria-label": "Conversation" });
  const [before, news, trouble, nothing] = [h("div", { class: "foot" }), h("p", { class: "unseen", role: "status" }), h("div", {}), h("div", {})];
  const say = (words) => (news.textContent = words);
  let [thread, current] = [null, null];

  // Without the catalogue providers go by their slugs.
  const named = await bySlug().catch(() => (slug) => ({ name: slug }));
  const runs = params.id ? await ofThread(params.id, signal) : null;
  const kept = runs ? await runs.more() : [];
  const write = composer({ send, stop, signal });
  const list = conversations(signal, () => thread);
  add(element,
    heading("Agent", {
      lead: "It acts with your accounts, as far as you allow.",
      actions: [params.id && linkButton("New conversation", "/console/agent", { icon: "plus" }), linkButton("What it may use", "/console/agent/tools", { icon: "shield" })].filter(Boolean),
    }),
    h("div", { class: "beside agent-page" },
      h("div", { class: "agent-main" }, before, nothing, talk, trouble, news, write.element),
      list.element));
  if (kept.length > 0) {
    thread = kept[0].thread_id;
    title(titleFrom(kept[0]));
    showKept(kept);
  } else fill(nothing, welcome());
  list.load();

  function view(prompt, run) {
    const place = { id: run?.id };
    place.view = runView(prompt, { say, providerName: (slug) => named(slug).name, decide: (call, decision) => api.post(`/agent/runs/${place.id}/approvals/${encodeURIComponent(call)}`, { decision }, { signal }) });
    return place;
  }

  function showKept(some) {
    const made = some.map((run) => ({ run, place: view(promptOf(run), run) }));
    talk.prepend(...made.map(({ place }) => place.view.element));
    for (const { run, place } of made) {
      place.view.show(run);
      if (!isOver(run)) attend(place);
    }
    fill(before, !runs.more.ended() && button("Show what was said before", { kind: "quiet", onclick: (event) => busy(event.currentTarget, async () => {
      try {
        showKept(await runs.more());
      } catch (error) {
        if (!isAbort(error)) toast(summary(error), "bad");
      }
    }) }));
  }

  async function send(prompt, budget) {
    fill(trouble);
    fill(nothing);
    const place = view(prompt);
    const leave = new AbortController();
    current = { place, leave };
    add(talk, place.view.element);
    write.running(true);
    scrollTo(0, document.documentElement.scrollHeight);
    say("Sent. The agent is at work.");
    try {
      await follow(place, prompt, budget, AbortSignal.any([signal, leave.signal]));
    } catch (error) {
      if (signal.aborted) return;
      if (place.id) await attend(place);
      else {
        // Nothing was begun: what was written goes back to where it can be sent again.
        place.view.element.remove();
        write.restore(prompt);
        if (talk.children.length === 0) fill(nothing, welcome());
        say("");
        if (!isAbort(error)) fill(trouble, failure(explained(error)));
      }
    }
    if (signal.aborted) return;
    current = null;
    write.running(false);
    if (place.id) list.load();
  }

  async function follow(place, prompt, budget, visit) {
    const body = { prompt, ...(thread && { thread_id: thread }), ...(budget && { budget }) };
    for await (const { event, data } of api.events("POST", "/agent/run", { body, signal: visit })) {
      const atEnd = document.documentElement.scrollHeight - scrollY - innerHeight < AT_END;
      if (event === "run") began(place, data, prompt);
      else place.view.tell(event, data);
      if (atEnd) requestAnimationFrame(() => scrollTo(0, document.documentElement.scrollHeight));
      if (event === "done") return;
    }
    await attend(place);
  }

  function began(place, { id, thread_id: of }, prompt) {
    place.id = id;
    if (thread) return;
    thread = of;
    // Loading the page anew finds the conversation again.
    history.replaceState(null, "", `/console/agent/${thread}`);
    title(titleFrom({ prompt }));
  }

  /** Looks at a run until it is over: one that was begun elsewhere, or whose stream broke. */
  async function attend(place) {
    if (!current) {
      current = { place };
      write.running(true, false);
    }
    for (let last; !signal.aborted;) {
      let run = null;
      try {
        run = await api.get(`/agent/runs/${place.id}`, { signal });
      } catch (error) {
        if (isAbort(error)) return;
        if (error.status === 404) break;
      }
      const now = run && JSON.stringify([run.state, run.turns.length, run.approvals]);
      if (run && now !== last) place.view.show(run);
      last = now ?? last;
      if (run && isOver(run)) break;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
    if (signal.aborted || current?.place !== place) return;
    say("The run has ended.");
    current = null;
    write.running(false);
  }

  async function stop() {
    if (!current) return;
    if (!current.place.id) return current.leave?.abort();
    try {
      await api.post(`/agent/runs/${current.place.id}/cancel`, undefined, { signal });
    } catch (error) {
      if (!isAbort(error)) toast(summary(error), "bad");
    }
  }
}

function welcome() {
  return empty("spark", "Ask something about your accounts", "It can only use what you have allowed, and asks first where you want to be asked.", linkButton("Choose what it may use", "/console/agent/tools"));
}

/** A conversation's runs with what was said in them, page after page, the oldest of a page first. */
async function ofThread(id, signal) {
  const page = (thread) => api.pages("/agent/runs", "runs", { signal, query: { thread_id: thread, limit: AT_ONCE } });
  let source = page(id);
  let first = await source();
  if (first.length === 0) {
    source = page((await api.get(`/agent/runs/${id}`, { signal })).thread_id);
    first = await source();
  }
  const more = async () => {
    const some = first ?? (await source()) ?? [];
    first = null;
    return (await Promise.all(some.map((run) => api.get(`/agent/runs/${run.id}`, { signal })))).reverse();
  };
  more.ended = () => source.ended();
  return { more };
}

const promptOf = (run) => run.turns.find((turn) => turn.role === "user")?.content.filter((block) => block.type === "text").map((block) => block.text).join("\n") ?? "";

/** A refusal that says what it means here. */
function explained(error) {
  if (error instanceof Problem && error.code === "CONFLICT") error.detail = error.detail || "This conversation has a run that goes on.";
  return error;
}
