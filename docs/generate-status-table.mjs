// Writes the status table of ARCHITECTURE.md, between its two markers, from the literal table in shared/domain/status.ts.
// `--check` compares instead and ends with 1 when the page is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { environmentStatuses, transitions } from "../shared/domain/status.ts";

const page = new URL("../ARCHITECTURE.md", import.meta.url);
const begin = "<!-- status-table:begin -->";
const end = "<!-- status-table:end -->";

const text = readFileSync(page, "utf8");
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (from < 0 || to < from) {
  console.error(`ARCHITECTURE.md has no ${begin} … ${end}: put both markers back where the status table belongs`);
  process.exit(1);
}
const wanted = `${text.slice(0, from + begin.length)}\n\n${statusTable()}\n\n${text.slice(to)}`;

if (!process.argv.includes("--check")) writeFileSync(page, wanted);
else if (wanted !== text) {
  console.error("The status table of ARCHITECTURE.md is stale: run node docs/generate-status-table.mjs");
  process.exit(1);
}

/** One row a pair of the table, in the order of MWAA's own list of statuses; then the statuses no pair names. */
function statusTable() {
  const pairs = environmentStatuses.flatMap((status) =>
    Object.entries(transitions[status] ?? {}).map(([event, next]) => ({ status, event, next })),
  );
  const named = new Set(pairs.flatMap(({ status, next }) => [status, next]));
  const unnamed = environmentStatuses.filter((status) => !named.has(status));
  return [
    "| Status | Event | Status after |",
    "|---|---|---|",
    ...pairs.map(({ status, event, next }) => `| \`${status}\` | ${event} | \`${next}\` |`),
    "",
    `No operation of today leads to ${unnamed.map((status) => `\`${status}\``).join(", ")}.`,
  ].join("\n");
}
