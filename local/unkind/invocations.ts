// How functions are called under unkind mode: late, twice, or not at all before they start.
import type { InvokeResult } from "../lambda/wiring.ts";
import { between, type Unkind } from "./unkind.ts";

type Invoke = (functionName: string, event: unknown) => Promise<InvokeResult>;

export interface Invocations {
  /** By API Gateway, which waits for the answer. */
  readonly synchronous: Invoke;
  /** By Step Functions: its Tasks retry what was refused. */
  readonly byTask: Invoke;
  /** By queues, events and schedules: at least once. */
  readonly asynchronous: Invoke;
}

/** The kind ones: each call is one invocation, at once. */
export const kindInvocations = (invoke: Invoke): Invocations => ({
  synchronous: invoke,
  byTask: invoke,
  asynchronous: invoke,
});

const coldStartMilliseconds = [200, 3000] as const;
const secondCallMilliseconds = [0, 2000] as const;

/** @param pause waits that many milliseconds; given by tests */
export function unkindInvocations(invoke: Invoke, unkind: Unkind, pause = wait): Invocations {
  const sandboxed: Invoke = async (name, event) => {
    const size = unkind.strikes("lambda-cold-start", name);
    if (size !== undefined) await pause(between(...coldStartMilliseconds, size));
    return invoke(name, event);
  };
  return {
    synchronous: sandboxed,
    async byTask(name, event) {
      if (unkind.strikes("lambda-throttle", name) === undefined) return sandboxed(name, event);
      return { errorType: "Lambda.TooManyRequestsException", errorMessage: "Rate Exceeded." };
    },
    async asynchronous(name, event) {
      const size = unkind.strikes("lambda-twice", name);
      // What becomes of the second nobody learns, in AWS either. Invoking never rejects.
      if (size !== undefined) void pause(between(...secondCallMilliseconds, size)).then(() => sandboxed(name, event));
      return sandboxed(name, event);
    },
  };
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
