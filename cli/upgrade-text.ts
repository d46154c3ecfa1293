// What only an upgrade has to tell, as text: in its dry run, while it goes on, and of tasks it has ended.
import { duration } from "./print.ts";

/** As the API shows it, in an operation and in a plan. */
export interface Upgrade {
  readonly From: string;
  readonly To: string;
  /** The snapshot; only of a restore. */
  readonly Restores?: string;
  /** Whose DAG files go live afterwards; only of a restore that was asked for one. */
  readonly Release?: number;
  /** The environment's status meanwhile; absent once it has ended, and in a plan. */
  readonly Phase?: string;
  readonly Pause: { readonly MostSeconds: number; readonly AtDeadline: string };
  readonly Snapshot: { readonly Name: string; readonly AirflowVersion: string; readonly KeptSeconds: number };
  readonly Losses: readonly string[];
}

export interface Interrupted {
  readonly Count: number;
  /** The first hundred. */
  readonly Tasks: readonly {
    readonly DagId: string;
    readonly RunId: string;
    readonly TaskId: string;
    readonly MapIndex: number;
  }[];
}

/** Lines of a dry run. */
export const upgradeLines = ({ From, To, Restores, Release, Pause, Snapshot, Losses }: Upgrade): readonly string[] => [
  `${(Restores === undefined ? "upgrade" : "restore").padEnd(12)}${From} -> ${To}${Restores === undefined ? "" : ` (${Restores})`}${Release === undefined ? "" : `, then the DAG files of release ${Release}`}`,
  `pause       ${Pause.MostSeconds === 0 ? "running tasks are not waited for" : `running tasks have ${duration(Pause.MostSeconds * 1000)} to finish`}`,
  `snapshot    ${Snapshot.Name} (${Snapshot.AirflowVersion}), kept ${Math.round(Snapshot.KeptSeconds / 86_400)} days`,
  ...(Losses.length > 0 ? Losses : ["nothing"]).map((loss, at) => `${(at === 0 ? "may lose" : "").padEnd(12)}${loss}`),
];

interface Forecast {
  readonly Seconds: number;
  readonly Samples: number;
  readonly Basis: string;
}

/** What an upgrade will meet in the database, as a plan shows it. */
export interface DatabaseForecast {
  readonly SizeBytes: number;
  readonly Copy: Forecast;
  readonly Migration: Forecast;
  readonly Work: {
    readonly Running: {
      readonly Count: number;
      readonly Longest: readonly {
        readonly DagId: string;
        readonly RunId: string;
        readonly TaskId: string;
        readonly MapIndex: number;
        readonly Seconds: number | null;
      }[];
    };
    readonly Deferred: number;
    readonly Callbacks: { readonly Waiting: number; readonly Removed: number };
  } | null;
}

/** Lines of a dry run: how large, how long, and what runs now. */
export function databaseLines({ SizeBytes, Copy, Migration, Work }: DatabaseForecast): readonly string[] {
  const about = (forecast: Forecast) => `about ${duration(forecast.Seconds * 1000)}. ${forecast.Basis}`;
  return [
    `database    ${(SizeBytes / 1_000_000).toFixed(1)} MB`,
    `copy        ${about(Copy)}`,
    `migration   ${about(Migration)}`,
    ...(Work ? workLines(Work) : ["at work     not known: reading the database takes too long"]),
  ];
}

function workLines({ Running, Deferred, Callbacks }: NonNullable<DatabaseForecast["Work"]>): readonly string[] {
  const named = Running.Longest.map(({ DagId, RunId, TaskId, MapIndex, Seconds }) => {
    const since = Seconds === null ? "" : `, for ${duration(Seconds * 1000)}`;
    return `            ${DagId} ${RunId} ${TaskId}${MapIndex < 0 ? "" : `[${MapIndex}]`}${since}`;
  });
  const removed =
    Callbacks.Removed > 0 ? `; ${Callbacks.Removed} of them are lost: Airflow's own migration throws them away` : "";
  return [
    `at work     ${Running.Count} running, ${Deferred} deferred, ${Callbacks.Waiting} callbacks waiting${removed}`,
    ...named,
    ...(Running.Count > named.length ? [`            and ${Running.Count - named.length} more`] : []),
  ];
}

const mostNamed = 10;

/**
 * Lines about tasks an upgrade has ended; none where there are none.
 * @param more how all of them are seen
 * @param fate what became of them, in words
 */
export function interruptedLines(
  { Count, Tasks }: Interrupted,
  more: string,
  fate = "ended and run again",
): readonly string[] {
  if (Count === 0) return [];
  const named = Tasks.slice(0, mostNamed).map(
    ({ DagId, RunId, TaskId, MapIndex }) => `  ${DagId} ${RunId} ${TaskId}${MapIndex < 0 ? "" : `[${MapIndex}]`}`,
  );
  const rest = Count > named.length ? [`  and ${Count - named.length} more: ${more}`] : [];
  return [`  ${Count} task instance${Count === 1 ? " was" : "s were"} ${fate}:`, ...named, ...rest];
}
