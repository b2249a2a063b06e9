/** Whoever runs the deployment: with a token that is nowhere but in the memory of one page. */
import assert from "node:assert/strict";
import { look } from "../support/look.mjs";
import { ada, headed, open } from "../support/person.mjs";
import { secrets } from "../support/secrets.mjs";
import { settings } from "../support/settings.mjs";

export default async function story({ step, sit }) {
  const { page, watched } = await sit();
  const tenants = page.getByRole("navigation", { name: "Operator" });
  const tenant = page.getByRole("navigation", { name: "Tenant" });
  const lookUp = async (id) => {
    await tenant.getByRole("link", { name: "All tenants" }).click();
    await headed(page, "Operator");
    await page.getByLabel("Tenant id").fill(id);
    await page.getByRole("button", { name: "Look it up" }).click();
    await headed(page, "Tenant");
    await page.getByText(id).first().waitFor();
  };
  secrets.note("the operator token", settings.operatorToken);

  await step("An operator gives a token", async () => {
    await open(page, "/console/operator");
    await headed(page, "Operator");
    await look(page, "operator-token");
    watched.expect(/^401 GET .*\/doctor$/);
    await page.getByLabel("Operator token").fill("not-a-token-of-this-deployment");
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.getByText("This token is not accepted.").waitFor();
    await page.getByLabel("Operator token").fill(settings.operatorToken);
    await page.getByRole("button", { name: "Use this token" }).click();
    await page.getByLabel("Tenant id").waitFor();
    await page.getByRole("list", { name: "How it is" }).waitFor();
    await look(page, "operator");
    return page.getByRole("list", { name: "How it is" }).innerText().then((text) => text.split("\n")[0]);
  });

  await step("They make a tenant, and look it up", async () => {
    await page.getByRole("button", { name: "Make a tenant" }).click();
    const dialog = page.getByRole("dialog", { name: "Make a tenant" });
    const id = await dialog.getByLabel("Tenant id").inputValue();
    await dialog.getByRole("button", { name: "Make it" }).click();
    await headed(page, "Tenant");
    await lookUp(id);
    await look(page, "operator-tenant");
    return id;
  });

  await step("They set a client of the tenant's own", async () => {
    const secret = `client-secret-of-${ada.account}`;
    secrets.note("the client secret", secret);
    await tenant.getByRole("link", { name: "Clients" }).click();
    await headed(page, "Clients");
    await page.getByRole("button", { name: "Set a client" }).click();
    const dialog = page.getByRole("dialog", { name: "Set a client" });
    await dialog.getByLabel("Provider").selectOption({ label: "Linear" });
    await dialog.getByLabel("Client id").fill("a-client-of-their-own");
    await dialog.getByLabel("Client secret").fill(secret);
    await look(page, "operator-client-dialog");
    await dialog.getByRole("button", { name: "Set it" }).click();
    const row = page.getByRole("list", { name: "Clients of the tenant" }).getByRole("listitem").first();
    await row.getByText("a-client-of-their-own").first().waitFor();
    await row.locator("summary").click();
    await row.getByText("Set. It is never shown.").waitFor();
    await look(page, "operator-clients");
    return row.locator("summary").innerText().then((text) => text.replaceAll("\n", " "));
  });

  await step("They have the tenant's signals forwarded", async () => {
    await tenant.getByRole("link", { name: "Subscriptions" }).click();
    await headed(page, "Subscriptions");
    await page.getByRole("button", { name: "Make a subscription" }).click();
    const dialog = page.getByRole("dialog", { name: "Make a subscription" });
    await dialog.getByLabel("Address").fill("https://receiver.example.com/signals");
    await dialog.getByLabel("Description").fill("The product’s backend");
    await dialog.getByLabel("Kinds of signals").fill("issue_created");
    await dialog.getByRole("button", { name: "Make it" }).click();
    const shown = page.getByRole("dialog", { name: "Signing secret" });
    await shown.waitFor();
    await look(page, "operator-secret");
    await shown.getByRole("button", { name: "I have kept it" }).click();
    await page.getByRole("link", { name: "https://receiver.example.com/signals" }).waitFor();
    await look(page, "operator-subscriptions");
    await page.getByRole("link", { name: "https://receiver.example.com/signals" }).click();
    await headed(page, "Subscription");
    await page.getByText("Nothing was given up").waitFor();
    await look(page, "operator-subscription");
    return page.getByRole("main").getByText("Active").first().innerText();
  });

  await step("They read the audit log", async () => {
    await tenant.getByRole("link", { name: "Audit log" }).click();
    await headed(page, "Audit log");
    const lines = page.getByRole("list", { name: "Audit log, newest first" }).getByRole("listitem");
    await lines.filter({ hasText: "subscription" }).first().waitFor();
    await lines.first().locator("summary").click();
    await look(page, "operator-audit");
    return (await lines.locator("strong").allInnerTexts()).join(", ");
  });

  await step("They look at what a person has connected", async () => {
    await lookUp(ada.tenant);
    await tenant.getByRole("link", { name: "Connections" }).click();
    await headed(page, "Connections");
    await page.getByText("Linear").first().waitFor();
    await look(page, "operator-connections");
    return `of the tenant ${ada.tenant}`;
  });

  await step("They see what the doctor finds", async () => {
    await tenant.getByRole("link", { name: "All tenants" }).click();
    await tenants.getByRole("link", { name: "Doctor" }).click();
    await headed(page, "Doctor");
    const findings = page.getByRole("list", { name: "Findings, the worst first" });
    await findings.waitFor();
    await look(page, "operator-doctor");
    return `${await findings.getByRole("listitem").count()} findings; the worst: ${(await findings.getByRole("listitem").first().innerText()).split("\n").slice(0, 2).join(": ")}`;
  });

  await step("The token is gone when the page is loaded anew", async () => {
    const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
    assert.deepEqual(kept, [0, 0, ""]);
    await page.reload();
    await page.getByLabel("Operator token").waitFor();
    assert.equal(await page.getByLabel("Operator token").inputValue(), "");
    return "asked for again";
  });
}
