/** Somebody makes an account, and proves that the address is theirs. */
import { DESK } from "../support/browser.mjs";
import { look } from "../support/look.mjs";
import { ada, headed, open } from "../support/person.mjs";
import { sandbox } from "../support/sandbox.mjs";

export default async function story({ step, page }) {
  await step("What is left out of the form is said at its fields", async () => {
    await open(page, "/console/connections");
    await headed(page, "Sign in");
    await look(page, "sign-in");
    await page.getByRole("link", { name: "Create an account" }).click();
    await headed(page, "Create an account");
    await page.getByRole("button", { name: "Create the account" }).click();
    await page.getByText("Name is needed.").waitFor();
    await look(page, "sign-up");
    return page.getByLabel("Name").evaluate((input) => `the focus is at “${input.labels[0].textContent}”: ${input === document.activeElement}`);
  });

  await step("A person signs up, and is where they wanted to go", async () => {
    await page.getByLabel("Name").fill(ada.name);
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByLabel("Password").fill(ada.password);
    await page.getByRole("button", { name: "Create the account" }).click();
    await headed(page, "Connections");
    await page.getByText("Nothing is connected yet").waitFor();
    await look(page, "connections-none");
    return `${ada.email} at ${new URL(page.url()).pathname}`;
  });

  await step("They prove their address by the mail", async () => {
    await page.getByRole("complementary", { name: "Your address" }).getByRole("button", { name: "Send the mail" }).click();
    const mail = await sandbox.mail(ada.email, "verify-email");
    await page.goto(mail.url);
    await page.getByText("Your address is confirmed").waitFor();
    await look(page, "verified");
    return mail.subject;
  });

  await step("On a telephone the navigation unfolds, and folds with Escape", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const menu = page.getByRole("button", { name: "Menu" });
    const links = page.getByRole("navigation", { name: "Console" }).getByRole("link");
    await links.first().waitFor({ state: "hidden" });
    await menu.click();
    await links.first().waitFor();
    await look(page, "menu");
    await page.setViewportSize({ width: 360, height: 740 });
    await page.keyboard.press("Escape");
    await links.first().waitFor({ state: "hidden" });
    await page.setViewportSize(DESK);
    return (await links.allInnerTexts()).join(", ");
  });
}
