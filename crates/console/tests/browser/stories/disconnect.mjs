/** A connection is ended, by keyboard alone, after it was said what that ends. */
import assert from "node:assert/strict";
import { hasFocus, keepsFocus, tabTo } from "../support/keyboard.mjs";
import { look } from "../support/look.mjs";
import { headed, walk } from "../support/person.mjs";

export default async function story({ step, page }) {
  await step("They ask to disconnect, and are told what is revoked", async () => {
    await walk(page, "Connections");
    await tabTo(page, page.getByRole("link", { name: "Team chat" }));
    await page.keyboard.press("Enter");
    await headed(page, "Team chat");
    const press = page.getByRole("main").getByRole("button", { name: "Disconnect" });
    await tabTo(page, press);
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Disconnect Team chat?" });
    await dialog.waitFor();
    await keepsFocus(page, dialog);
    await look(page, "disconnect-dialog");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.ok(await hasFocus(press), "the focus is not where it was before the dialog");
    await page.keyboard.press("Enter");
    return dialog.getByRole("paragraph").first().innerText();
  });

  await step("They agree, and it is gone", async () => {
    const dialog = page.getByRole("dialog", { name: "Disconnect Team chat?" });
    await tabTo(page, dialog.getByRole("button", { name: "Disconnect" }));
    await page.keyboard.press("Enter");
    await headed(page, "Connections");
    const told = page.getByText(/^Disconnected/).first();
    await told.waitFor();
    const words = await told.innerText();
    await page.getByRole("link", { name: "Work" }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Team chat" }).count(), 0);
    await page.getByRole("radio", { name: "Ended" }).check();
    await page.getByRole("link", { name: "Team chat" }).waitFor();
    await look(page, "connections-ended");
    return words;
  });
}
