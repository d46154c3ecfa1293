// What only an upgrade has to tell, as text: in its dry run, while it goes on, and of tasks it has ended.
import { duration } from "./print.ts";

/** As the API shows it, in an operation and in a plan. */
export interface Upgrade {
  readonly From: string;
  readonly To: string;
  /** The snapshot; only of a restore. */
  readonly Restores?: string;
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
export const upgradeLines = ({ From, To, Restores, Pause, Snapshot, Losses }: Upgrade): readonly string[] => [
  `${(Restores === undefined ? "upgrade" : "restore").padEnd(12)}${From} -> ${To}${Restores === undefined ? "" : ` (${Restores})`}`,
  `pause       ${Pause.MostSeconds === 0 ? "running tasks are not waited for" : `running tasks have ${duration(Pause.MostSeconds * 1000)} to finish`}`,
  `snapshot    ${Snapshot.Name} (${Snapshot.AirflowVersion}), kept ${Math.round(Snapshot.KeptSeconds / 86_400)} days`,
  ...(Losses.length > 0 ? Losses : ["nothing"]).map((loss, at) => `${(at === 0 ? "may lose" : "").padEnd(12)}${loss}`),
];

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
