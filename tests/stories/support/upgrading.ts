// An environment while its version changes, as a person sees it from outside: statuses, steps, and which database is live.
import type { Environment } from "../../../cli/environments.ts";
import { until } from "./hangar.ts";
import { databasesOf } from "./metadata.ts";
import type { Place } from "./place.ts";

/** An operation as the API lists it; times are epoch seconds. */
export interface ListedOperation {
  readonly OperationId: string;
  readonly Status: string;
  readonly CreatedAt: number;
  readonly EndedAt?: number;
  readonly Steps: readonly {
    readonly Step: string;
    readonly StartedAt?: number;
    readonly EndedAt?: number;
    readonly UndoneAt?: number;
  }[];
  readonly Error?: { readonly Step: string; readonly ErrorMessage: string };
}

/** One change of the version, watched to its end. */
export interface Watched {
  /** Each status once, in order; those of less than a fifth of a second may be missing. */
  readonly seen: readonly string[];
  readonly ended: Environment;
  /** When a look first showed ROLLING_BACK, milliseconds since the epoch; absent: none did. */
  readonly backSince?: number;
}

/** The newest one. */
export async function newestOperation(place: Place, name: string): Promise<ListedOperation> {
  const path = `/environments/${name}/operations?MaxResults=1`;
  const { Operations } = await place.call<{ Operations: readonly ListedOperation[] }>("GET", path);
  const [newest] = Operations;
  if (!newest) throw new Error(`${name} has no operation`);
  return newest;
}

/** Waits until the newest operation has started a step. */
export const stepBegins = (place: Place, name: string, step: string, seconds = 240): Promise<boolean> =>
  until(`${step} begins`, seconds, async () => {
    const { Steps, Status } = await newestOperation(place, name);
    const began = Steps.some(({ Step, StartedAt }) => Step === step && StartedAt !== undefined);
    if (!began && Status !== "RUNNING") throw new Error(`the operation is ${Status}`);
    return began;
  });

/** Watches statuses until the operation under way has ended. A region that is away meanwhile is waited for. */
export async function versionChangeEnds(place: Place, name: string, seconds = 400): Promise<Watched> {
  const seen: string[] = [];
  let backSince: number | undefined;
  const ended = await until(`the version change of ${name} ended`, seconds, async () => {
    const now = await place.environment(name);
    if (seen.at(-1) !== now.Status) seen.push(now.Status);
    if (now.Status === "ROLLING_BACK") backSince ??= Date.now();
    return ["AVAILABLE", "UPDATE_FAILED", "UNAVAILABLE"].includes(now.Status) && now;
  });
  return { seen, ended, ...(backSince === undefined ? {} : { backSince }) };
}

/** The metadata database of the newest generation that is open. @param home a region's folder */
export async function liveDatabase(home: string, environmentId: string): Promise<string> {
  const open = (await databasesOf(home, environmentId)).filter(
    ({ name, isOpen }) => isOpen && !name.includes("celery"),
  );
  const live = open.toSorted((one, other) => generationOf(one.name) - generationOf(other.name)).at(-1);
  if (!live) throw new Error(`no metadata database of ${environmentId} is open`);
  return live.name;
}

const generationOf = (database: string): number => Number(/_g(\d+)$/.exec(database)?.[1] ?? 0);

/** When each task of an environment's services was started, of whatever role: the same means that none was replaced. */
export async function tasksStartedAt({ home }: Place, { Hangar }: Environment): Promise<readonly string[]> {
  const id = Hangar!.EnvironmentId;
  const { taskArns } = await home.aws<{ taskArns: string[] }>("ecs", "list-tasks", "--cluster", "hangar");
  const { tasks } = await home.aws<{ tasks: { group?: string; startedAt: string }[] }>(
    ...["ecs", "describe-tasks", "--cluster", "hangar", "--tasks", ...taskArns],
  );
  const own = tasks.filter(({ group }) => group?.startsWith("service:") && group.includes(id));
  return own.map(({ group, startedAt }) => `${group} ${startedAt}`).sort();
}
