/** What a vendor keeps is fetched while somebody looks. */
import assert from "node:assert/strict";
import { look } from "../support/look.mjs";
import { ada, headed, walk } from "../support/person.mjs";
import { sandbox } from "../support/sandbox.mjs";

const TITLES = ["Paint the fence", "Order new hinges", "Measure the frame"];

export default async function story({ step, page }) {
  const streams = page.getByRole("list", { name: "Streams of Work" });
  const issues = streams.getByRole("listitem").filter({ has: page.getByRole("link", { name: "Issues" }) });

  await step("They see what is fetched of their accounts", async () => {
    await walk(page, "Sync");
    await headed(page, "Sync");
    await issues.getByText("Up to date").waitFor();
    await look(page, "sync");
    return (await streams.getByRole("link").allInnerTexts()).join(", ");
  });

  await step("They have Linear fetched, and see how far it is", async () => {
    for (const title of TITLES) await sandbox.make("linear", { kind: "issue", op: "create", account: ada.account, item: { title }, notify: false });
    await sandbox.hold("linear", 100);
    await page.getByRole("button", { name: "Sync all of Work" }).click();
    const bar = page.getByRole("progressbar", { name: "Fetching Issues" });
    await bar.waitFor();
    await look(page, "sync-progress");
    const said = await issues.innerText();
    await sandbox.release("linear");
    await bar.waitFor({ state: "detached" });
    await issues.getByText(`Last run: ${TITLES.length} new`).waitFor();
    await page.getByText(/^Fetched: /).last().waitFor();
    return said.split("\n").filter(Boolean).join(" · ");
  });

  await step("They read the records, and how many came when", async () => {
    await issues.getByRole("link", { name: "Issues" }).click();
    await headed(page, "Sync of Work");
    await page.getByLabel("At the provider").check();
    await page.getByRole("figure").filter({ hasText: "at the provider" }).waitFor();
    await look(page, "sync-records");
    assert.equal(await page.getByLabel("Stream", { exact: true }).inputValue(), "issues");
    await page.getByText(TITLES.at(-1)).first().waitFor();
    return page.getByRole("figure").locator("figcaption").innerText();
  });
}
