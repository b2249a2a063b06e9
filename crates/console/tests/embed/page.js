/**
 * The product's own script. A test gives it the JWT of a person (`jwt()`, a function that the browser is told of); without one the buttons
 * connect for whoever signs in afterwards. What the buttons tell is listed, so that a test reads it.
 */
const list = document.querySelector("ol");
const NAMES = ["connect", "connected", "pending", "failed", "error"];

for (const button of document.querySelectorAll("connectors-connect")) {
  if (globalThis.jwt) button.getToken = () => globalThis.jwt();
  for (const name of NAMES) button.addEventListener(name, ({ detail }) => tell(name, detail));
}
if (globalThis.start) document.querySelector("input[name=start]").value = await globalThis.start();

function tell(name, detail) {
  const item = document.createElement("li");
  item.textContent = `${name} ${JSON.stringify(detail)}`;
  list.append(item);
}
