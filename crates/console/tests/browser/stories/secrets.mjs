/** Looks through everything that has reached a browser for what must not. */
import assert from "node:assert/strict";
import { accessTokens } from "../support/operator.mjs";
import { ada } from "../support/person.mjs";
import { secrets } from "../support/secrets.mjs";

/** Stands in every token and code of the sandbox, also in those that nobody is given. */
const CANARY = "zXcanaryXz";

export default async function story({ step, seats }) {
  await step("No secret has reached a page", async () => {
    for (const { provider, token } of await accessTokens(ada.tenant)) secrets.note(`an access token of ${provider}`, token);
    const texts = (await Promise.all(seats.map(({ watched }) => watched.bodies()))).flat();
    const streams = texts.filter(({ stream }) => stream);
    assert.ok(streams.length > 0 && streams.some(({ text }) => text.includes("The door sticks")), "what streams bring was not heard: nothing is known of it");
    for (const { url, text } of texts) {
      const found = secrets.all.find(({ value }) => text.includes(value) || url.includes(value));
      assert.ok(!found, `${found?.what} is in ${url}`);
      assert.ok(!text.includes(CANARY), `something that a vendor issued is in ${url}`);
    }
    return `${secrets.all.length} secrets, and the mark of all that the vendors issue, in ${texts.length} answers, ${streams.length} of them streams`;
  });

  await step("Cookies are out of a script's reach, and nothing else is kept", async () => {
    const cookies = (await Promise.all(seats.map(({ context }) => context.cookies()))).flat().filter(({ domain }) => domain === "localhost");
    const open = cookies.filter((one) => !one.httpOnly || !one.secure || one.sameSite === "None");
    assert.ok(cookies.length > 0, "nobody is signed in: there was nothing to look at");
    assert.deepEqual(open.map(({ name }) => name), []);
    return [...new Set(cookies.map(({ name }) => name))].join(", ");
  });
}
