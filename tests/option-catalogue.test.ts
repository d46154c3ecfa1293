// The catalogue of configuration options: made from the packages of every version that is offered, and one with what the
// data plane protects.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { checkOptions } from "../shared/domain/environment-settings.ts";
import { airflowOfferings } from "../shared/domain/offerings.ts";
import { protectionOf } from "../shared/domain/option-catalogue.ts";

const root = new URL("../", import.meta.url);
const catalogue = JSON.parse(readFileSync(new URL("contracts/airflow-options.json", root), "utf8")) as {
  versions: string[];
  sources: Record<string, { file: string; sha256: string }[]>;
  options: Record<string, { in: string[] }>;
};

it("is what its generator writes from its two sources today", () => {
  const generator = fileURLToPath(new URL("contracts/generate-options.mjs", root));
  execFileSync(process.execPath, [generator, "--check"]);
});

it("holds every version that is offered, each from its own Airflow and the pins of its constraints", () => {
  expect(catalogue.versions.toSorted()).toEqual(airflowOfferings.map(({ version }) => version).toSorted());
  for (const version of catalogue.versions) {
    const files = catalogue.sources[version]!;
    expect(files[0]!.file).toMatch(new RegExp(`^apache_airflow(_core)?-${version.replaceAll(".", "\\.")}-`));
    for (const { sha256 } of files) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    const pins = readFileSync(new URL(`dataplane/images/constraints/airflow-${version}.txt`, root), "utf8");
    for (const { file } of files.slice(1)) {
      const [name, pinned] = file.split("-") as [string, string];
      const pin = new RegExp(`^${name.replaceAll("_", "-")}==(\\S+)`, "m").exec(pins)?.[1] ?? pinned;
      expect(pinned, file).toBe(pin);
    }
    expect(Object.values(catalogue.options).filter((one) => one.in.includes(version)).length).toBeGreaterThan(300);
  }
});

it("protects what the API refuses, so that a value that was there before does not count either", () => {
  for (const option of ["core.multi_team", "triggerer.queues_enabled"]) {
    expect(() => checkOptions({ [option]: "True" })).toThrow(option);
    expect(protectionOf(option, "3.3.1")).toBeDefined();
  }
});
