// npm run chaos -- [name] [--seed N] [--quick] [options]: long schedules and bad days. Without a name: those that are short.
// Exit code 1 when a promise was broken; the seed that broke it is printed.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { discardFreshHomes } from "../stories/support/hangar.ts";

interface Chaos {
  readonly name: string;
  readonly what: string;
  /** Minutes, not hours, and no Airflow: what runs when no name is given. */
  readonly isShort: boolean;
  /** @returns whether every promise was kept */
  run(options: readonly string[]): Promise<boolean>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A test file played longer than `npm test` does. */
function longer(file: string, variables: Readonly<Record<string, string>>): boolean {
  const command = ["node_modules/vitest/vitest.mjs", "run", "--project", "unit", file];
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: "inherit",
  });
  return status === 0;
}

const all: readonly Chaos[] = [
  {
    name: "door",
    what: "the step door against 300,000 random schedules an operation",
    isShort: true,
    run: async () => longer("shared/domain/step-door.explore.test.ts", { HANGAR_SCHEDULES: "300000" }),
  },
  {
    name: "drains",
    what: "scaling and the worker's drain against 20,000 random schedules",
    isShort: true,
    run: async () => longer("shared/domain/scaling.explore.test.ts", { HANGAR_SCHEDULES: "20000" }),
  },
  {
    name: "requests",
    what: "the API against 2,000 mutated requests a route",
    isShort: true,
    run: async () => longer("tests/contract/mwaa/fuzz.test.ts", { HANGAR_MUTATIONS: "2000" }),
  },
  {
    name: "sync",
    what: "bad days of uploads on real Airflow: [--quick] [--seed N] [--days a,b] [--away seconds] [--files N] [--kills N]",
    isShort: false,
    run: async (options) => (await import("./sync/sync.ts")).badDaysOfSync(options),
  },
  {
    name: "scaling",
    what: "load at the worst moments of drains, updates, killed api-servers, on real Airflow: [--quick] [--seed N] [--rounds N] [--waves N] [--drains N] [--workers N]",
    isShort: false,
    run: async (options) => (await import("./scaling/scaling.ts")).lossUnderScaling(options),
  },
  {
    name: "kills",
    what: "everything of an environment killed or frozen under load, on real Airflow: [--quick] [--seed N] [--rounds N] [--victims a,b]",
    isShort: false,
    run: async (options) => (await import("./kills/kills.ts")).killEverything(options),
  },
  {
    name: "upgrade",
    what: "an upgrade a fault, each ends whole on one version or the other, on real Airflow: [--quick] [--seed N] [--rounds N] [--faults a,b] [--pair 3.2.1:3.3.1]",
    isShort: false,
    run: async (options) => (await import("./upgrade/upgrade.ts")).faultsOfUpgrades(options),
  },
];

const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith("--");
const wanted = named ? all.filter(({ name }) => name === first) : all.filter(({ isShort }) => isShort);
if (wanted.length === 0) {
  console.error(`error: there is no ${first}`);
  for (const { name, what } of all) console.error(`  npm run chaos -- ${name.padEnd(10)} ${what}`);
  process.exit(2);
}
// a region lives on when nobody takes it down
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => void discardFreshHomes().finally(() => process.exit(code)));
let isKept = true;
for (const one of wanted) isKept = (await one.run(named ? rest : process.argv.slice(2))) && isKept;
process.exit(isKept ? 0 : 1);
