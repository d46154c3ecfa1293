// npm run chaos -- sync: one environment of real Airflow lives through bad days. Each prints one line with figures; after each
// Airflow runs what it had, nothing half-copied was visible, what was wrong was said, and the newest upload is live.
import { chaosOptions, wholeNumber } from "../options.ts";
import { chanceOf } from "../random.ts";
import { accessRevoked, bucketGone, storageAway } from "./days-of-storage.ts";
import { flood, largeFile, strangeNames } from "./days-of-files.ts";
import { kills } from "./day-of-kills.ts";
import type { Day, DayOptions } from "./day.ts";
import { openPlace } from "./place.ts";

const days: readonly Day[] = [strangeNames, largeFile, accessRevoked, bucketGone, storageAway, kills, flood];

/** @param words of the command line @returns whether every promise was kept */
export async function badDaysOfSync(words: readonly string[]): Promise<boolean> {
  const { seed, wanted, options } = read(words);
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  say(`seed ${seed}`);
  const place = await openPlace(say);
  let broken = 0;
  try {
    for (const day of wanted) {
      const began = performance.now();
      const took = () => `${((performance.now() - began) / 1000).toFixed(0)} s`.padStart(6);
      try {
        const seenBefore = place.watch.seen;
        const figures = await day.live(place, chanceOf(seed), options);
        const wrong = await place.wrongReleases();
        // a watch that sees nothing finds nothing wrong
        if (place.watch.seen === seenBefore) throw new Error("no release of this day was seen on any task's disk");
        if (wrong.length > 0) throw new Error(wrong.slice(0, 5).join("; "));
        say(`kept    ${day.name.padEnd(16)} ${took()}  ${figures}; ${place.watch.seen} releases seen whole on disks`);
      } catch (error) {
        broken++;
        say(`BROKEN  ${day.name.padEnd(16)} ${took()}  ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await place.close();
  }
  say(broken === 0 ? "every promise was kept" : `${broken} of ${wanted.length} days broke a promise; seed ${seed}`);
  return broken === 0;
}

function read(words: readonly string[]): { seed: number; wanted: readonly Day[]; options: DayOptions } {
  const { seed, quick, texts } = chaosOptions(words, ["days", "away", "files", "kills"]);
  const names = texts.days?.split(",");
  const unknown = names?.filter((name) => !days.some((day) => day.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`There is no day ${unknown.join(", ")}: ${days.map(({ name }) => name).join(", ")}`);
  return {
    seed,
    wanted: days.filter(({ name }) => !names || names.includes(name)),
    options: {
      files: wholeNumber(texts.files, quick ? 500 : 5000),
      awaySeconds: wholeNumber(texts.away, quick ? 20 : 600),
      kills: wholeNumber(texts.kills, quick ? 3 : 12),
    },
  };
}
