// Runs one execution: the library walks the states, this file calls the functions, enforces the service's limits and
// writes the history in the service's own words.
import type { StateMachine } from "aws-local-stepfunctions";
import type { InvokeResult } from "../lambda/wiring.ts";
import type { PreparedDefinition } from "./definition.ts";
import type { HistoryEvent, Journal, Outcome } from "./journal.ts";
import { maximumHistoryEvents, maximumPayloadBytes, maximumWaitSeconds, payloadBytes } from "./limits.ts";

export interface ExecutionOptions {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  /** Parsed. */
  readonly input: unknown;
  readonly machine: StateMachine;
  readonly prepared: PreparedDefinition;
  readonly journal: Journal;
  readonly invoke: (functionName: string, payload: unknown) => Promise<InvokeResult>;
  readonly now: () => number;
  /** Events already written (ExecutionStarted). */
  readonly eventsSoFar: number;
}

export interface RunningExecution {
  /** Closes the execution now. A function that is being called goes on, as in AWS; its answer is dropped. */
  stop(error: string | undefined, cause: string | undefined): void;
  /** Resolves when the execution is closed in the journal. */
  readonly done: Promise<void>;
}

/** Starts walking. The journal already holds the execution. */
export function runExecution(options: ExecutionOptions): RunningExecution {
  const { journal, arn, now, prepared } = options;
  let open = true;
  let events = options.eventsSoFar;
  let markDone = () => {};
  const done = new Promise<void>((resolve) => {
    markDone = resolve;
  });

  const end = (outcome: Outcome) => {
    if (!open) return;
    open = false;
    journal.end(arn, outcome, { type: endEvents[outcome.status], timestamp: now(), details: endDetails(outcome) });
    run.abort();
    markDone();
  };
  const write = (type: string, details: HistoryEvent["details"], timestamp = now()) => {
    if (!open) return;
    if (events >= maximumHistoryEvents - 1) {
      const cause = `The execution reached the maximum number of history events (${maximumHistoryEvents}).`;
      return end({ status: "FAILED", error: "States.Runtime", cause });
    }
    events = journal.append(arn, { type, timestamp, details });
  };

  /** The journal cannot be written: walk no further. The engine closes what is left open when it next looks. */
  const giveUp = (error: unknown) => {
    process.stderr.write(`execution ${arn} ended without a record: ${String(error)}\n`);
    open = false;
    run.abort();
    markDone();
  };

  const callFunction = (state: string, functionName: string) => async (payload: unknown) => {
    await nextTurn(); // the library's own events of this state are written first
    refuseIfClosed(open);
    if (payloadBytes(payload) > maximumPayloadBytes) throw tooLarge(`The input of state '${state}'`);
    const resource = (prepared.definition["States"] as Record<string, { Resource?: string }>)[state]?.Resource;
    write("LambdaFunctionScheduled", {
      lambdaFunctionScheduledEventDetails: { resource: resource ?? functionName, input: JSON.stringify(payload) },
    });
    write("LambdaFunctionStarted", {});
    refuseIfClosed(open);
    const result = await options.invoke(functionName, payload).catch(lost);
    refuseIfClosed(open);
    if ("errorType" in result) {
      const cause = JSON.stringify({
        errorMessage: result.errorMessage,
        errorType: result.errorType,
        trace: result.trace,
      });
      write("LambdaFunctionFailed", { lambdaFunctionFailedEventDetails: { error: result.errorType, cause } });
      throw named(result.errorType, cause);
    }
    const output = result.payload ?? null;
    if (payloadBytes(output) > maximumPayloadBytes) throw tooLarge(`The result of state '${state}'`);
    write("LambdaFunctionSucceeded", { lambdaFunctionSucceededEventDetails: { output: JSON.stringify(output) } });
    return output;
  };

  const run = options.machine.run(options.input as never, {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        [...prepared.functionOfState].map(([state, name]) => [state, callFunction(state, name) as never]),
      ),
    },
    context: {
      Execution: { Id: arn, Name: options.name, RoleArn: roleArn(options.machineArn) },
      StateMachine: { Id: options.machineArn, Name: options.machineName },
    },
  });

  const follow = async () => {
    for await (const event of run.eventLogs) {
      if (!open) continue;
      const state = "state" in event ? event.state : undefined;
      if (event.type === "StateEntered" && state) {
        write(
          `${state.type}StateEntered`,
          { stateEnteredEventDetails: { name: state.name, input: JSON.stringify(state.input) } },
          event.timestamp,
        );
        const overlong = overlongWait(prepared, state.name, state.input, now());
        if (overlong) end({ status: "FAILED", error: "States.Runtime", cause: overlong });
      } else if (event.type === "StateExited" && state) {
        if (state.type !== "Fail") {
          const output = JSON.stringify(state.output);
          if (Buffer.byteLength(output) > maximumPayloadBytes) endTooLarge(end, `The output of state '${state.name}'`);
          write(`${state.type}StateExited`, { stateExitedEventDetails: { name: state.name, output } }, event.timestamp);
        }
      } else if (event.type === "StateFailed" && event.Error === "States.Timeout" && state?.type === "Task") {
        write(
          "LambdaFunctionTimedOut",
          { lambdaFunctionTimedOutEventDetails: { error: event.Error } },
          event.timestamp,
        );
      } else if (event.type.startsWith("MapIteration") && "index" in event && "parentState" in event) {
        const type = event.type as "MapIterationStarted" | "MapIterationSucceeded" | "MapIterationFailed";
        const details = { name: event.parentState.name, index: event.index };
        write(type, { [`${type[0]?.toLowerCase()}${type.slice(1)}EventDetails`]: details }, event.timestamp);
      }
    }
  };
  follow().catch(giveUp);
  run.result
    .then((output): Outcome => ({ status: "SUCCEEDED", output: JSON.stringify(output) }), outcomeOf)
    .then(async (outcome) => {
      await nextTurn(); // so that the events before the end are written before it
      end(outcome);
    })
    .catch(giveUp);

  return {
    done,
    stop: (error, cause) => end({ status: "ABORTED", error, cause }),
  };
}

const endEvents: Readonly<Record<Outcome["status"], string>> = {
  SUCCEEDED: "ExecutionSucceeded",
  FAILED: "ExecutionFailed",
  TIMED_OUT: "ExecutionTimedOut",
  ABORTED: "ExecutionAborted",
};

/** The details member of the last event. */
export function endDetails({ status, output, error, cause }: Outcome): HistoryEvent["details"] {
  const name = `${endEvents[status][0]?.toLowerCase()}${endEvents[status].slice(1)}EventDetails`;
  return { [name]: status === "SUCCEEDED" ? { output } : { error, cause } };
}

function outcomeOf(error: Error): Outcome {
  if (error.name === "ExecutionTimeoutError") return { status: "TIMED_OUT", error: "States.Timeout" };
  const cause = error.cause instanceof Error ? error.cause : error;
  // The library's stand-ins for a Fail state that names neither.
  const isBareFail = cause.name === "FailStateError";
  const isBareCause = cause.message === "Execution failed because of a Fail state";
  return {
    status: "FAILED",
    error: isBareFail ? undefined : cause.name,
    cause: isBareCause ? undefined : cause.message,
  };
}

/** An error that Retry and Catch match by name. */
function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** Neither Retry nor Catch may match it, not even by States.ALL: so does AWS. */
function uncatchable(error: Error): Error {
  return Object.assign(error, { isRetryable: false, isCatchable: false });
}

function tooLarge(what: string): Error {
  return uncatchable(named("States.DataLimitExceeded", tooLargeCause(what)));
}

function tooLargeCause(what: string): string {
  return `${what} is larger than the maximum of ${maximumPayloadBytes} bytes.`;
}

function endTooLarge(end: (outcome: Outcome) => void, what: string): void {
  end({ status: "FAILED", error: "States.DataLimitExceeded", cause: tooLargeCause(what) });
}

/** After a stop the library still takes one step when it sat in a retry's pause: that step must not call anything. */
function refuseIfClosed(open: boolean): void {
  if (!open) throw uncatchable(named("ExecutionClosed", "The execution has ended."));
}

function lost(error: unknown): InvokeResult {
  return { errorType: "Lambda.Unknown", errorMessage: error instanceof Error ? error.message : String(error) };
}

/** The library's timers overflow on a long wait and end it at once; say so before that, in a sentence. */
function overlongWait(prepared: PreparedDefinition, state: string, input: unknown, now: number): string | undefined {
  const wait = prepared.waitPaths.get(state);
  if (wait === undefined) return undefined;
  let value: unknown = input;
  for (const part of wait.path.replace(/^\$\.?/, "").split("."))
    value = (value as Record<string, unknown> | null)?.[part];
  const seconds = wait.kind === "seconds" ? Number(value) : (Date.parse(String(value)) - now) / 1000;
  if (!(seconds > maximumWaitSeconds)) return undefined;
  return `State '${state}' would wait ${Math.round(seconds)} seconds; more than ${maximumWaitSeconds} (20 days) is not supported.`;
}

function roleArn(machineArn: string): string {
  return `arn:aws:iam::${machineArn.split(":")[4]}:role/hangar-state-machines`;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
