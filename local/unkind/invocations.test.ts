import { expect, it } from "vitest";
import { kindInvocations, unkindInvocations } from "./invocations.ts";
import type { KindName } from "./kinds.ts";

/** Strikes by each of these, every time, half as hard as it can. */
function setUp(...striking: KindName[]) {
  const calls: string[] = [];
  const pauses: number[] = [];
  const invoke = async (name: string) => {
    calls.push(name);
    return { payload: calls.length };
  };
  const unkind = { strikes: (kind: KindName) => (striking.includes(kind) ? 0.5 : undefined) };
  const pause = async (milliseconds: number) => void pauses.push(milliseconds);
  return { calls, pauses, invoke, invocations: unkindInvocations(invoke, unkind, pause) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

it("an asynchronous invocation that comes twice is answered by the first, and the function hears of it twice", async () => {
  const { invocations, calls } = setUp("lambda-twice");
  expect(await invocations.asynchronous("f", {})).toEqual({ payload: 1 });
  await settled();
  expect(calls).toEqual(["f", "f"]);
});

it("what API Gateway and Step Functions call is never called twice", async () => {
  const { invocations, calls } = setUp("lambda-twice");
  await invocations.synchronous("f", {});
  await invocations.byTask("g", {});
  await settled();
  expect(calls).toEqual(["f", "g"]);
});

it("a Task that is throttled gets the error its Retry names, and its function never starts", async () => {
  const { invocations, calls } = setUp("lambda-throttle");
  expect(await invocations.byTask("f", {})).toMatchObject({ errorType: "Lambda.TooManyRequestsException" });
  expect(calls).toEqual([]);
  expect(await invocations.synchronous("f", {})).toEqual({ payload: 1 });
});

it("a cold start makes every caller wait, and answers as ever", async () => {
  const { invocations, pauses } = setUp("lambda-cold-start");
  expect(await invocations.synchronous("f", {})).toEqual({ payload: 1 });
  expect(await invocations.byTask("f", {})).toEqual({ payload: 2 });
  expect(await invocations.asynchronous("f", {})).toEqual({ payload: 3 });
  expect(pauses).toEqual([1600, 1600, 1600]);
});

it("a kind region has nothing on the way of its calls", () => {
  const { invoke } = setUp();
  expect(Object.values(kindInvocations(invoke)).every((one) => one === invoke)).toBe(true);
});

it("every one of them gets the event as it was sent", async () => {
  const events: unknown[] = [];
  const invoke = async (_name: string, event: unknown) => ({ payload: events.push(event) });
  const strikes = (kind: KindName) => (kind === "lambda-throttle" ? undefined : 0.5);
  const invocations = unkindInvocations(invoke, { strikes }, async () => undefined);
  const [request, state, batch] = [{ path: "/environments" }, { attempt: 1 }, { Records: [{ body: "b" }] }];
  await invocations.synchronous("f", request);
  await invocations.byTask("f", state);
  await invocations.asynchronous("f", batch);
  await settled();
  expect(events).toEqual([request, state, batch, batch]);
});
