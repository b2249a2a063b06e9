/** Three accounts are connected through their vendors' own pages; the second by keyboard alone. */
import assert from "node:assert/strict";
import { hasFocus, keepsFocus, tabTo } from "../support/keyboard.mjs";
import { look } from "../support/look.mjs";
import { accessTokens, tenantOf } from "../support/operator.mjs";
import { ada, agree, headed, walk } from "../support/person.mjs";
import { sandbox } from "../support/sandbox.mjs";
import { secrets } from "../support/secrets.mjs";

const DAY_MS = 86_400_000;
/** What Ada has at Linear already: so many issues, so many days old. */
const KEPT = [[24, 12], [17, 30], [11, 22], [6, 41], [2, 35]];

export default async function story({ step, page }) {
  const provider = (name) => page.getByRole("list", { name: "Providers" }).getByRole("button", { name: new RegExp(`^${name}\\b`) });
  const catalogue = async () => {
    await walk(page, "Connections");
    await page.getByRole("link", { name: "Connect an account" }).click();
    await headed(page, "Connect an account");
  };
  const isBack = async (name) => {
    await page.getByText(`${name} is connected`, { exact: true }).waitFor();
    return page.getByRole("list", { name: "Connections" }).getByRole("listitem").count();
  };

  await step("They look through the catalogue", async () => {
    await catalogue();
    await provider("GitHub").waitFor();
    await look(page, "catalogue");
    await page.getByRole("searchbox", { name: "Search providers" }).fill("zen");
    await provider("Zendesk").first().waitFor();
    const found = await page.getByRole("list", { name: "Providers" }).getByRole("listitem").count();
    await page.getByRole("searchbox", { name: "Search providers" }).fill("");
    return `${found} of them have “zen” in their names`;
  });

  await step("They connect GitHub", async () => {
    await provider("GitHub").click();
    await page.getByRole("dialog", { name: "Connect GitHub" }).waitFor();
    await page.getByText("Permissions", { exact: false }).first().click();
    await look(page, "connect-dialog");
    await page.getByRole("button", { name: "Continue to GitHub" }).click();
    await agree(page, ada.account);
    await isBack("GitHub");
    await look(page, "connected");
    return page.url().replace(/^https:\/\/[^/]+/, "");
  });

  await step("They connect Linear, by keyboard alone", async () => {
    for (const [days, count] of KEPT) await sandbox.make("linear", { kind: "issue", op: "create", account: ada.account, count, at: new Date(Date.now() - days * DAY_MS).toISOString(), notify: false });
    await tabTo(page, page.getByRole("link", { name: "Connect an account" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("searchbox", { name: "Search providers" }));
    await page.keyboard.type("linear");
    await tabTo(page, provider("Linear"));
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Connect Linear" });
    await dialog.waitFor();
    const places = await keepsFocus(page, dialog);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.ok(await hasFocus(provider("Linear")), "the focus is not where it was before the dialog");
    await page.keyboard.press("Enter");
    await tabTo(page, dialog.getByLabel("Label"));
    await page.keyboard.type("Work");
    await tabTo(page, dialog.getByRole("button", { name: "Continue to Linear" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByLabel("Continue as"));
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(ada.account);
    await tabTo(page, page.getByRole("button", { name: "Approve" }));
    await page.keyboard.press("Enter");
    await isBack("Linear");
    return `the focus went round ${places} places of the dialog, and back to where it came from`;
  });

  await step("They connect Slack, and see all three", async () => {
    await catalogue();
    await provider("Slack").click();
    await page.getByRole("dialog", { name: "Connect Slack" }).getByLabel("Label").fill("Team chat");
    await page.getByRole("button", { name: "Continue to Slack" }).click();
    await agree(page, ada.account);
    await isBack("Slack");
    const rows = page.getByRole("list", { name: "Connections" }).getByRole("listitem");
    await rows.nth(2).waitFor();
    assert.equal(await rows.filter({ hasText: "Healthy" }).count(), 3);
    await look(page, "connections");
    return (await page.getByRole("list", { name: "Connections" }).getByRole("link").allInnerTexts()).join(", ");
  });

  await step("They open one of them", async () => {
    await page.getByRole("link", { name: "Work" }).click();
    await headed(page, "Work");
    await page.getByText("Connected", { exact: true }).first().waitFor();
    await look(page, "connection");
    ada.tenant = await tenantOf(page);
    for (const { provider: vendor, token } of await accessTokens(ada.tenant)) secrets.note(`an access token of ${vendor}`, token);
    return `permissions: ${(await page.getByRole("list", { name: "Granted" }).getByRole("listitem").allInnerTexts()).join(", ")}`;
  });
}
