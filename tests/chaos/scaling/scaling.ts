// npm run chaos -- scaling: the loss test of tests/stories/scaling.test.ts for as long as one likes. One line for each
// part, with figures; the tasks' own file and Airflow's database are counted after each.
import { until } from "../../stories/support/hangar.ts";
import { chaosOptions, wholeNumber } from "../options.ts";
import { chanceOf } from "../random.ts";
import { gracefulUpdateUnderLoad, killApiServerUnderLoad } from "./disturbances.ts";
import type { Account } from "./ledger.ts";
import { environmentName, openScalingPlace, type ScalingPlace } from "./place.ts";
import { longDag, longSeconds, spreadLongTasks, waveDag, waveSeconds, waves } from "./waves.ts";

const settleSeconds = 600;
const slots = 2;

/**
 * @param options --quick (one short round), --seed, --rounds (each: waves, an update, a killed api-server), --waves and --drains of a round, --workers
 * @returns whether no task was lost, run twice or killed
 */
export async function lossUnderScaling(options: readonly string[]): Promise<boolean> {
  const { seed, quick, texts } = chaosOptions(options, ["rounds", "waves", "drains", "workers"]);
  const usual = quick ? { rounds: 1, waves: 4, drains: 4 } : { rounds: 3, waves: 20, drains: 16 };
  const rounds = wholeNumber(texts.rounds, usual.rounds, 1);
  const chance = chanceOf(seed);
  const note = (line: string) => void process.stderr.write(`  ${line}\n`);
  note(`seed ${seed}`);
  const place = await openScalingPlace({
    scaling: { metricSeconds: 1, surplusSeconds: 4, staleSeconds: 10 },
    ...{ maxWorkers: wholeNumber(texts.workers, 5, 2), slots },
  });
  try {
    await place.addLoad(waveDag, waveSeconds);
    await place.addLoad(longDag, longSeconds);
    const wanted = { waves: wholeNumber(texts.waves, usual.waves), drains: wholeNumber(texts.drains, usual.drains) };
    for (let round = 1; round <= rounds; round++) {
      const drained = (await place.drainedAndStopped()).length;
      const goal = { waves: wanted.waves, drains: drained + wanted.drains, minutes: 2 + wanted.drains };
      const parts: readonly [string, () => Promise<unknown>][] = [
        ["long tasks and waves", () => spreadLongTasks(place, slots).then(() => waves(place, goal, chance, note))],
        ["GRACEFUL update", () => gracefulUpdateUnderLoad(place)],
        ["api-server killed", () => killApiServerUnderLoad(place)],
      ];
      for (const [what, play] of parts) if (!(await isKept(place, `round ${round}, ${what}`, play))) return false;
    }
    await until("one worker is left", 180, async () => {
      const { Wanted, Draining } = (await place.environment(environmentName)).Hangar!.Workers!;
      return Wanted === 1 && Draining === 0;
    });
    return true;
  } catch (error) {
    console.log(`BROKEN, seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    await place.discard();
  }
}

async function isKept(place: ScalingPlace, what: string, play: () => Promise<unknown>): Promise<boolean> {
  const began = performance.now();
  await play();
  await place.settled(settleSeconds);
  const account = await place.account();
  const wrong = wrongOf(account);
  const drains = (await place.drainedAndStopped()).length;
  const seconds = Math.round((performance.now() - began) / 1000);
  const figures = `${account.tasks} tasks, ${drains} drains, ${place.drains.resumed().length} asked back, ${seconds} s`;
  console.log(`${wrong.length ? "BROKEN" : "kept  "} ${what}: ${figures}`);
  for (const line of wrong) console.log(`       ${line}`);
  return wrong.length === 0;
}

const wrongOf = ({ lost, duplicated, killed, unknown }: Account): readonly string[] =>
  Object.entries({ lost, duplicated, killed, unknown }).flatMap(([kind, all]) => all.map((task) => `${kind}: ${task}`));
