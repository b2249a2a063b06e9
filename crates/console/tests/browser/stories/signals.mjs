/** Something happens at a vendor, and whoever looks sees it. */
import assert from "node:assert/strict";
import { look } from "../support/look.mjs";
import { ada, headed, walk } from "../support/person.mjs";
import { sandbox } from "../support/sandbox.mjs";

/** As GitHub sends it, of this moment: signals stand in the order in which things happened. */
function issue(title) {
  const now = new Date().toISOString();
  const repository = { id: 77, full_name: `${ada.account}/hello`, html_url: `https://github.com/${ada.account}/hello` };
  return {
    action: "opened", repository, sender: { id: 9, login: ada.account, type: "User" },
    issue: { id: 501, node_id: "I_7", number: 7, title, html_url: `${repository.html_url}/issues/7`, created_at: now, updated_at: now, closed_at: null },
  };
}

export default async function story({ step, page }) {
  const loaded = () => page.evaluate(() => performance.timeOrigin);

  await step("They follow what happens, live", async () => {
    await walk(page, "Signals");
    await headed(page, "Signals");
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: /^Account connected/ }).nth(2).waitFor();
    return `${await page.getByRole("button", { name: /^Account connected/ }).count()} signals of accounts that were connected`;
  });

  await step("A webhook arrives, and is there without loading anything anew", async () => {
    const before = await loaded();
    const [hook] = await sandbox.hooks("github", ada.account);
    assert.ok(hook, "GitHub was not asked for webhooks");
    const told = await sandbox.deliver("github", hook.id, "issues", issue("The door sticks"));
    const since = performance.now();
    await page.getByRole("button", { name: "Issue created: #7 The door sticks" }).waitFor();
    const took = Math.round(performance.now() - since);
    await page.getByRole("status").filter({ hasText: "New signal: Issue created, #7 The door sticks" }).waitFor({ state: "attached" });
    assert.equal(await loaded(), before, "the page was loaded anew");
    return `answered ${told.status}; in the page ${took} ms later, and said to who cannot see it`;
  });

  await step("They unfold it", async () => {
    const row = page.getByRole("button", { name: "Issue created: #7 The door sticks" });
    await row.click();
    await page.getByLabel(/^Payload of Issue created/i).waitFor();
    await page.getByRole("link", { name: "The delivery it was read from" }).waitFor();
    await look(page, "signals");
    return page.getByLabel(/^Payload of Issue created/i).innerText().then((text) => `a payload of ${text.length} letters`);
  });

  await step("They filter, and take the filter off", async () => {
    await page.getByText("Filter", { exact: true }).click();
    await page.getByLabel("Kind").selectOption({ label: "Issue created" });
    await page.getByRole("button", { name: /^Account connected/ }).first().waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Issue created: #7 The door sticks" }).waitFor();
    await look(page, "signals-filtered");
    const address = new URL(page.url()).search;
    await page.getByRole("button", { name: "Remove the filter Kind" }).click();
    await page.getByRole("button", { name: /^Account connected/ }).first().waitFor();
    return address;
  });
}
