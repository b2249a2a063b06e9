/** What `devstack test-browser` says: where everything is. */
import { createRequire } from "node:module";

function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start this with make test-browser`);
  return value;
}

export const settings = {
  url: given("CONSOLE_URL"),
  sandbox: given("SANDBOX_URL"),
  /** Of the server, in PEM: the browser takes this one key and no other that it does not know. */
  certificate: given("CERTIFICATE_PATH"),
  operatorToken: given("OPERATOR_TOKEN"),
  browser: given("BROWSER_PATH"),
  /** Where npm has put what this needs. */
  modules: given("MODULES_PATH"),
  /** Where screenshots and the report go. */
  artefacts: given("ARTEFACTS_PATH"),
};

/** The folder of modules is not above this one. */
export const modules = createRequire(`${settings.modules}/`);
