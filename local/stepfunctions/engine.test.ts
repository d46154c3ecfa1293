import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ServiceRequest } from "../engine.ts";
import { createStepFunctionsEngine, type StepFunctionsEngine, type StepFunctionsOptions } from "./engine.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-states-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(invoke: StepFunctionsOptions["invoke"]): StepFunctionsEngine {
  return createStepFunctionsEngine({ folder, region: "us-east-1", accountId: "000000000000", now: Date.now, invoke });
}

async function call(engine: StepFunctionsEngine, operation: string, input: object) {
  const response = await engine.handle({
    method: "POST",
    rawPath: "/",
    rawQuery: "",
    headers: { "x-amz-target": `AWSStepFunctions.${operation}` },
    body: Buffer.from(JSON.stringify(input)),
    caller: { accountId: "000000000000", accessKeyId: "AKIA", arn: "arn" },
    endpoint: "http://127.0.0.1",
    requestId: "r",
    hungUp: new AbortController().signal,
  } satisfies ServiceRequest);
  return JSON.parse(String(response.body));
}

const task = (name: string, more = {}) => ({
  Type: "Task",
  Resource: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
  ...more,
});
const machine = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states });

async function closed(engine: StepFunctionsEngine, executionArn: string) {
  for (let looks = 0; looks < 4000; looks++) {
    const execution = await call(engine, "DescribeExecution", { executionArn });
    if (execution.status !== "RUNNING") return execution;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("never ended");
}

describe("when the region stops", () => {
  test("what ran is ABORTED at the next start, with the reason, and its name stays taken", async () => {
    const before = open(() => new Promise(() => {}));
    const stateMachineArn = before.register("create", machine({ First: task("hangs", { End: true }) }));
    const { executionArn } = await call(before, "StartExecution", { stateMachineArn, name: "create-x-1" });
    // No close(): the process was killed. Opening the same folder again is what the next start does.
    const after = open(async () => ({ payload: 1 }));
    const execution = await call(after, "DescribeExecution", { executionArn });
    expect(execution).toMatchObject({ status: "ABORTED", cause: "The region stopped while this execution ran" });
    const again = await call(after, "StartExecution", { stateMachineArn, name: "create-x-1" });
    expect(again.__type).toBe("ExecutionAlreadyExists");
    const next = await call(after, "StartExecution", { stateMachineArn, name: "create-x-2" });
    expect((await closed(after, next.executionArn)).status).toBe("SUCCEEDED");
    await after.close();
  });

  test("in an orderly way, a function that answers late changes nothing", async () => {
    let answer = (_: { payload: unknown }) => {};
    let asked = () => {};
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const engine = open(() => {
      asked();
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const stateMachineArn = engine.register("create", machine({ First: task("slow", { End: true }) }));
    const { executionArn } = await call(engine, "StartExecution", { stateMachineArn });
    await wasAsked;
    await engine.close();
    answer({ payload: "late" });
    const after = open(async () => ({ payload: 1 }));
    expect((await call(after, "DescribeExecution", { executionArn })).status).toBe("ABORTED");
    await after.close();
  });
});

describe("what the library would run wrongly is refused when a machine is registered", () => {
  test.each<[string, Record<string, object>]>([
    ["QueryLanguage", { A: { Type: "Pass", End: true, QueryLanguage: "JSONPath" } }],
    ["HeartbeatSeconds", { A: task("f", { HeartbeatSeconds: 1, End: true }) }],
    ["Assign", { A: { Type: "Pass", Assign: { a: 1 }, End: true } }],
    ["Wait of more than", { A: { Type: "Wait", Seconds: 1_728_001, End: true } }],
    [
      "Resource must be",
      { A: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", End: true } },
    ],
    ["\\$\\$.Task.Token", { A: task("f", { Parameters: { "t.$": "$$.Task.Token" }, End: true }) }],
    ["used twice", { A: { Type: "Parallel", Branches: [machine({ A: { Type: "Pass", End: true } })], End: true } }],
    [
      "distributed",
      {
        A: {
          Type: "Map",
          ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" }, ...machine({ B: { Type: "Pass", End: true } }) },
          End: true,
        },
      },
    ],
  ])("%s", async (message, states) => {
    const engine = open(async () => ({ payload: 1 }));
    expect(() => engine.register("m", machine(states))).toThrow(new RegExp(message));
    await engine.close();
  });
});

test("a wait of over 20 days that comes from the input fails, instead of ending at once", async () => {
  const engine = open(async () => ({ payload: 1 }));
  const stateMachineArn = engine.register(
    "wait",
    machine({ A: { Type: "Wait", SecondsPath: "$.plan.wait", Next: "B" }, B: { Type: "Pass", End: true } }),
  );
  const input = JSON.stringify({ plan: { wait: 40 * 24 * 3600 } });
  const { executionArn } = await call(engine, "StartExecution", { stateMachineArn, input });
  expect(await closed(engine, executionArn)).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  await engine.close();
});

test("an endless loop ends at 25,000 events, as in AWS", { timeout: 30_000 }, async () => {
  let calls = 0;
  const engine = open(async () => ({ payload: ++calls }));
  const stateMachineArn = engine.register(
    "loop",
    machine({ A: task("f", { ResultPath: "$.n", Next: "B" }), B: { Type: "Pass", Next: "A" } }),
  );
  const { executionArn } = await call(engine, "StartExecution", { stateMachineArn });
  const execution = await closed(engine, executionArn);
  expect(execution).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  expect(execution.cause).toContain("25000");
  const { events } = await call(engine, "GetExecutionHistory", { executionArn, reverseOrder: true, maxResults: 1 });
  expect(events[0]).toMatchObject({ id: 25_000, type: "ExecutionFailed" });
  await engine.close();
});

test("a function that cannot be called at all is Lambda.Unknown, which a ladder retries", async () => {
  let calls = 0;
  const engine = open(async () => {
    if (calls++ === 0) throw new Error("the host is gone");
    return { payload: "ok" };
  });
  const stateMachineArn = engine.register(
    "retry",
    machine({ A: task("f", { Retry: [{ ErrorEquals: ["Lambda.Unknown"], IntervalSeconds: 1 }], End: true }) }),
  );
  const { executionArn } = await call(engine, "StartExecution", { stateMachineArn });
  expect((await closed(engine, executionArn)).output).toBe('"ok"');
  await engine.close();
});

test("parallel branches and a map call their functions and join their results", async () => {
  const engine = open(async (name, payload) => ({ payload: { name, payload } }));
  const branch = (state: string) =>
    machine({ [state]: task(state, { Parameters: { "s.$": "$$.State.Name" }, End: true }) });
  const stateMachineArn = engine.register(
    "join",
    machine({
      Both: { Type: "Parallel", Branches: [branch("left"), branch("right")], ResultPath: "$.both", Next: "Each" },
      Each: {
        Type: "Map",
        ItemsPath: "$.items",
        ItemProcessor: machine({ One: task("one", { End: true }) }),
        ResultPath: "$.each",
        End: true,
      },
    }),
  );
  const input = JSON.stringify({ items: [1, 2] });
  const { executionArn } = await call(engine, "StartExecution", { stateMachineArn, input });
  const output = JSON.parse((await closed(engine, executionArn)).output);
  expect(output.both).toEqual([
    { name: "left", payload: { s: "left" } },
    { name: "right", payload: { s: "right" } },
  ]);
  expect(output.each).toEqual([
    { name: "one", payload: 1 },
    { name: "one", payload: 2 },
  ]);
  await engine.close();
});
