/** What a vendor sent is opened, and read once more. */
import { look } from "../support/look.mjs";
import { headed, walk } from "../support/person.mjs";

export default async function story({ step, page }) {
  await step("They open the delivery of the signal", async () => {
    await page.getByRole("button", { name: "Issue created: #7 The door sticks" }).click();
    await page.getByRole("link", { name: "The delivery it was read from" }).click();
    await headed(page, "issues");
    await page.getByRole("list", { name: "Signals" }).getByRole("listitem").waitFor();
    await page.getByText("It was read.", { exact: true }).waitFor();
    await look(page, "delivery");
    return page.getByLabel("Body").first().innerText().then((text) => `a body of ${text.length} letters`);
  });

  await step("They have it read again", async () => {
    const mark = page.getByRole("main").getByRole("status").first();
    await page.getByRole("button", { name: "Replay issues" }).click();
    await page.getByText("It waits to be read.", { exact: false }).waitFor();
    await page.getByText("It was read.", { exact: true }).waitFor();
    const made = page.getByRole("list", { name: "Signals" }).getByRole("listitem");
    await made.waitFor();
    return `${await mark.innerText()}; it has made ${await made.count()} signal, as before`;
  });

  await step("They see all that arrived, and that nothing was given up", async () => {
    await walk(page, "Deliveries");
    await headed(page, "Deliveries");
    await page.getByRole("link", { name: "issues from GitHub" }).waitFor();
    await look(page, "deliveries");
    await page.getByRole("radio", { name: "Dead letters" }).check();
    await page.getByText("No dead letters").waitFor();
    await look(page, "dead-letters");
    return new URL(page.url()).search;
  });
}
