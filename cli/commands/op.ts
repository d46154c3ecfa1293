// hangar op: what was and is done to an environment, step by step; turning an operation round, or starting it again.
import type { ApiTarget } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import {
  changeOperation,
  getOperation,
  isRunning,
  listOperations,
  logLines,
  type Operation,
  stepTimes,
} from "../operations.ts";
import { note, result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { interruptedLines } from "../upgrade-text.ts";
import { operationFailure, stepDuration, watchOperation } from "../watch-operation.ts";

interface WaitOptions {
  readonly json?: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/** Prints an environment's operations, the newest first. */
export async function list(home: string, environment: string, options: { json?: boolean; limit: number }) {
  const operations = await listOperations(targetOf(home), environment, options.limit);
  if (options.json) return result(JSON.stringify(operations, null, 2));
  const rows = operations.map((one) => [
    one.OperationId,
    one.Type,
    one.Status,
    timeText(one.CreatedAt),
    stepDuration(one.Seconds),
    one.CreatedBy.split(":").at(-1)!,
  ]);
  result(table(["id", "operation", "status", "started", "took", "by"], rows));
}

/** Prints one operation with its steps. */
export async function get(home: string, environment: string, id: string, options: { json?: boolean }) {
  const operation = await getOperation(targetOf(home), environment, id);
  result(options.json ? JSON.stringify(operation, null, 2) : operationText(operation));
}

/** Waits for an operation; ends as it ends. */
export async function watch(home: string, environment: string, id: string, options: Omit<WaitOptions, "wait">) {
  await follow(targetOf(home), environment, id, options, "SUCCEEDED");
}

/** Turns a running operation round, and waits until it has taken everything back. */
export async function cancel(home: string, environment: string, id: string, options: WaitOptions) {
  await change(home, environment, id, options, "cancel");
}

/** Starts a stuck operation again, and waits for it. */
export async function resume(home: string, environment: string, id: string, options: WaitOptions) {
  await change(home, environment, id, options, "resume");
}

async function change(
  home: string,
  environment: string,
  id: string,
  options: WaitOptions,
  what: "cancel" | "resume",
): Promise<void> {
  const target = targetOf(home);
  await changeOperation(target, environment, id, what);
  if (options.wait) return follow(target, environment, id, options, what === "cancel" ? "ROLLED_BACK" : "SUCCEEDED");
  result(id);
  note(`  it goes on; watch it: npx hangar op watch ${environment} ${id}`);
}

async function follow(
  target: ApiTarget,
  environment: string,
  id: string,
  options: Omit<WaitOptions, "wait">,
  wanted: Operation["Status"],
): Promise<void> {
  const operation = await watchOperation(target, environment, id, { timeoutSeconds: options.timeout, wanted });
  if (options.json) result(JSON.stringify(operation, null, 2));
  if (operation.Status === wanted) {
    if (!options.json) result(operation.Status);
    return;
  }
  if (operation.Status !== "SUCCEEDED") throw operationFailure(environment, operation);
  throw new Failure("the operation had succeeded before it could be cancelled", {
    fix: `npx hangar env update ${environment} sets things back`,
    exitCode: exitCodes.busy,
  });
}

function operationText(operation: Operation): string {
  const { Error: error, Changes = [] } = operation;
  return [
    `${operation.Type}  ${operation.Status}  ${operation.OperationId}`,
    `started ${timeText(operation.CreatedAt)} by ${operation.CreatedBy}, attempt ${operation.Attempt}`,
    ...(operation.Seconds === undefined ? [] : [`took ${stepDuration(operation.Seconds)}`]),
    ...(error ? [`failed at ${error.Step}: ${error.ErrorMessage} (${error.ErrorCode})`] : []),
    ...logLines(operation),
    ...Changes.map(({ Member, Effect }) => `changes ${Member}: ${Effect}`),
    ...(operation.Interrupted ? interruptedLines(operation.Interrupted, "--json shows a hundred") : []),
    "",
    table(
      ["step", "state", "took"],
      stepTimes(operation).map(({ step, state, seconds }) => [
        step,
        state === "waiting" && !isRunning(operation) ? "not reached" : state,
        stepDuration(seconds),
      ]),
    ),
  ].join("\n");
}

const timeText = (epochSeconds: number): string =>
  new Date(epochSeconds * 1000).toISOString().replace("T", " ").slice(0, 19);
