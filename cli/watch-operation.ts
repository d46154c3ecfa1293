// Waits for an operation and tells of each step as it ends, and of each status an upgrade goes through. It follows the steps, not a guessed time; whoever stops
// waiting stops nothing.
import type { ApiTarget } from "./api-client.ts";
import { exitCodes, Failure } from "./failure.ts";
import { getOperation, isRunning, logLines, type Operation, runningStep, stepTimes } from "./operations.ts";
import { duration, note, startStep } from "./print.ts";

const pollMilliseconds = 300;
/** Where nobody sees a spinner, a line says that it still goes on. */
const heartbeatMilliseconds = 60_000;

/**
 * @param options.timeoutSeconds waits for ever when absent
 * @param options.wanted the end that is a success; SUCCEEDED when absent
 * @returns the operation once it has ended, however it ended
 * @throws Failure with exit code 7 when the time is over; the operation goes on
 */
export async function watchOperation(
  target: ApiTarget,
  environment: string,
  id: string,
  options: { readonly timeoutSeconds?: number | undefined; readonly wanted?: Operation["Status"] } = {},
): Promise<Operation> {
  const deadline = options.timeoutSeconds === undefined ? Infinity : performance.now() + options.timeoutSeconds * 1000;
  const detach = () => {
    note(`\n  the operation goes on. ${hints(environment, id)}`);
    process.exit(exitCodes.interrupted);
  };
  process.once("SIGINT", detach);
  const shown = startStep(`operation ${id.slice(-8)}`);
  const told = new Set<string>();
  let heardOf = performance.now();
  try {
    for (;;) {
      const operation = await getOperation(target, environment, id);
      for (const line of newLines(operation, told)) {
        shown.line(line);
        heardOf = performance.now();
      }
      const current = currentStep(operation);
      shown.detail(current);
      if (!isRunning(operation)) {
        if (operation.Status === (options.wanted ?? "SUCCEEDED")) shown.done(`${operation.Type} ${operation.Status}`);
        else shown.failed();
        return operation;
      }
      if (performance.now() >= deadline) throw stillRunning(environment, id, current);
      if (performance.now() - heardOf >= heartbeatMilliseconds) {
        shown.line(`  ..  ${current}`);
        heardOf = performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    }
  } catch (error) {
    shown.failed();
    throw error;
  } finally {
    process.off("SIGINT", detach);
  }
}

/** Why an operation did not succeed, as the command that waited for it says it. */
export function operationFailure(environment: string, operation: Operation): Failure {
  const { Error: error, Status, Type, OperationId } = operation;
  const what = Status === "STUCK" ? "is stuck and needs a person" : "was rolled back";
  return new Failure(`${Type} of ${environment} ${what}`, {
    why: error
      ? [`${error.Step}: ${error.ErrorMessage} (${error.ErrorCode})`, ...logLines(operation)].join("\n        ")
      : "the operation gives no reason",
    fix:
      Status === "STUCK"
        ? `cure the reason, then: npx hangar op resume ${environment} ${OperationId}`
        : `npx hangar op get ${environment} ${OperationId} shows its steps; cure the reason and try again`,
    code: error?.ErrorCode ?? "Failure",
  });
}

/** One line for each step that has ended since, and for another status; `told` remembers the steps, and the last status. */
function newLines(operation: Operation, told: Set<string>): readonly string[] {
  const ended = stepTimes(operation).flatMap(({ step, state, seconds }) => {
    if (state !== "done" && state !== "undone") return [];
    if (told.has(`${state} ${step}`)) return [];
    told.add(`${state} ${step}`);
    return [`  ${state === "done" ? "ok  " : "undo"}  ${step.padEnd(24)} ${stepDuration(seconds).padStart(8)}`];
  });
  const status = operation.Upgrade?.Phase;
  if (status === undefined || told.has(`status ${status}`)) return ended;
  for (const one of told) if (one.startsWith("status ")) told.delete(one);
  told.add(`status ${status}`);
  return [...ended, `  --    ${status}`];
}

export const stepDuration = (seconds: number | undefined): string =>
  seconds === undefined ? "" : duration(seconds * 1000);

function currentStep(operation: Operation): string {
  if (operation.Status === "UNDOING") return "undoing";
  return runningStep(operation) ?? "";
}

const hints = (environment: string, id: string) =>
  `Watch it: npx hangar op watch ${environment} ${id}   turn it round: npx hangar op cancel ${environment} ${id}`;

const stillRunning = (environment: string, id: string, current: string) =>
  new Failure("the time to wait is over; the operation goes on", {
    why: `it is at ${current || "its end"}`,
    fix: `npx hangar op watch ${environment} ${id}`,
    exitCode: exitCodes.timedOut,
  });
