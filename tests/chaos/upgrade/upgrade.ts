// npm run chaos -- upgrade: one upgrade a fault, which is injected at the moment it is for. One line a fault, with figures; after
// each it is one version or the other, whole: the rows, a DAG run, nothing left over.
import { chaosOptions, wholeNumber } from "../options.ts";
import { chanceOf } from "../random.ts";
import type { Fault } from "./fault.ts";
import { faultsOfProcesses } from "./faults-of-processes.ts";
import { faultsOfThings } from "./faults-of-things.ts";
import { environmentName, openUpgradePlace, type UpgradePlace } from "./place.ts";
import { liveThrough } from "./round.ts";

const faults: readonly Fault[] = [...faultsOfThings, ...faultsOfProcesses];
/** Of the short form: what needs real components most. */
const quickly = ["region-at-copy", "postgres-at-migrate", "option-nobody-can-read", "cancel", "region-after-commit"];
const usualPair = "2.11.2:3.3.1";

/**
 * @param options --quick (five faults), --rounds (of all of them; 1), --seed, --faults a,b, --pair 3.2.1:3.3.1
 * @returns whether every promise was kept
 */
export async function faultsOfUpgrades(options: readonly string[]): Promise<boolean> {
  const { seed, quick, texts } = chaosOptions(options, ["rounds", "faults", "pair"]);
  const rounds = wholeNumber(texts.rounds, 1, 1);
  const chance = chanceOf(seed);
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const wanted = chosen(texts.faults, quick);
  const pair = pairOf(texts.pair ?? usualPair);
  say(`seed ${seed}: ${pair.from} to ${pair.to}, ${wanted.length} faults, ${rounds} rounds`);
  const place = await openUpgradePlace(pair, { smallDisk: wanted.some(({ needsDisk }) => needsDisk) }, say);
  let broken = 0;
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const fault of wanted) {
        if (fault.needsDisk && !place.disk) {
          say(`LEFT OUT ${fault.name}: only root can mount a small disk`);
          continue;
        }
        const began = performance.now();
        const took = () => `${((performance.now() - began) / 1000).toFixed(0)} s`.padStart(6);
        process.stderr.write(`  round ${round}: ${fault.name}\n`);
        try {
          const told = await liveThrough(place, fault, chance);
          say(`kept    ${fault.name.padEnd(24)} ${took()}  ${told}`);
        } catch (error) {
          broken++;
          say(`BROKEN  ${fault.name.padEnd(24)} ${took()}  ${error instanceof Error ? error.message : String(error)}`);
          if (!(await isWhole(place))) {
            say("the environment is not AVAILABLE any more: no fault follows");
            return false;
          }
        }
      }
    }
  } finally {
    await place.discard();
  }
  say(broken === 0 ? "every promise was kept" : `${broken} faults broke a promise; seed ${seed}`);
  return broken === 0;
}

/** Whether another fault can follow: it rests, on the older version. */
async function isWhole(place: UpgradePlace): Promise<boolean> {
  const { Status, AirflowVersion } = await place.environment(environmentName);
  return ["AVAILABLE", "UPDATE_FAILED"].includes(Status) && AirflowVersion === place.from;
}

function chosen(names: string | undefined, quick: boolean): readonly Fault[] {
  const wanted = names?.split(",") ?? (quick ? quickly : faults.map(({ name }) => name));
  const unknown = wanted.filter((name) => !faults.some((fault) => fault.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no fault ${unknown.join(", ")}: ${faults.map(({ name }) => name).join(", ")}`);
  return wanted.map((name) => faults.find((fault) => fault.name === name)!);
}

function pairOf(text: string): { readonly from: string; readonly to: string } {
  const [from, to, ...more] = text.split(":");
  if (!from || !to || more.length > 0) throw new Error(`${text} is no pair of versions such as ${usualPair}`);
  return { from, to };
}
