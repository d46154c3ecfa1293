// Writes shared/domain/airflow-options.generated.ts: what contracts/airflow-options.json knows of every Airflow version, and
// what the data plane protects, small enough for a Lambda bundle. `--check` compares instead.
import { readFileSync, writeFileSync } from "node:fs";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
const target = new URL("../shared/domain/airflow-options.generated.ts", import.meta.url);
const { versions, options, renamed, removed } = read("./airflow-options.json");
const protectedOptions = read("../dataplane/src/hangar_agent/protected_options.json");

/** Versions as bits, the oldest the lowest. */
const bits = (some) => some.reduce((sum, version) => sum + 2 ** versions.indexOf(version), 0);
const sensitiveBit = 2 ** versions.length;

const sections = {};
for (const [name, { in: some, sensitive }] of Object.entries(options)) {
  const at = name.indexOf(".");
  const section = (sections[name.slice(0, at)] ??= {});
  section[name.slice(at + 1)] = bits(some) + (sensitive ? sensitiveBit : 0);
}
const each = (facts, row) => Object.fromEntries(Object.entries(facts).map(([name, all]) => [name, all.map(row)]));
const catalogue = {
  versions,
  sections,
  renamed: each(renamed, ({ to, works, since, in: some }) => (works ? [bits(some), to, since] : [bits(some), to])),
  removed: each(removed, ({ advice, in: some }) => [bits(some), advice]),
  protected: { always: protectedOptions.always, 2: protectedOptions["2"], 3: protectedOptions["3"] },
  ignored: protectedOptions.ignored,
};

const text = `// Written by contracts/generate-options.mjs from contracts/airflow-options.json and
// dataplane/src/hangar_agent/protected_options.json. Do not edit.
import type { OptionCatalogue } from "./option-catalogue.ts";

export const airflowOptions: OptionCatalogue = ${JSON.stringify(catalogue)};
`;

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("shared/domain/airflow-options.generated.ts is stale: run node contracts/generate-options.mjs");
    process.exit(1);
  }
} else writeFileSync(target, text);
