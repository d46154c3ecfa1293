// npm run bench -- [name …] [--quick] [--json]: each figure against a peer or a limit of the same run, one table at the end.
// Exit code 1 means that something broke, never that something was slow: a benchmark is no test.
import { api } from "./api/api.ts";
import { type BenchHome, openBenchHome } from "./bench-home.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { bundles } from "./bundles.ts";
import { createCleanUp } from "./clean-up.ts";
import { create } from "./create.ts";
import { dagChange } from "./dag-change.ts";
import { freshClone } from "./fresh-clone.ts";
import { machineFacts, machineText } from "./machine.ts";
import { ratioOf, type Row, withinWanted } from "./measurement.ts";
import { region } from "./region/region.ts";
import { scaling } from "./scaling/scaling.ts";
import { sync } from "./sync/sync.ts";
import { resultTable } from "./table.ts";
import { upgrade } from "./upgrade/upgrade.ts";
import { secondsSince } from "./waiting.ts";

interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly error?: string;
}

const benchmarks: readonly Benchmark[] = [bundles, create, region, dagChange, sync, scaling, upgrade, api, freshClone];
const flags = ["--json", "--quick"];

const asked = process.argv.slice(2);
const names = asked.filter((argument) => !argument.startsWith("--"));
const unknown = asked.filter(
  (argument) => !flags.includes(argument) && !benchmarks.some(({ name }) => name === argument),
);
if (unknown.length) {
  console.error(`error: there is no ${unknown.join(", ")}`);
  console.error(`  fix: npm run bench -- [${benchmarks.map(({ name }) => name).join("] [")}] [--quick] [--json]`);
  process.exit(2);
}
await run(benchmarks.filter(({ name }) => names.length === 0 || names.includes(name)));

async function run(wanted: readonly Benchmark[]): Promise<void> {
  const machine = machineFacts();
  const note = (line: string) => void process.stderr.write(`  ${line}\n`);
  const cleanUp = createCleanUp((error) => note(`clean-up failed: ${error instanceof Error ? error.message : error}`));
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.once(signal, () => void cleanUp.all().then(() => process.exit(code)));

  let shared: Promise<BenchHome> | undefined;
  const bench: Bench = {
    quick: asked.includes("--quick"),
    note,
    cleanUp: (work) => cleanUp.add(work),
    home: () => (shared ??= openBenchHome(bench)),
  };
  note(machineText(machine));
  const results: Result[] = [];
  for (const benchmark of wanted) {
    process.stderr.write(`\n── ${benchmark.name}\n`);
    const began = performance.now();
    try {
      results.push({ name: benchmark.name, rows: await benchmark.run(bench), seconds: secondsSince(began) });
    } catch (error) {
      process.exitCode = 1;
      note(`BROKEN: ${error instanceof Error ? error.stack : String(error)}`);
      const message = error instanceof Error ? error.message : String(error);
      results.push({ name: benchmark.name, rows: [], seconds: secondsSince(began), error: message });
    }
  }
  await cleanUp.all();
  const broken = results.filter(({ error }) => error).map(({ name, error }) => `${name} broke: ${error}\n`);
  process.stdout.write(`\n${machineText(machine)}\n\n${resultTable(results)}\n${broken.join("")}`);
  if (asked.includes("--json"))
    process.stdout.write(`${JSON.stringify({ machine, quick: bench.quick, results: results.map(withRatios) })}\n`);
}

/** For programs that read the run: what the table says, as data. */
function withRatios({ rows, ...result }: Result) {
  return { ...result, rows: rows.map((row) => ({ ...row, ratio: ratioOf(row), withinWanted: withinWanted(row) })) };
}
