/** A grant dies at the vendor: the page says why, and mends it with one press. */
import { look } from "../support/look.mjs";
import { ada, agree, headed, walk } from "../support/person.mjs";
import { sandbox } from "../support/sandbox.mjs";

export default async function story({ step, page, watched }) {
  await step("The access ends at Linear, which tells nobody", async () => {
    await sandbox.revoke("linear", ada.account, false);
    await walk(page, "Connections");
    await page.getByRole("link", { name: "Work" }).click();
    await headed(page, "Work");
    // The refusal that this is about.
    watched.expect(/^\d{3} POST .*\/connections\/[\w-]+\/refresh$/);
    await page.getByRole("button", { name: "Renew now" }).click();
    await page.getByText("The access was withdrawn at the provider.").first().waitFor();
    await page.getByRole("button", { name: "Reconnect Work" }).waitFor();
    await look(page, "connection-broken");
    await page.getByRole("button", { name: "Dismiss" }).click();
    return page.getByRole("main").getByText("Needs reconnecting").first().innerText();
  });

  await step("The list and the start say so, too", async () => {
    await walk(page, "Overview");
    await headed(page, /^Hello/);
    await page.getByText("Needs reconnecting").waitFor();
    await page.getByText("Issue created").first().waitFor();
    await look(page, "overview");
    await walk(page, "Connections");
    await page.getByRole("radio", { name: "Needs attention" }).check();
    await page.getByRole("button", { name: "Reconnect Work" }).waitFor();
    await look(page, "connections-attention");
    return page.getByRole("list", { name: "Connections" }).getByRole("listitem").innerText().then((text) => text.split("\n").slice(0, 3).join(" · "));
  });

  await step("They reconnect it with one press", async () => {
    await page.getByRole("button", { name: "Reconnect Work" }).click();
    await agree(page, ada.account);
    await page.getByText("Linear is connected", { exact: true }).waitFor();
    const row = page.getByRole("list", { name: "Connections" }).getByRole("listitem").filter({ has: page.getByRole("link", { name: "Work" }) });
    await row.getByText("Healthy").waitFor();
    await row.getByRole("link").click();
    await headed(page, "Work");
    await page.getByRole("list", { name: "What happened, newest first" }).getByText("Has to be connected again").first().waitFor();
    return "healthy again, the same connection with its history";
  });
}
