/** A trusted backend, beside the browser: it may have what no page ever gets. */
import { settings } from "./settings.mjs";

async function ask(path, tenant) {
  const answer = await fetch(`${settings.url}${path}`, { headers: { authorization: `Bearer ${settings.operatorToken}`, "x-tenant-id": tenant } });
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The access tokens of everything that a tenant has connected. */
export async function accessTokens(tenant) {
  const { connections } = await ask("/connections?limit=100", tenant);
  const usable = connections.filter((one) => one.health.status === "active");
  return Promise.all(usable.map(async (one) => ({ provider: one.provider, token: (await ask(`/oauth/token/${one.provider}?connection_id=${one.id}`, tenant)).access_token })));
}

/** The tenant of whoever is signed in here: it has the same id, in the other form. */
export async function tenantOf(page) {
  const id = await page.evaluate(async () => (await (await fetch("/api/auth/get-session")).json()).user.id);
  const plain = id.replaceAll("-", "");
  return [plain.slice(0, 8), plain.slice(8, 12), plain.slice(12, 16), plain.slice(16, 20), plain.slice(20)].join("-");
}
