/** Out and in again: with the password, with a new one by mail, and with an account elsewhere. */
import assert from "node:assert/strict";
import { look } from "../support/look.mjs";
import { ada, agree, headed } from "../support/person.mjs";
import { sandbox } from "../support/sandbox.mjs";

export default async function story({ step, page, watched }) {
  const signOut = async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await headed(page, "Your accounts, connected once.");
  };
  const signIn = async (password) => {
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };

  await step("They sign out, and in again", async () => {
    await signOut();
    watched.expect(/^401 POST .*\/api\/auth\/sign-in\/email$/);
    await signIn("not the password");
    await page.getByText("The address or the password is not right.").waitFor();
    await look(page, "sign-in-refused");
    await signIn(ada.password);
    await headed(page, "Hello, Ada");
    return "a wrong password is refused at its field";
  });

  await step("They forget the password, and choose another one by the mail", async () => {
    await signOut();
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await headed(page, "Reset your password");
    await page.getByLabel("E-mail").fill(ada.email);
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByText("Look into your mailbox").waitFor();
    await look(page, "forgot-password");
    const mail = await sandbox.mail(ada.email, "reset-password");
    await page.goto(mail.url);
    await headed(page, "Choose a new password");
    assert.ok(!page.url().includes(mail.token), "the link's token stays in the address");
    await look(page, "reset-password");
    await page.getByLabel("New password").fill(`${ada.password}!`);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("Your password is changed.").waitFor();
    await signIn(`${ada.password}!`);
    await headed(page, "Hello, Ada");
    return mail.subject;
  });

  await step("Somebody comes in with their GitHub account", async () => {
    await signOut();
    await page.getByRole("button", { name: "Continue with GitHub" }).click();
    await agree(page, `grace-${ada.account}`);
    await headed(page, /^Hello/);
    await page.getByText("Nothing is connected yet").waitFor();
    await look(page, "overview-none");
    await page.goto(new URL("/console/nowhere", page.url()).href);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await look(page, "not-found");
    return (await page.getByRole("heading", { level: 1 }).innerText());
  });
}
