/** Where an operator begins: a tenant, and how the deployment is. */
import { add, h } from "../../core/dom.js";
import { badge, button, heading, linkButton, pending, section } from "../../core/parts.js";
import { dialog } from "../../core/dialog.js";
import { field, form } from "../../core/form.js";
import { go } from "../../core/router.js";
import { toast } from "../../core/toast.js";
import { count } from "../../core/format.js";
import { framed, tenantPath } from "./frame.js";
import { operator, operatorApi } from "./token.js";
import { state } from "./words.js";

export async function render(element, context) {
  await framed(element, context, { draw: (place) => draw(place, context.signal) });
}

function draw(place, signal) {
  add(place,
    heading("Operator", { lead: "Tenants, and how this deployment is.", actions: [button("Make a tenant", { kind: "primary", icon: "plus", onclick: () => make(signal) })] }),
    section("Look at a tenant", {}, h("div", { class: "card operator-ask" }, lookUp())),
    seen(),
    section("This deployment", { actions: [linkButton("All findings", "/console/operator/doctor", { small: true })] },
      pending(() => operatorApi().get("/doctor", { signal }), summary, { lines: 1 })));
}

function lookUp() {
  return form([
    field("tenant", "Tenant id", { required: true, autocomplete: "off", spellcheck: "false", placeholder: "0190b6f0-6b4e-7c52-9d3e-5f2c1d7a8b03",
      hint: "A UUID. There is no list of all tenants: whoever made one knows its id." }),
  ], {
    submit: "Look it up",
    blame: (error) => ({ 400: { tenant: "This is not a UUID." }, 404: { tenant: "There is no such tenant for this token." } })[error.status] ?? null,
    work: async ({ tenant }) => {
      const found = await operatorApi().get(`/tenants/${encodeURIComponent(tenant.trim())}`);
      operator.sawTenant(found);
      go(tenantPath(found.id));
    },
  });
}

function seen() {
  const all = operator.tenants;
  if (all.length === 0) return null;
  return section("Looked at since the token was entered", {}, h("ul", { class: "rows", "aria-label": "Tenants that were looked at" }, all.map((tenant) =>
    h("li", { class: "row" },
      h("div", { class: "row-words" }, h("a", { class: "row-link", href: tenantPath(tenant.id) }, h("code", {}, tenant.id))),
      badge(...state(tenant))))));
}

function summary({ well, findings }) {
  const worth = findings.filter((one) => one.level === "fault" || one.level === "warning");
  return h("ul", { class: "rows", "aria-label": "How it is" }, h("li", { class: "row" },
    h("div", { class: "row-words" },
      h("strong", {}, well ? "It serves as it is meant to" : "Something keeps it from serving as it is meant to"),
      h("span", { class: "muted" }, worth.length > 0 ? worth.map((one) => one.says).join(" · ") : `${count(findings.length, "thing")} looked at, nothing to do`)),
    badge(well ? "Well" : "Unwell", well ? "good" : "bad")));
}

async function make(signal) {
  const id = await dialog("Make a tenant", (close) => form([
    field("id", "Tenant id", { required: true, value: crypto.randomUUID(), autocomplete: "off", spellcheck: "false", hint: "A UUID that you choose, and keep with your customer. One is proposed." }),
  ], {
    submit: "Make it",
    blame: (error) => ({ 409: { id: "A tenant of this id was erased and does not come back. Choose another id." }, 404: { id: "This token is not for this tenant." } })[error.status] ?? null,
    work: async ({ id: chosen }) => close((await operatorApi().put(`/tenants/${encodeURIComponent(chosen.trim())}`, undefined, { signal })).id),
  }), { lead: "An organisation’s: people have their own by themselves." });
  if (!id) return;
  toast("The tenant is there.");
  go(tenantPath(id));
}
