// One file changed after another, each at a random moment, until Airflow's REST API serves its new description.
import type { Bench } from "../benchmark.ts";
import { pause, secondsSince } from "../waiting.ts";
import type { DagFile } from "./dag-files.ts";
import { type AirflowReader, serves } from "./served.ts";
import { firstSeen, type Sighting } from "./sighting.ts";

export interface Changing {
  /** For the notes. */
  readonly what: string;
  readonly files: readonly DagFile[];
  readonly rounds: number;
  /** The longest pause before a change: as long as the slowest thing that polls, so that each phase of it is met. */
  readonly phaseSeconds: number;
  /** How long a change may take before the benchmark counts as broken. */
  readonly givenUpSeconds: number;
  /** After so long no further change is made: then there are fewer than `rounds`, but one at least. */
  readonly longestSeconds: number;
  readonly airflow: AirflowReader;
  write(file: DagFile, text: string): Promise<void> | void;
  /** Something else to time with each change: called right before the write. @returns its sighting, once there is one */
  beside?(began: number): Promise<Sighting>;
}

export interface Changed {
  readonly served: readonly Sighting[];
  /** Of `beside`. */
  readonly beside: readonly Sighting[];
}

const leastPauseSeconds = 0.5;

export async function measureChanges(changing: Changing, bench: Pick<Bench, "note">): Promise<Changed> {
  const { what, files, rounds, phaseSeconds, givenUpSeconds, longestSeconds, airflow } = changing;
  const start = performance.now();
  const served: Sighting[] = [];
  const besides: Sighting[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (round > 1 && secondsSince(start) > longestSeconds) {
      bench.note(`${what}: ${round - 1} of ${rounds} changes in ${longestSeconds} s; the rest is left out`);
      break;
    }
    await pause(1000 * (leastPauseSeconds + Math.random() * phaseSeconds));
    const file = files[(round * 37) % files.length]!; // all teams, with helper and without
    const description = `change ${round}`;
    const began = performance.now();
    const watching = changing.beside?.(began);
    watching?.catch(() => undefined); // told below; until then the write goes on
    await changing.write(file, file.text(description));
    const seen = await firstSeen(`${what}, ${description} served`, began, givenUpSeconds, () =>
      serves(airflow, file.dagId, description),
    );
    served.push(seen);
    const beside = await watching;
    if (beside) besides.push(beside);
    const published = beside ? `released after ${beside.seconds.toFixed(2)} s, ` : "";
    bench.note(`${what}, ${description}: ${published}served after ${seen.seconds.toFixed(2)} s`);
  }
  return { served, beside: besides };
}
