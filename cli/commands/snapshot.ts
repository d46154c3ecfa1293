// hangar snapshot: databases that upgrades have left, the way back to one, and dropping one early.
import { callApi } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Operation } from "../operations.ts";
import { type Plan, planText } from "../plan-text.ts";
import { note, result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { timeText } from "../sync-text.ts";
import { interruptedLines } from "../upgrade-text.ts";
import { operationFailure, watchOperation } from "../watch-operation.ts";

interface Snapshot {
  readonly Name: string;
  readonly AirflowVersion: string;
  readonly CreatedAt: number;
  readonly ExpiresAt: number;
  readonly Restorable: boolean;
  readonly Reason?: string;
}

const pathOf = (environment: string, ...rest: readonly string[]) =>
  `/environments/${[environment, "snapshots", ...rest].map(encodeURIComponent).join("/")}`;

/** Prints a table, newest first. */
export async function list(home: string, environment: string, options: { json?: boolean }): Promise<void> {
  const { Snapshots } = await callApi<{ Snapshots: Snapshot[] }>(targetOf(home), "GET", pathOf(environment));
  if (options.json) return result(JSON.stringify(Snapshots, null, 2));
  const rows = Snapshots.map(({ Name, AirflowVersion, CreatedAt, ExpiresAt, Reason }) => [
    ...[Name, AirflowVersion, timeText(CreatedAt), timeText(ExpiresAt), Reason ?? ""],
  ]);
  result(table(["snapshot", "airflow", "taken", "dropped at", "note"], rows));
}

export interface RestoreOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly workerReplacementStrategy?: string;
  readonly json?: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/**
 * Prints the name of the snapshot that the database became once it is done; the operation's id with --no-wait; the plan with
 * --dry-run.
 * @throws Failure with exit code 2 where nobody has said --yes, after the plan was shown
 */
export async function restore(home: string, environment: string, name: string, options: RestoreOptions): Promise<void> {
  const target = targetOf(home);
  const path = pathOf(environment, name, "restore");
  const body = options.workerReplacementStrategy
    ? { WorkerReplacementStrategy: options.workerReplacementStrategy }
    : {};
  if (options.dryRun || !options.yes) {
    const { Plan: plan } = await callApi<{ Plan: Plan }>(target, "POST", path, { ...body, DryRun: true });
    const shown = options.json ? JSON.stringify(plan, null, 2) : planText(plan);
    if (options.dryRun) return result(shown);
    note(planText(plan));
    throw unsaid("nothing is restored yet", "what was written since the snapshot would be lost", [
      ...["snapshot", "restore", environment, name],
    ]);
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

/** Prints nothing. @throws Failure with exit code 2 where nobody has said --yes */
export async function remove(home: string, environment: string, name: string, { yes }: { yes?: boolean }) {
  if (!yes)
    throw unsaid("nothing is dropped yet", "a snapshot that is dropped does not come back", [
      ...["snapshot", "delete", environment, name],
    ]);
  await callApi(targetOf(home), "DELETE", pathOf(environment, name));
  note(`  ${name} is dropped`);
}

const unsaid = (what: string, why: string, words: readonly string[]): Failure =>
  new Failure(what, { why, fix: `npx hangar ${words.join(" ")} --yes`, exitCode: exitCodes.usage });
