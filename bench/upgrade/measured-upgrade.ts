// One change of an environment's version, timed from outside and step by step.
import type { Operation } from "../../cli/operations.ts";
import { changeOperation, listOperations } from "../../cli/operations.ts";
import { type Environment, needEnvironment, updateEnvironment } from "../../cli/environments.ts";
import type { BenchHome } from "../bench-home.ts";
import { secondsSince, waitFor } from "../waiting.ts";
import { watchAddress } from "./watch-address.ts";

export interface MeasuredChange {
  /** From the call to the end. */
  readonly seconds: number;
  /** The address did not answer. */
  readonly awaySeconds: number;
  /** From the request that schedulers stop to the moment the new ones may go on, or the old ones do again. */
  readonly unscheduledSeconds: number;
  /** Its address answers, of `performance.now()`: after a rollback that is some seconds after the end. */
  readonly servedAt: number;
  readonly operation: Operation;
  readonly environment: Environment;
}

const lookMilliseconds = 100;
const endSeconds = 3 * 3600;

/** Asks for a version, FORCED: no task runs that could be waited for. */
export const askForVersion = (home: BenchHome, name: string, version: string) => (): Promise<unknown> =>
  updateEnvironment(home.target(), name, { AirflowVersion: version, WorkerReplacementStrategy: "FORCED" });

/** Times a change from the call to its end, with the address watched. @throws Error when it ends otherwise than wanted */
export async function measureChange(
  home: BenchHome,
  name: string,
  ask: () => Promise<unknown>,
  wanted: "AVAILABLE" | "UPDATE_FAILED",
): Promise<MeasuredChange> {
  const { WebserverUrl } = await needEnvironment(home.target(), name);
  const watch = watchAddress(WebserverUrl);
  try {
    const began = performance.now();
    await ask();
    const environment = await waitFor(`${name} ${wanted}`, endSeconds, lookMilliseconds, async () => {
      const now = await needEnvironment(home.target(), name);
      return ["AVAILABLE", "UPDATE_FAILED", "UNAVAILABLE"].includes(now.Status) ? now : undefined;
    });
    const seconds = secondsSince(began);
    if (environment.Status !== wanted)
      throw new Error(`${name} is ${environment.Status}: ${environment.LastUpdate?.Error?.ErrorMessage ?? ""}`);
    const operation = await ended(home, name);
    const away = await watch.end();
    return {
      ...{ seconds, environment, operation },
      awaySeconds: away.seconds,
      servedAt: away.servedAt,
      unscheduledSeconds: unscheduled(operation),
    };
  } finally {
    await watch.close();
  }
}

/** Cancels the newest operation once a step of it has begun. @returns the moment of the cancel, of `performance.now()` */
export async function cancelAt(home: BenchHome, name: string, step: string): Promise<number> {
  const operation = await waitFor(`${step} of ${name}`, endSeconds, lookMilliseconds, async () => {
    const newest = await newestOf(home, name);
    return newest.Steps.some(({ Step, StartedAt }) => Step === step && StartedAt !== undefined) ? newest : undefined;
  });
  const began = performance.now();
  await changeOperation(home.target(), name, operation.OperationId, "cancel");
  return began;
}

/** Between the beginnings of two effects, with the checks in between. @returns Infinity for what never began */
export function secondsBetween(operation: Operation, from: string, to: string): number {
  const startOf = (step: string) => operation.Steps.find(({ Step }) => Step === step)?.StartedAt;
  const [began, ended] = [startOf(from), startOf(to)];
  return began === undefined || ended === undefined ? Number.POSITIVE_INFINITY : ended - began;
}

/** One line an effect: when it began, and how long it was until the next one did. Checks have no time of their own. */
export function stepsText(operation: Operation): string {
  const begun = operation.Steps.flatMap(({ Step, StartedAt }) =>
    StartedAt === undefined ? [] : [{ step: Step, at: StartedAt }],
  ).toSorted((one, other) => one.at - other.at);
  return begun
    .map(({ step, at }, index) => {
      const next = begun[index + 1]?.at ?? operation.CreatedAt + (operation.Seconds ?? 0);
      const since = (at - operation.CreatedAt).toFixed(2).padStart(7);
      return `    ${since} s  ${step.padEnd(20)} ${(next - at).toFixed(2).padStart(7)} s until the next`;
    })
    .join("\n");
}

function unscheduled({ Steps, CreatedAt, Seconds = 0 }: Operation): number {
  const of = (step: string) => Steps.find(({ Step }) => Step === step);
  const asked = of("pause-scheduling")?.StartedAt;
  if (asked === undefined) return 0;
  const again = of("open-environment")?.EndedAt ?? of("pause-scheduling")?.UndoneAt ?? CreatedAt + Seconds;
  return again - asked;
}

const newestOf = async (home: BenchHome, name: string): Promise<Operation> => {
  const [newest] = await listOperations(home.target(), name, 1);
  if (!newest) throw new Error(`${name} has no operation.`);
  return newest;
};

/** Once the steps after the commit have ended, too. */
const ended = (home: BenchHome, name: string): Promise<Operation> =>
  waitFor(`the operation of ${name} ended`, 120, lookMilliseconds, async () => {
    const newest = await newestOf(home, name);
    const last = newest.Steps.find(({ Step }) => Step === "retire-generation");
    return newest.Status === "ROLLED_BACK" || last?.EndedAt !== undefined ? newest : undefined;
  });
