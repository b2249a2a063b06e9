/** One tenant: how it is, all that is kept of it, and its end. */
import { add, h } from "../../core/dom.js";
import { badge, busy, button, callout, facts, heading, section } from "../../core/parts.js";
import { dialog } from "../../core/dialog.js";
import { field, form } from "../../core/form.js";
import { Problem, summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { count, time } from "../../core/format.js";
import { framed, redraw, tenantPath } from "./frame.js";
import { operator, operatorApi } from "./token.js";
import { state } from "./words.js";

/** So many characters of an id are typed by hand: enough to have looked at it. */
const TYPED = 8;

export async function render(element, context) {
  const { id } = context.params;
  await framed(element, context, { tenant: id, draw: (place) => draw(place, id, context.signal) });
}

async function draw(place, id, signal) {
  const api = operatorApi();
  const tenant = await api.get(`/tenants/${encodeURIComponent(id)}`, { signal });
  operator.sawTenant(tenant);
  add(place,
    heading("Tenant", { lead: h("span", { class: "lead-line" }, h("code", {}, tenant.id), badge(...state(tenant))) }),
    tenant.erasure && ending(tenant),
    section("About", {}, facts([
      ["Id", h("code", {}, tenant.id)],
      ["Kind", { personal: "Personal: the tenant of one person", organization: "Organisation" }[tenant.kind] ?? tenant.kind],
      ["Made", tenant.created_at && time(tenant.created_at)],
      ["Erasure asked for", tenant.erasure && time(tenant.erasure.asked_at)],
      ["Erased", tenant.erasure?.erased_at && time(tenant.erasure.erased_at)],
      ["Name in the audit log", tenant.erasure && h("code", {}, tenant.erasure.audit_name)],
    ])),
    tenant.state === "active" && [handOut(api, tenant, signal), end(api, tenant)]);
}

function ending({ id, erasure }) {
  const log = h("a", { href: `${tenantPath(id, "audit")}?scope=app&erased=${erasure.audit_name}` }, "Read its audit log");
  return erasure.erased_at
    ? callout("info", "This tenant was erased", "Nothing is left of it but the audit log, which no longer says who it was.", log)
    : callout("warn", "This tenant is being erased", "Its connections are ended at the vendors and everything is deleted, within a day at most. For everybody else it is gone already.");
}

function handOut(api, tenant, signal) {
  const said = h("p", { class: "muted", role: "status" });
  const go = button("Export everything", { icon: "download", onclick: () => busy(go, async () => {
    try {
      said.textContent = `Done: ${count(await download(api, tenant, signal, (lines) => (said.textContent = `${count(lines, "line")} so far.`)), "line")}.`;
    } catch (error) {
      said.textContent = "";
      if (error.name !== "AbortError") toast(summary(error), "bad");
    }
  }) });
  return section("Export", {}, h("div", { class: "card operator-act" },
    h("p", {}, "All that is kept of the tenant, without what is secret, a line of JSON a row."), h("div", { class: "actions" }, go, said)));
}

/** The file is whole, or there is none: the last line says that it is the end. */
async function download(api, { id }, signal, tell) {
  const parts = [];
  let isWhole = false;
  for await (const line of api.lines(`/tenants/${encodeURIComponent(id)}/export`, { signal })) {
    parts.push(`${JSON.stringify(line)}\n`);
    isWhole = line.end === true;
    if (parts.length % 500 === 0) tell(parts.length);
  }
  if (!isWhole) throw new Problem({ status: 0, code: "BROKEN_OFF", detail: "The export broke off. Try again." });
  const url = URL.createObjectURL(new Blob(parts, { type: "application/x-ndjson" }));
  const link = h("a", { download: `tenant-${id}.ndjson` });
  link.href = url;
  link.click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return parts.length - 1;
}

function end(api, tenant) {
  return section("Erase", {}, h("div", { class: "card operator-act" },
    h("p", {}, "Ends all connections at the vendors and deletes everything that is kept of the tenant. It cannot be taken back, and its id is never used again."),
    h("div", { class: "actions" }, button("Erase this tenant", { kind: "danger-quiet", onclick: () => erase(api, tenant) }))));
}

async function erase(api, { id }) {
  const start = id.slice(0, TYPED);
  const isDone = await dialog("Erase this tenant for good?", (close) => [
    h("div", { class: "prose operator-before" },
      h("p", {}, h("code", {}, id)),
      h("p", {}, "Its connections are ended, its signals, records, subscriptions and clients are deleted. Nobody can bring them back.")),
    form([field("typed", `Type ${start} to confirm`, { required: true, autocomplete: "off", spellcheck: "false" })], {
      submit: "Erase for good",
      kind: "danger",
      blame: (error) => (error.code === "MISTYPED" ? { typed: `Type the first ${TYPED} characters of the id: ${start}.` } : null),
      work: async ({ typed }) => {
        if (typed.trim() !== start) throw Object.assign(new Error("mistyped"), { code: "MISTYPED" });
        await api.delete(`/tenants/${encodeURIComponent(id)}`);
        close(true);
      },
    }),
  ]);
  if (!isDone) return;
  toast("The tenant is being erased.");
  redraw();
}
