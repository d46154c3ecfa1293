// hangar snapshot: databases that are kept, taking one, the way back to one, and dropping one early.
import { callApi } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Operation } from "../operations.ts";
import { type Plan, planText } from "../plan-text.ts";
import { note, result, startStep, table } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { type AnySnapshot, listAllSnapshots, listSnapshots, pathOf, type Snapshot } from "../snapshots.ts";
import { timeText } from "../sync-text.ts";
import { interruptedLines } from "../upgrade-text.ts";
import { operationFailure, watchOperation } from "../watch-operation.ts";

/** Prints a table, newest first; without an environment of all of them, and of those that were deleted. */
export async function list(home: string, environment: string | undefined, options: { json?: boolean }): Promise<void> {
  const target = targetOf(home);
  const found: readonly (Snapshot & Partial<AnySnapshot>)[] =
    environment === undefined ? await listAllSnapshots(target) : await listSnapshots(target, environment);
  if (options.json) return result(JSON.stringify(found, null, 2));
  const rows = found.map((one) => [
    one.Name,
    ...(one.Environment === undefined ? [] : [`${one.Environment}${one.Final ? " (deleted)" : ""}`]),
    ...[one.AirflowVersion, timeText(one.CreatedAt), timeText(one.ExpiresAt), remarkOn(one)],
  ]);
  const whose = environment === undefined ? ["environment"] : [];
  result(table(["snapshot", ...whose, "airflow", "taken", "dropped at", "note"], rows));
}

const remarkOn = ({ State, Failure, Reason, Description }: Snapshot): string => {
  if (State === "CREATING") return "is being copied";
  return [State === "FAILED" ? `failed: ${Failure}` : Reason, Description].filter(Boolean).join("; ");
};

export interface CreateOptions {
  readonly description?: string;
  readonly json?: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

const pollMilliseconds = 500;

/** Prints its name, once it is there; at once with --no-wait. @throws Failure where it could not be made */
export async function create(home: string, environment: string, options: CreateOptions): Promise<void> {
  const target = targetOf(home);
  const body = options.description === undefined ? {} : { Description: options.description };
  const { Snapshot: asked } = await callApi<{ Snapshot: Snapshot }>(target, "POST", pathOf(environment), body);
  const show = (one: Snapshot) => result(options.json ? JSON.stringify(one, null, 2) : one.Name);
  if (!options.wait) return show(asked);
  const step = startStep(`snapshot ${asked.Name}`);
  const until = options.timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.timeout * 1000;
  for (;;) {
    const found = (await listSnapshots(target, environment)).find(({ Name }) => Name === asked.Name);
    const later = `npx hangar snapshot list ${environment}`;
    if (found?.State === "AVAILABLE") {
      step.done(`kept until ${timeText(found.ExpiresAt)}`);
      return show(found);
    }
    if (found?.State === "CREATING" && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
      continue;
    }
    step.failed();
    if (found?.State === "CREATING")
      throw new Failure(`${asked.Name} is not there yet`, { why: "it is still being copied, and goes on", fix: later });
    throw new Failure(`${asked.Name} could not be taken`, {
      why: found?.Failure ?? "it was dropped meanwhile",
      fix: later,
    });
  }
}

export interface RestoreOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly workerReplacementStrategy?: string;
  readonly json?: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
  /** Whose DAG files go live afterwards: asked for by `hangar release rollback`. */
  readonly release?: number;
}

/**
 * Prints the name of the snapshot that the database became once it is done; the operation's id with --no-wait; the plan with
 * --dry-run.
 * @throws Failure with exit code 2 where nobody has said --yes, after the plan was shown
 */
export async function restore(home: string, environment: string, name: string, options: RestoreOptions): Promise<void> {
  const target = targetOf(home);
  const path = pathOf(environment, name, "restore");
  const { release, workerReplacementStrategy } = options;
  const body = {
    ...(workerReplacementStrategy ? { WorkerReplacementStrategy: workerReplacementStrategy } : {}),
    ...(release === undefined ? {} : { Release: release }),
  };
  if (options.dryRun || !options.yes) {
    const { Plan: plan } = await callApi<{ Plan: Plan }>(target, "POST", path, { ...body, DryRun: true });
    const shown = options.json ? JSON.stringify(plan, null, 2) : planText(plan);
    if (options.dryRun) return result(shown);
    note(planText(plan));
    throw unsaid(
      "nothing is restored yet",
      "what was written since the snapshot would be lost",
      release === undefined
        ? ["snapshot", "restore", environment, name]
        : ["release", "rollback", environment, String(release)],
    );
  }
  const { Operation: started } = await callApi<{ Operation: Operation }>(target, "POST", path, body);
  const id = started.OperationId;
  if (!options.wait) {
    result(id);
    note(`  it goes on; watch it: npx hangar op watch ${environment} ${id}`);
    return;
  }
  const operation = await watchOperation(target, environment, id, { timeoutSeconds: options.timeout });
  const done = operation.Status === "SUCCEEDED";
  if (operation.Interrupted) {
    const more = `npx hangar op get ${environment} ${id} --json`;
    const fate = done ? "ended, not to run again" : "ended and run again";
    for (const line of interruptedLines(operation.Interrupted, more, fate)) note(line);
  }
  if (options.json) result(JSON.stringify(operation, null, 2));
  if (!done) throw operationFailure(environment, operation);
  const left = operation.Upgrade?.Snapshot.Name ?? "";
  note(`  the database as it was before is a snapshot now: npx hangar snapshot restore ${environment} ${left}`);
  if (!options.json) result(left);
}

/**
 * Prints nothing.
 * @param words an environment and its snapshot, or a snapshot whose environment is gone
 * @throws Failure with exit code 2 where nobody has said --yes
 */
export async function remove(home: string, words: readonly string[], { yes }: { yes?: boolean }) {
  const [first, second] = words;
  const path = second === undefined ? `/snapshots/${encodeURIComponent(first!)}` : pathOf(first!, second);
  if (!yes) {
    const command = ["snapshot", "delete", ...words];
    throw unsaid("nothing is dropped yet", "a snapshot that is dropped does not come back", command);
  }
  await callApi(targetOf(home), "DELETE", path);
  note(`  ${second ?? first} is dropped`);
}

const unsaid = (what: string, why: string, words: readonly string[]): Failure =>
  new Failure(what, { why, fix: `npx hangar ${words.join(" ")} --yes`, exitCode: exitCodes.usage });
