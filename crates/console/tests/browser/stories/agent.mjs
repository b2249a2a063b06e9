/** The agent is allowed something, and asks before it does it. */
import { look } from "../support/look.mjs";
import { headed, walk } from "../support/person.mjs";
import { sandbox } from "../support/sandbox.mjs";

export default async function story({ step, page }) {
  await step("They decide what the agent may use", async () => {
    await walk(page, "Agent");
    await headed(page, "Agent");
    await page.getByText("Ask something about your accounts").waitFor();
    await look(page, "agent");
    await page.getByRole("link", { name: "Choose what it may use" }).click();
    await headed(page, "What the agent may use");
    const linear = page.getByRole("region", { name: "Linear, Work" });
    await linear.getByRole("button", { name: /^Allow reading, ask for the rest/ }).click();
    await page.getByRole("region", { name: "Connectors itself" }).getByRole("button", { name: /^Allow reading, ask for the rest/ }).click();
    await look(page, "agent-tools");
    await page.getByRole("button", { name: "Save" }).click();
    const saved = page.getByText(/^Saved: /);
    await saved.waitFor();
    return saved.innerText();
  });

  await step("They ask for something, and the agent asks back", async () => {
    await sandbox.script([
      { content: [{ type: "text", text: "I look at what is connected." }, { type: "tool_use", name: "connectors__list_connections", input: {} }] },
      { content: [{ type: "text", text: "Now I write it down." }, { type: "tool_use", name: "linear__create_issue", input: { title: "Oil the door" } }] },
      { content: [{ type: "text", text: "Done:\n\n- I looked at your **connections**\n- and made an issue: Oil the door" }] },
    ]);
    await walk(page, "Agent");
    await page.getByRole("textbox", { name: "Message" }).fill("Look at my accounts, and make an issue about the door.");
    await page.keyboard.press("Enter");
    const question = page.getByRole("group", { name: "The agent asks: Create issue" });
    await question.waitFor();
    await look(page, "agent-asks");
    return question.innerText().then((text) => text.split("\n").slice(0, 3).join(" "));
  });

  await step("They approve, and it is done", async () => {
    await page.getByRole("button", { name: "Approve: Create issue" }).click();
    await page.getByText("and made an issue").waitFor();
    await page.getByRole("button", { name: "Send", exact: true }).waitFor();
    const calls = page.getByRole("list", { name: "Conversation" }).locator("summary");
    await calls.last().click();
    await page.getByLabel("Result of Create issue").waitFor();
    await look(page, "agent-done");
    return (await calls.allInnerTexts()).map((text) => text.replaceAll("\n", " ")).join(" · ");
  });

  await step("The conversation is there when it is loaded again", async () => {
    await page.reload();
    await page.getByText("and made an issue").waitFor();
    return page.title();
  });
}
