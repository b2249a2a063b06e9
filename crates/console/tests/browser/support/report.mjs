/** What is kept of a run: `report.json` beside the screenshots. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { settings } from "./settings.mjs";

rmSync(settings.artefacts, { recursive: true, force: true });
mkdirSync(`${settings.artefacts}/screenshots`, { recursive: true });

export const report = { browser: null, pages: {}, first_page: null, policy_violations: [], steps: [], failed: null };

export const artefact = (name) => `${settings.artefacts}/${name}`;

export function writeReport() {
  writeFileSync(artefact("report.json"), `${JSON.stringify(report, null, 2)}\n`);
}
