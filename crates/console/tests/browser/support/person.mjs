/** Whom the story is about, and what people do in several places of it. */
import { randomBytes } from "node:crypto";
import { settings } from "./settings.mjs";

/** Another one each time, here and at the vendors: runs do not see each other. */
const mark = randomBytes(5).toString("hex");

export const ada = {
  name: "Ada Lovelace",
  email: `ada-${mark}@example.com`,
  password: `correct horse ${mark}`,
  /** What she is called at the vendors. */
  account: `ada-${mark}`,
};

export const open = (page, path) => page.goto(`${settings.url}${path}`);

/** The top of a page, once it is there. */
export const headed = (page, name) => page.getByRole("heading", { level: 1, name }).waitFor();

/** On the vendor's own page: says who one is, and agrees. */
export async function agree(page, account) {
  await page.getByRole("button", { name: "Approve" }).waitFor();
  await page.getByLabel("Continue as").fill(account);
  await page.getByRole("button", { name: "Approve" }).click();
}

/** Goes there by the navigation, as people do: nothing is loaded anew. */
export const walk = (page, name) => page.getByRole("navigation", { name: "Console" }).getByRole("link", { name, exact: true }).click();
