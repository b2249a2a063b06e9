/** Connecting: the questions before, the way to the provider, and the way back. */
import { h } from "../../core/dom.js";
import { api } from "../../core/api.js";
import { callout } from "../../core/parts.js";
import { dialog } from "../../core/dialog.js";
import { field, form } from "../../core/form.js";
import { monogram } from "../../core/monogram.js";
import { go, setQuery } from "../../core/router.js";
import { summary } from "../../core/problem.js";
import { toast } from "../../core/toast.js";
import { called } from "./words.js";

/** Starts, and leaves this page for the provider's, or goes to the new connection where credentials were pasted. */
export async function connect(provider, wish = {}) {
  const answer = await api.post(`/connect/${provider.slug}`, { return_url: `/console/connections?from=${provider.slug}`, ...wish });
  if (answer.authorize_url) return location.assign(answer.authorize_url);
  toast(`${called(answer)} is connected.`);
  go(`/console/connections/${answer.id}`);
}

/** Once more, with all that was said before: at once, unless it takes something that only the person has. */
export async function reconnect(provider, connection) {
  const said = connection.parameters;
  if (provider.auth !== "oauth2" || provider.inputs.some(({ name, required }) => required && !(name in said))) return ask(provider, connection);
  return connect(provider, { kind: connection.kind, parameters: said, ...(connection.label && { label: connection.label }) });
}

/** Asks what there is to ask, and starts. */
export function ask(provider, connection) {
  const verb = connection ? "Reconnect" : "Connect";
  return dialog(`${verb} ${provider.name}`, (close) => {
    if (!provider.configured) return notSetUp(provider);
    return form(questions(provider, connection), {
      submit: provider.auth === "oauth2" ? `Continue to ${provider.name}` : verb,
      blame,
      work: async (values) => {
        await connect(provider, wish(provider, values));
        if (provider.auth !== "oauth2") close();
      },
    });
  }, { above: monogram(provider.slug, provider.name, 36), lead: lead(provider) });
}

function lead(provider) {
  if (!provider.configured) return null;
  return provider.auth === "oauth2"
    ? `You agree at ${provider.name}, and come back here.`
    : "What you enter is tried at once, and kept sealed. Nobody is shown it again.";
}

function notSetUp(provider) {
  return callout("info", `${provider.name} is not set up here`,
    "Whoever operates this has to register an app there first, and enter its client id and secret.",
    h("a", { class: "button plain", href: provider.docs, target: "_blank", rel: "noreferrer" }, "The provider’s page"));
}

function questions(provider, connection) {
  const fields = provider.inputs.map((input) => field(`parameter:${input.name}`, words(input.name), {
    hint: input.one_of ? input.about : `${input.about} For example ${input.example}.`,
    required: input.required,
    optional: !input.required,
    ...(input.one_of && { options: [...(input.required ? [] : [{ value: "", label: "As usual" }]), ...input.one_of.map((value) => ({ value, label: value }))] }),
    value: connection?.parameters[input.name] ?? "",
    autocomplete: "off",
  }));
  if (provider.auth === "api_key") fields.push(field("api_key", "API key", { type: "password", required: true, autocomplete: "off" }));
  if (provider.auth === "basic") {
    fields.push(field("username", "User name", { required: true, autocomplete: "off" }), field("password", "Password", { type: "password", required: true, autocomplete: "off" }));
  }
  if (provider.capabilities.installations && !connection) {
    fields.push(field("kind", "For whom", { options: [{ value: "account", label: "My own account" }, { value: "installation", label: "An organisation: install the app there" }], value: "account" }));
  }
  fields.push(field("label", "Label", { optional: true, maxlength: 100, value: connection?.label ?? "", hint: "Your own name for it, such as “work”." }));
  if (provider.auth === "oauth2") fields.push(scopes(provider));
  return fields;
}

function scopes(provider) {
  return h("details", { class: "unfold" },
    h("summary", {}, "Permissions", h("span", { class: "muted" }, provider.scopes.length > 0 ? ` · the usual ${provider.scopes.length}` : " · the provider’s own")),
    h("fieldset", { class: "ticks" }, h("legend", { class: "unseen" }, "Permissions to ask for"),
      provider.scopes.map((scope) => field(`scope:${scope}`, h("code", {}, scope), { type: "checkbox", checked: true }))),
    field("more", "Others", { optional: true, hint: "As the provider writes them, with spaces between.", autocomplete: "off" }));
}

/** The fields that a refusal is about: they have other names here than in the request. */
function blame({ errors = [] }) {
  const named = errors.map(({ pointer = "", detail }) => {
    const [, member, name] = /^#\/(\w+)(?:\/(.+))?$/.exec(pointer) ?? [];
    return [member === "parameters" ? `parameter:${name}` : member === "scopes" ? "more" : name ?? member, detail];
  });
  return named.length > 0 ? Object.fromEntries(named) : null;
}

/** What the form says, as the API wants it. What is as usual is left out. */
function wish(provider, values) {
  const from = (prefix) => Object.entries(values).filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]);
  const asked = {};
  const parameters = Object.fromEntries(from("parameter:").filter(([, value]) => value));
  if (Object.keys(parameters).length > 0) asked.parameters = parameters;
  if (values.label) asked.label = values.label;
  if (values.kind) asked.kind = values.kind;
  if (values.api_key) asked.credentials = { api_key: values.api_key };
  if (provider.auth === "basic") asked.credentials = { username: values.username, password: values.password };
  const ticked = from("scope:").filter(([, on]) => on).map(([scope]) => scope);
  const more = (values.more ?? "").split(/\s+/).filter(Boolean);
  if (more.length > 0 || ticked.length !== from("scope:").length) asked.scopes = [...ticked, ...more];
  return asked;
}

function words(name) {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

/** What the address brings back from a provider. It proves nothing: what there is, the list says. The answer is a callout, or null. */
export async function cameBack(query, name) {
  const [status, from] = [query.get("status"), query.get("from")];
  if (!status) return null;
  setQuery({ status: null, connection_id: null, error: null, link_code: null, from: null });
  if (status === "connected") return callout("good", `${name} is connected`, "What it opens is fetched now; that may take a moment.");
  if (status === "denied") {
    return callout("warn", `${name} is not connected`, "You or the provider declined. Nothing was stored, and you can start again.");
  }
  if (status === "pending" && from) {
    try {
      await api.post(`/oauth/${encodeURIComponent(from)}/link`, { code: query.get("link_code") });
      return callout("good", `${name} is connected`, "It was waiting for you to sign in.");
    } catch (error) {
      return callout("bad", `${name} is not connected`, summary(error));
    }
  }
  return null;
}
