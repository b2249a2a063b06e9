/** What is fetched of one connection: its streams, and of one of them the records, over time and as they are. */
import { add, fill, h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { button, busy, heading, linkButton, section } from "../../core/parts.js";
import { confirm } from "../../core/dialog.js";
import { field } from "../../core/form.js";
import { icon } from "../../core/icons.js";
import { monogram } from "../../core/monogram.js";
import { setQuery } from "../../core/router.js";
import { called } from "../connections/words.js";
import { bySlug } from "../connections/providers.js";
import { overTime } from "./chart.js";
import { newestRecords } from "./records.js";
import { streamList } from "./streams.js";
import { streamName } from "./words.js";

export async function render(element, { params, query, signal, title }) {
  const path = `/connections/${params.id}`;
  const [named, connection, { streams }] = await Promise.all([bySlug(), api.get(path, { signal }), api.get(`${path}/streams`, { signal })]);
  const [provider, name] = [named(connection.provider), called(connection)];
  title(`Sync of ${name}`);

  let chosen = streams.find((one) => one.name === query.get("stream"))?.name ?? [...streams].sort((one, other) => other.records - one.records)[0]?.name;
  const [place, news] = [h("div", {}), h("div", { role: "status", class: "sync-news" })];
  const list = streamList(connection, {
    signal, streams, label: "Streams",
    changed: (moved, isAsked) => {
      if (!moved.some((one) => one.name === chosen && hasChanged(one))) return;
      // Nobody loses the place where they read because something came by itself.
      if (isAsked) show();
      else fill(news, button("Show the records that have just come", { kind: "quiet", small: true, icon: "sync", onclick: show }));
    },
    pick: (stream) => {
      choose(stream);
      records.scrollIntoView({ block: "start" });
      select.focus({ preventScroll: true });
    },
  });
  const choice = field("stream", "Stream", { options: streams.map((one) => ({ value: one.name, label: streamName(one.name) })), value: chosen, onchange: (event) => choose(event.target.value) });
  const select = choice.querySelector("select");
  const records = section("Records", { class: "sync-records" }, h("div", { class: "sync-choice" }, choice), news, place);

  const all = button("Sync now", { kind: "primary", icon: "sync", onclick: () => busy(all, () => list.sync(null)) });
  const again = button("Fetch all again", { onclick: async () => {
    const agreed = await confirm(`Fetch all of ${name} again?`, [
      h("p", {}, "Everything is read from the beginning, which also finds what is gone at the provider."),
      h("p", {}, "It takes longer than fetching what has changed, and uses more of what the provider allows."),
    ], { action: "Fetch all again" });
    if (agreed) busy(again, () => list.sync(null, "full"));
  } });
  add(element,
    heading(`Sync of ${name}`, {
      above: h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "/console/sync" }, "Sync"), icon("next"), h("span", { "aria-current": "page" }, name)),
      lead: h("span", { class: "lead-line" }, monogram(connection.provider, provider.name, 20), provider.name),
      actions: streams.length === 0 ? [] : [again, all],
    }),
    section("Streams", { actions: [linkButton("The connection", `/console/connections/${connection.id}`, { kind: "quiet", small: true })] }, list.element),
    streams.length > 0 && records);

  function choose(stream) {
    chosen = stream;
    select.value = stream;
    setQuery({ stream });
    show();
  }

  let shown;
  function show() {
    shown?.abort();
    shown = new AbortController();
    const visit = AbortSignal.any([signal, shown.signal]);
    const source = `${path}/records/${encodeURIComponent(chosen)}`;
    fill(news);
    fill(place, overTime(source, streamName(chosen), visit), newestRecords(source, streamName(chosen), visit));
  }
  if (chosen) show();
}

const hasChanged = ({ last_run: run }) => Boolean(run && run.created + run.updated + run.deleted > 0);
