import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandTable } from "./command-table.ts";
import { exitCodes } from "./failure.ts";
import { hangarProgram } from "./program.ts";

const page = readFileSync(new URL("../docs/cli.md", import.meta.url), "utf8");
const between = (name: string) =>
  page.slice(page.indexOf(`<!-- ${name}:begin -->`), page.indexOf(`<!-- ${name}:end -->`)).trim();

describe("docs/cli.md", () => {
  it("shows every command there is, with its arguments and options; else run node docs/generate-cli-table.mjs", () => {
    expect(between("commands")).toBe(`<!-- commands:begin -->\n\n${commandTable(hangarProgram())}`);
  });

  it("says what every exit code means", () => {
    const listed = [...between("exit-codes").matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(listed).toEqual([0, ...Object.values(exitCodes)].toSorted((a, b) => a - b));
  });
});

/** The program, which throws where it would end, and says nothing. */
const quiet = () => {
  const program = hangarProgram();
  const all = [program];
  for (const command of all) {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    all.push(...command.commands);
  }
  return program;
};

describe("the tree of commands", () => {
  it.each([
    ["op", "list", "first", "--limit", "many"],
    ["op", "list", "first", "--limit", "0"],
    ["op", "watch", "first", "x", "--timeout", "1.5"],
    ["env", "create", "first", "--min-workers", "-1"],
    ["proxy", "--port", ""],
  ])("%s %s %s: a number that is none is bad usage, and nothing is asked", async (...words) => {
    await expect(quiet().parseAsync(words, { from: "user" })).rejects.toMatchObject({
      code: "commander.invalidArgument",
    });
  });

  it("says of every command what it does", () => {
    const rows = commandTable(hangarProgram()).split("\n");
    const silent = rows.filter((row) => row.split("|")[2]?.trim() === "");
    expect(silent).toEqual([]);
  });
});
