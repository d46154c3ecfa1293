// The names a state machine can match: Lambda reports an error by its `name`, and Retry and Catch read nothing else.
import { describeError } from "../domain/errors.ts";
import type { DoorRefusal } from "../domain/step-door.ts";

/** The door says no; see domain/step-door.ts for what each means. */
export class StepRefusal extends Error {
  override readonly name: DoorRefusal;
  constructor(name: DoorRefusal, reason: string) {
    super(reason);
    this.name = name;
  }
}

/**
 * What was told to end has not yet. Not a failure of anything, so it has a retrier of its own, with patience for a task that
 * takes its two minutes to stop.
 */
export class StillEnding extends Error {
  override readonly name = "StillEnding";
}

/** Errors of a network or a server that is restarting: the machine tries again. */
const passing = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "57P01",
  "57P03",
  "08006",
  "08001",
  "53300",
  "55P03",
]);
const passingNames = new Set([
  "TimeoutError",
  "ThrottlingException",
  "ServiceUnavailable",
  "InternalServerError",
  "InternalFailure",
  "TooManyRequestsException",
  "ProvisionedThroughputExceededException",
]);

/** The error a step function throws: retryable ones under the one name every Task retries. */
export function stepError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = "code" in error ? String(error.code) : "";
  const retryable = passing.has(code) || passingNames.has(error.name) || isRetryable(error);
  if (!retryable) return error;
  const wrapped = new Error(error.message || code, { cause: error });
  wrapped.name = "ServiceUnavailableException";
  return wrapped;
}

function isRetryable(error: Error): boolean {
  const described = describeError(error);
  return described.code !== "Internal" && described.retryable;
}
