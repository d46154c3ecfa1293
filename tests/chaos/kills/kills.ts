// npm run chaos -- kills: round after round something of an environment, or of the region under it, is killed or frozen at a
// random moment of a load. One line a round, with figures.
import { chaosOptions, wholeNumber } from "../options.ts";
import { chanceOf } from "../random.ts";
import { openScalingPlace } from "../scaling/place.ts";
import { addKillLoad, killAndRecover, type Way, ways } from "./recovery.ts";
import { components, type Victim, victims } from "./victims.ts";

/**
 * @param options --quick (five rounds), --rounds (100), --seed, --victims a,b
 * @returns whether everything was healthy again each time, and no task lost or stuck
 */
export async function killEverything(options: readonly string[]): Promise<boolean> {
  const { seed, quick, texts } = chaosOptions(options, ["rounds", "victims"]);
  const rounds = wholeNumber(texts.rounds, quick ? 5 : 100, 1);
  const among = texts.victims?.split(",") ?? victims;
  const unknown = among.filter((name) => !victims.includes(name as Victim));
  if (unknown.length > 0) throw new Error(`There is no ${unknown.join(", ")}: ${victims.join(", ")}`);
  const chance = chanceOf(seed);
  process.stdout.write(`seed ${seed}\n`);
  const place = await openScalingPlace({ scaling: {}, maxWorkers: 2, slots: 4 });
  let slowest = 0;
  try {
    await addKillLoad(place);
    for (let round = 1; round <= rounds; round++) {
      const victim = chance.one(among) as Victim;
      const way = wayFor(victim, chance.one(ways));
      const began = performance.now();
      process.stderr.write(`  round ${round}: ${victim} ${way}\n`);
      const { healthySeconds, delaySeconds } = await killAndRecover(place, [victim], way, chance);
      slowest = Math.max(slowest, healthySeconds);
      const seconds = Math.round((performance.now() - began) / 1000);
      const when = `${delaySeconds.toFixed(1)} s into a load`;
      process.stdout.write(
        `kept    ${String(round).padStart(3)}  ${victim} ${way} ${when}: healthy after ${healthySeconds.toFixed(1)} s; ${seconds} s\n`,
      );
    }
    process.stdout.write(`every promise was kept; healthy again after ${slowest.toFixed(0)} s at most\n`);
    return true;
  } catch (error) {
    process.stdout.write(`BROKEN, seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n`);
    return false;
  } finally {
    await place.discard();
  }
}

/** An agent's or the region's own sleep is seen by nobody but who waits for it: they are killed. */
const wayFor = (victim: Victim, drawn: Way): Way =>
  victim === "PostgreSQL" || (components as readonly string[]).includes(victim) ? drawn : "killed";
