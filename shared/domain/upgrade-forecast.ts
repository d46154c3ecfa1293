// What an upgrade or a restore will meet in the database, for its dry run: how long copy and migration will take, judged by
// those that were made here, and what is at work that may be hit.
import type { OperationItem } from "./items.ts";
import type { UpgradePlan } from "./plan-upgrade.ts";
import { journalKey } from "./step-door.ts";
import { compareVersions } from "./upgrade-path.ts";

/** A task instance that runs, by its row. */
export interface RunningTask {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex: number;
  /** How long it has run; null: its row does not say. */
  readonly seconds: number | null;
}

/** How many running task instances are named. */
export const mostNamed = 10;

/** What a database says is at work or waits; the canary's own aside. */
export interface LiveWork {
  /** Task instances that run or are being ended. */
  readonly running: number;
  /** Those of them that have run longest, longest first: `mostNamed` at most. */
  readonly longest: readonly RunningTask[];
  /** Task instances that wait for a trigger. */
  readonly deferred: number;
  /** Callbacks of tasks and runs that wait for the DAG processor. */
  readonly callbacks: number;
}

export interface LiveFacts {
  /** On disk, indexes included. */
  readonly bytes: number;
  /** null: it is sealed, so nobody may look inside; or reading it takes too long. */
  readonly work: LiveWork | null;
}

/** What is known where nothing was measured: a start, then so many bytes a second. */
interface Assumption {
  readonly startSeconds: number;
  readonly bytesPerSecond: number;
  readonly because: string;
}

/** One that was made: how large the database was, and how long it took. */
export interface Sample {
  readonly bytes: number;
  readonly seconds: number;
}

export interface Forecast {
  readonly seconds: number;
  /** How many were made here that it is judged by; 0: it is assumed. */
  readonly samples: number;
  /** One sentence. */
  readonly basis: string;
}

const megabyte = 1_000_000;

/** A task is started, then one statement copies files. */
const copying: Assumption = {
  startSeconds: 30,
  bytesPerSecond: 50 * megabyte,
  because: "a task's start and 50 MB a second",
};
/** A migration of ten million task instances, some 10 GB, took over an hour (Airflow #63866). */
const migrating: Assumption = {
  startSeconds: 45,
  bytesPerSecond: 3 * megabyte,
  because: "a task's start and 3 MB a second, as a large migration took over an hour (Airflow #63866)",
};
/** `airflow db migrate` of the snapshot's own version finds nothing to do, however large it is. */
const looking: Assumption = {
  startSeconds: 45,
  bytesPerSecond: Infinity,
  because: "a task's start, as nothing is to be migrated",
};

/** Two samples closer together say nothing of what more bytes take: how long a task takes to start differs by more. */
const tellingBytes = 100 * megabyte;

/**
 * How long one will take: as the one nearest in size, with more or fewer bytes at the speed that was measured, or assumed.
 * @param samples newest first
 */
export function forecast(bytes: number, samples: readonly Sample[], assumed: Assumption): Forecast {
  const round = (seconds: number) => Math.max(1, Math.round(seconds));
  const [newest, ...older] = samples;
  if (!newest) {
    const seconds = round(assumed.startSeconds + bytes / assumed.bytesPerSecond);
    return { seconds, samples: 0, basis: `Assumed, as none was made here yet: ${assumed.because}.` };
  }
  const distance = (sample: Sample) => Math.abs(Math.log((bytes + megabyte) / (sample.bytes + megabyte)));
  const nearest = older.reduce((best, one) => (distance(one) < distance(best) ? one : best), newest);
  const measured = measuredSpeed(samples);
  const speed = measured ?? assumed.bytesPerSecond;
  const least = Math.min(...samples.map(({ seconds }) => seconds));
  const beyond = (bytes - nearest.bytes) / speed;
  const whence = `One of ${size(nearest.bytes)} took ${Math.round(nearest.seconds)} s here`;
  const isAlike = Math.abs(beyond) < 1;
  const rest = isAlike
    ? ""
    : `; ${beyond > 0 ? "more" : "fewer"} bytes at ${measured === undefined ? "an assumed" : "the measured"} ${size(speed)} a second`;
  return {
    seconds: round(Math.max(least, nearest.seconds + beyond)),
    samples: samples.length,
    basis: `${whence}${rest}.`,
  };
}

/** Bytes a second between the smallest and the largest; undefined where they are too much alike to tell. */
function measuredSpeed(samples: readonly Sample[]): number | undefined {
  const [small, large] = [Math.min, Math.max].map((pick) => {
    const at = pick(...samples.map(({ bytes }) => bytes));
    return samples.find(({ bytes }) => bytes === at)!;
  }) as [Sample, Sample];
  const [bytes, seconds] = [large.bytes - small.bytes, large.seconds - small.seconds];
  return bytes >= tellingBytes && seconds > 0 ? bytes / seconds : undefined;
}

/** Of operations that got so far: what `copy-database` wrote down, and when the next effect began. */
export function pastCopies(history: readonly OperationItem[]): readonly Sample[] {
  return samplesOf(history, ["copy-database", "startedAt"], "migrate-database");
}

/** The same of migrations between two versions; of restores, whatever the versions. */
export function pastMigrations(history: readonly OperationItem[], { hop }: UpgradePlan): readonly Sample[] {
  const alike = history.filter(
    ({ plan }) =>
      plan.type === "upgrade-environment" &&
      plan.hop.how === hop.how &&
      (hop.how === "restore" || (plan.hop.from === hop.from && plan.hop.to === hop.to)),
  );
  return samplesOf(alike, ["migrate-database", "endedAt"], "requeue-tasks");
}

function samplesOf(
  history: readonly OperationItem[],
  [step, moment]: readonly [string, "startedAt" | "endedAt"],
  next: string,
): readonly Sample[] {
  return history.flatMap(({ journal }) => {
    const bytes = (journal[journalKey("run", "copy-database")]?.output as { bytes?: unknown } | null | undefined)
      ?.bytes;
    const from = journal[journalKey("run", step)]?.[moment];
    const to = journal[journalKey("run", next)]?.startedAt;
    if (typeof bytes !== "number" || from === undefined || to === undefined || to < from) return [];
    return [{ bytes, seconds: (to - from) / 1000 }];
  });
}

/** Callbacks that Airflow's own migration throws away: 3.2 keeps them in another table (its revision 0093). */
export const removedCallbacks = ({ hop }: Pick<UpgradePlan, "hop">, callbacks: number): number =>
  hop.how === "migrate" && compareVersions(hop.from, "3.2.0") < 0 && compareVersions(hop.to, "3.2.0") >= 0
    ? callbacks
    : 0;

/** What was seen: of the database that is copied its size, of the one that is live what is at work. */
export interface DatabaseLook {
  readonly bytes: number;
  readonly work: LiveWork | null;
}

/** The dry run's `Database`. Extension of the MWAA API. @param history operations of this installation, newest first */
export function databaseView(
  plan: UpgradePlan,
  { bytes, work }: DatabaseLook,
  history: readonly OperationItem[],
): Record<string, unknown> {
  const migration = plan.hop.how === "restore" ? looking : migrating;
  return {
    SizeBytes: bytes,
    Copy: forecastView(forecast(bytes, pastCopies(history), copying)),
    Migration: forecastView(forecast(bytes, pastMigrations(history, plan), migration)),
    Work: work && {
      Running: {
        Count: work.running,
        Longest: work.longest.map(({ dagId, runId, taskId, mapIndex, seconds }) => ({
          ...{ DagId: dagId, RunId: runId, TaskId: taskId, MapIndex: mapIndex, Seconds: seconds },
        })),
      },
      Deferred: work.deferred,
      Callbacks: { Waiting: work.callbacks, Removed: removedCallbacks(plan, work.callbacks) },
    },
  };
}

const forecastView = ({ seconds, samples, basis }: Forecast) => ({ Seconds: seconds, Samples: samples, Basis: basis });

const size = (bytes: number): string =>
  bytes >= 1_000 * megabyte ? `${(bytes / megabyte / 1_000).toFixed(1)} GB` : `${(bytes / megabyte).toFixed(1)} MB`;
