/**
 * `<connectors-connect provider="…">`: a button in other products' pages that connects an account, as docs/frontend.md says. It stands alone,
 * keeps nothing, and needs nothing that a strict Content-Security-Policy forbids.
 */

/** Where this module came from. */
const HOME = new URL(import.meta.url).origin;
/** In the return address: which button of several it is for. */
const MARK = "connectors_provider";
/** What a return address brings: `status`, and what stands beside it. */
const BROUGHT = { connected: "connection_id", pending: "link_code", denied: "error" };
const LOOKS = `
:host { display: inline-block; font: 550 0.9375rem/1.25 var(--connectors-font, system-ui, sans-serif); }
:host([hidden]) { display: none; }
button { display: inline-flex; align-items: center; justify-content: center; gap: 0.5em; min-height: 2.75em; width: 100%;
  padding: 0.5em 1em; border: 1px solid var(--connectors-border, transparent); border-radius: var(--connectors-radius, 8px);
  background: var(--connectors-accent, light-dark(#4353d6, #5363e8)); color: var(--connectors-on-accent, #fff); font: inherit; cursor: pointer; }
button:hover { filter: brightness(0.92); }
button:focus-visible { outline: 2px solid var(--connectors-focus, light-dark(#4353d6, #a3aeff)); outline-offset: 2px; }
button[aria-disabled="true"] { cursor: not-allowed; opacity: 0.7; }
button[aria-busy="true"] { cursor: progress; }
button[aria-busy="true"]::before { content: ""; width: 0.75em; height: 0.75em; border: 2px solid; border-right-color: transparent; border-radius: 50%;
  animation: turn 0.7s linear infinite; }
p { width: 0; min-width: 100%; margin: 0.5em 0 0; color: var(--connectors-error, light-dark(#b3241c, #f28b82)); font-size: 0.875em; font-weight: 400; }
p:empty { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@keyframes turn { to { rotate: 1turn; } }
@media (prefers-reduced-motion: reduce) { button::before { animation: none !important; } }`;

const sheet = new CSSStyleSheet();
sheet.replaceSync(LOOKS);

/** The page's own scripts have had their turn to listen. */
const READY = new Promise((done) => {
  if (document.readyState === "complete") setTimeout(done);
  document.addEventListener("DOMContentLoaded", done);
  addEventListener("load", done);
});
/** What this page was come back to with, until it is taken. */
let result = read(new URL(location.href));

function read(url) {
  const status = url.searchParams.get("status");
  const value = Object.hasOwn(BROUGHT, status ?? "") ? url.searchParams.get(BROUGHT[status]) : null;
  return value ? { status, value, provider: url.searchParams.get(MARK) } : null;
}

function without(url) {
  for (const name of ["status", MARK, ...Object.values(BROUGHT)]) url.searchParams.delete(name);
  return url;
}

class Connect extends HTMLElement {
  static observedAttributes = ["label", "provider", "disabled"];
  // What the page set before this module was there stays.
  /** `async () => "a JWT"` of the person. Without it what is connected is linked after signing in. */
  getToken = this.getToken ?? null;
  /** `async () => "an install_url"` that the product's backend has made. Wins over `getToken`. */
  getLink = this.getLink ?? null;
  /** The provider's `inputs`: `{ subdomain: "acme" }`. */
  parameters = this.parameters ?? {};
  /** What the visit brought. */
  result = null;
  #button = document.createElement("button");
  #label = document.createElement("slot");
  #trouble = document.createElement("p");
  #state = document.createElement("span");
  #gone = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [sheet];
    this.#button.type = "button";
    this.#button.part = "button";
    this.#button.addEventListener("click", () => this.start());
    this.#button.append(this.#label);
    this.#trouble.part = "error";
    this.#trouble.setAttribute("role", "alert");
    this.#state.className = "unseen";
    this.#state.setAttribute("role", "status");
    root.append(this.#button, this.#trouble, this.#state);
  }

  connectedCallback() {
    this.attributeChangedCallback();
    this.#gone = new AbortController();
    // For whoever goes back.
    addEventListener("pageshow", (event) => event.persisted && this.#busy(false), { signal: this.#gone.signal });
    if (result && (result.provider === null || result.provider === this.provider)) this.#take(result);
  }

  disconnectedCallback() {
    this.#gone?.abort();
  }

  attributeChangedCallback() {
    this.#label.textContent = this.getAttribute("label") ?? `Connect ${this.provider ?? ""}`.trim();
    this.#button.setAttribute("aria-disabled", String(this.hasAttribute("disabled")));
  }

  get provider() {
    return this.getAttribute("provider");
  }

  /** Starts, as a press does. Leaves the page where that works. */
  async start() {
    if (this.hasAttribute("disabled") || this.#button.getAttribute("aria-busy") === "true") return;
    if (!this.#tell("connect", { provider: this.provider }, { cancelable: true })) return;
    this.#trouble.textContent = "";
    this.#busy(true);
    try {
      const url = new URL(await this.#address());
      if (!url.protocol.startsWith("http")) throw { code: "LINK_INVALID", detail: "The link leads to no page." };
      location.assign(url);
    } catch (error) {
      this.#busy(false);
      this.#refused(error);
    }
  }

  async #address() {
    if (this.getLink) return this.getLink();
    const back = without(new URL(this.getAttribute("return-to") ?? location.href, location.href));
    back.searchParams.set(MARK, this.provider);
    const [scopes, label] = ["scopes", "account-label"].map((name) => this.getAttribute(name));
    const slug = encodeURIComponent(this.provider ?? "");
    if (!this.getToken) {
      const query = { return_url: back, ...(scopes && { scopes }), ...(label && { label }), ...this.parameters };
      return (await this.#ask(`/oauth/${slug}?${new URLSearchParams(query)}`, { credentials: "include" })).url;
    }
    const body = { return_url: back, parameters: this.parameters, ...(scopes && { scopes: scopes.split(/\s+/) }), ...(label && { label }) };
    const headers = { authorization: `Bearer ${await this.getToken()}`, "content-type": "application/json" };
    return (await this.#ask(`/connect/${slug}`, { method: "POST", headers, body: JSON.stringify(body) })).install_url;
  }

  async #ask(path, options) {
    const answer = await fetch(HOME + path, options).catch(() => {
      throw { code: "UNREACHABLE", detail: "The service cannot be reached." };
    });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw { status: answer.status, code: body.code, detail: body.detail ?? body.title, requestId: body.request_id };
    return body;
  }

  #refused({ status, code = "FAILED", detail, message, requestId }) {
    const words = detail ?? message ?? "This did not work.";
    this.#trouble.textContent = words;
    // Not up to the window: it would be a script's.
    this.#tell("error", { status, code, detail: words, requestId }, { bubbles: false });
  }

  #take({ status, value, provider }) {
    result = null;
    history.replaceState(history.state, "", without(new URL(location.href)));
    const told = { provider: provider ?? this.provider };
    const name = status === "denied" ? "failed" : status;
    const detail = { ...told, [{ connected: "connectionId", pending: "linkCode", failed: "error" }[name]]: value };
    this.result = { event: name, ...detail };
    READY.then(() => {
      this.#state.textContent = { connected: "Connected.", pending: "Almost connected.", failed: "Not connected." }[name];
      this.#tell(name, detail);
    });
  }

  #tell(name, detail, options) {
    return this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, ...options, detail }));
  }

  #busy(is) {
    this.#button.setAttribute("aria-busy", String(is));
    this.#state.textContent = is ? "Opening the provider’s page." : "";
  }
}

if (!customElements.get("connectors-connect")) customElements.define("connectors-connect", Connect);
