// Writes the table of commands of docs/cli.md, between its two markers, from the tree of commands itself. A test
// (cli/program.test.ts) fails when the page is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { commandTable } from "../cli/command-table.ts";
import { hangarProgram } from "../cli/program.ts";

const page = new URL("cli.md", import.meta.url);
const begin = "<!-- commands:begin -->";
const end = "<!-- commands:end -->";

const text = readFileSync(page, "utf8");
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (from < 0 || to < from) {
  console.error(`docs/cli.md has no ${begin} … ${end}: put both markers back where the table belongs`);
  process.exit(1);
}
writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${commandTable(hangarProgram())}\n\n${text.slice(to)}`);
