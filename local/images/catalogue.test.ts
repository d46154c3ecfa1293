import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readCatalogue } from "./catalogue.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const CONSTRAINTS = new URL("../../dataplane/images/constraints/", import.meta.url);

it("offers no version whose constraints pin kombu 5.5, which stalls on SQS", () => {
  for (const entry of readCatalogue(REPOSITORY).versions.values()) {
    const pin = /^kombu==(\S+)/m.exec(readFileSync(entry.constraints, "utf8"))?.[1] ?? "";
    expect(pin).not.toBe("");
    expect(entry.creatable).toBe(!pin.startsWith("5.5."));
    if (!entry.creatable) expect(entry.reason).toContain("kombu");
  }
});

it("has the constraints files that the README describes, byte for byte", () => {
  const readme = readFileSync(new URL("README.md", CONSTRAINTS), "utf8");
  const files = readdirSync(CONSTRAINTS).filter((name) => name.endsWith(".txt"));
  expect(files.sort()).toEqual(
    [...readCatalogue(REPOSITORY).versions.keys()].map((version) => `airflow-${version}.txt`).sort(),
  );
  for (const name of files) {
    const hash = createHash("sha256")
      .update(readFileSync(new URL(name, CONSTRAINTS)))
      .digest("hex");
    expect(readme).toContain(`| ${name} | ${hash} |`);
  }
});

it("builds layers with the uv that builds the images", () => {
  const agent = readFileSync(new URL("../../dataplane/requirements-agent.txt", import.meta.url), "utf8");
  expect(/^uv==(\S+)$/m.exec(agent)?.[1]).toBe(readCatalogue(REPOSITORY).uv);
});
