import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startSchedules } from "./schedules.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const options = { region: "us-east-1", accountId: "000000000000" };
const schedules = [{ name: "hangar-sweep", everySeconds: 10, function: "sweep" }];

test("a schedule fires at once and then every period, with the event EventBridge sends", async () => {
  const invoke = vi.fn(async (_name: string, _event: unknown): Promise<unknown> => undefined);
  const started = startSchedules({ ...options, schedules, invoke });
  await vi.advanceTimersByTimeAsync(1);
  expect(invoke).toHaveBeenCalledTimes(1);
  expect(invoke.mock.calls[0]).toEqual([
    "sweep",
    expect.objectContaining({
      source: "aws.events",
      "detail-type": "Scheduled Event",
      resources: ["arn:aws:events:us-east-1:000000000000:rule/hangar-sweep"],
      detail: {},
    }),
  ]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(invoke).toHaveBeenCalledTimes(4);
  await started.close();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(invoke).toHaveBeenCalledTimes(4);
});

test("a call that takes longer than the period is not joined by a second one, and a failed one is made again", async () => {
  const calls: PromiseWithResolvers<unknown>[] = [];
  const invoke = () => {
    const call = Promise.withResolvers<unknown>();
    calls.push(call);
    return call.promise;
  };
  const started = startSchedules({ ...options, schedules, invoke });
  await vi.advanceTimersByTimeAsync(35_000);
  expect(calls).toHaveLength(1);
  calls[0]?.resolve({ errorType: "Error", errorMessage: "x" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(calls).toHaveLength(2);
  calls[1]?.resolve(undefined);
  await started.close();
});
