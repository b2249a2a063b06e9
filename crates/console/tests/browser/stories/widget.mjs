/** Another product's page connects an account with our button, under a policy of its own. */
import assert from "node:assert/strict";
import { embedding } from "../support/embedding.mjs";
import { look } from "../support/look.mjs";
import { ada, agree } from "../support/person.mjs";

export default async function story({ step, sit, page: home }) {
  const product = await embedding();
  try {
    const { context, page, watched } = await sit();
    // The product knows its people by the tokens that the service gave them.
    await context.exposeFunction("jwt", () => home.evaluate(async () => (await (await fetch("/api/auth/token")).json()).token));
    // Its backend makes a link for this press of this person, which a form needs that has no script.
    await context.exposeFunction("start", () => home.evaluate(async (return_url) => {
      const { token } = await (await fetch("/api/auth/token")).json();
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const { install_url } = await (await fetch("/connect/linear", { method: "POST", headers, body: JSON.stringify({ return_url }) })).json();
      return new URL(install_url).searchParams.get("start");
    }, product.url));
    watched.expect(/^404 GET .*\/favicon\.ico$/);
    const told = (event) => page.getByRole("list", { name: "Events" }).getByRole("listitem").filter({ hasText: new RegExp(`^${event} `) });

    await step("A product's page shows the buttons", async () => {
      await page.goto(product.url);
      await page.getByRole("button", { name: "Connect Linear", exact: true }).waitFor();
      await look(page, "embedded");
      return (await page.getByRole("button").allInnerTexts()).join(", ");
    });

    await step("A person connects GitHub from there, and comes back to it", async () => {
      await page.getByRole("button", { name: "Connect github" }).click();
      await agree(page, `${ada.account}-2`);
      await page.waitForURL((url) => url.origin === product.url);
      await told("connected").waitFor();
      assert.equal(new URL(page.url()).search, "", "the result stays in the address");
      return told("connected").innerText();
    });

    await step("Another one by a form, which would need no script", async () => {
      await page.waitForFunction(() => document.querySelector("input[name=start]").value);
      await page.getByRole("button", { name: "Connect Linear without a script" }).click();
      await agree(page, `${ada.account}-2`);
      await page.waitForURL((url) => url.origin === product.url);
      await told("connected").waitFor();
      return told("connected").innerText();
    });

    await step("What cannot be connected is said at the button, and to the product", async () => {
      watched.expect(/^404 POST .*\/connect\/no-such-provider$/);
      await page.getByRole("button", { name: "Connect what there is not" }).click();
      await told("error").waitFor();
      await page.getByRole("alert").filter({ hasText: /./ }).waitFor();
      await look(page, "embedded-refused");
      return told("error").innerText();
    });
  } finally {
    await product.close();
  }
}
