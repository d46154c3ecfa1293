import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadNames, loadTexts } from "./loads.ts";
import { samplePool } from "./record.ts";

const page = readFileSync(new URL("../../docs/scaling.md", import.meta.url), "utf8");

describe("docs/scaling.md", () => {
  it.each(Object.entries(samplePool.scaling))("says what the fact %s usually is", (name, value) => {
    expect(page).toContain(`| \`${name}\` | ${value} |`);
  });

  it("says what each load is", () => {
    for (const name of loadNames) expect(page).toContain(`- ${name}: ${loadTexts[name]}\n`);
  });
});
