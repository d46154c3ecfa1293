// What the ladders and the sweeper ask of Step Functions, driven through the SDK client.
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from "@aws-sdk/client-sfn";
import { beforeAll, describe, expect, test } from "vitest";

export type FunctionUnderTest = (payload: never) => unknown;

export interface StepFunctionsUnderTest {
  readonly client: SFNClient;
  /** The functions its machines call by name; what a function throws is its Lambda error. */
  readonly functions: Map<string, FunctionUnderTest>;
  /** A faster way than CreateStateMachine to make a known-good machine. @returns its ARN */
  register(name: string, definition: object): string;
}

export function stepFunctionsContract(connect: () => Promise<StepFunctionsUnderTest>): void {
  let client: SFNClient;
  let functions: Map<string, FunctionUnderTest>;
  let register: StepFunctionsUnderTest["register"];
  let machines = 0;
  beforeAll(async () => {
    ({ client, functions, register } = await connect());
  });

  const resource = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
  const create = async (states: object) => {
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: `contract-${++machines}`,
        roleArn: "arn:aws:iam::000000000000:role/machines",
        definition: JSON.stringify({ StartAt: Object.keys(states)[0], States: states }),
      }),
    );
    return stateMachineArn!;
  };
  const quick = (states: object, more = {}) =>
    register(`contract-${++machines}`, { StartAt: Object.keys(states)[0], States: states, ...more });
  const start = async (stateMachineArn: string, input: unknown = {}, name?: string) => {
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name }),
    );
    return executionArn!;
  };
  const closed = async (executionArn: string) => {
    for (let looks = 0; looks < 1000; looks++) {
      const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== "RUNNING") return execution;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`${executionArn} never ended`);
  };
  const run = async (states: object, input: unknown = {}, more = {}) => closed(await start(quick(states, more), input));
  const history = async (executionArn: string) => {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    for (let page = 0; page < 100; page++) {
      const reply = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 7, nextToken }));
      events.push(...(reply.events ?? []));
      nextToken = reply.nextToken;
      if (nextToken === undefined) break;
    }
    return events;
  };
  const thrown = (name: string, message = "why") => Object.assign(new Error(message), { name });
  const gate = () => {
    let open = (_value: unknown) => {};
    const passed = new Promise((resolve) => {
      open = resolve;
    });
    return { open, passed };
  };

  describe("a machine", () => {
    test("is described and listed with the definition it was given", async () => {
      const arn = await create({ First: { Type: "Pass", Parameters: { "name.$": "$$.State.Name" }, End: true } });
      const machine = await client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }));
      expect(machine.definition).toContain("$$.State.Name");
      expect(machine).toMatchObject({ status: "ACTIVE", type: "STANDARD" });
      const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
      expect(stateMachines?.map((listed) => listed.stateMachineArn)).toContain(arn);
    });

    test("that was updated runs the new definition", async () => {
      const stateMachineArn = await create({ First: { Type: "Pass", Result: "old", End: true } });
      const definition = JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", Result: "new", End: true } } });
      await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));
      expect((await closed(await start(stateMachineArn))).output).toBe('"new"');
    });

    test.each<[string, object]>([
      ["a JSONata query language", { First: { Type: "Pass", End: true, QueryLanguage: "JSONata" } }],
      ["a transition to nowhere", { First: { Type: "Pass", Next: "Nowhere" } }],
      ["a state that never ends", { First: { Type: "Task", Resource: resource("f") } }],
    ])("with %s is refused", async (_, states) => {
      await expect(create(states)).rejects.toMatchObject({ name: "InvalidDefinition" });
    });
  });

  describe("starting", () => {
    test("is idempotent by name and input while the execution is open, and refused once it is closed", async () => {
      const { open, passed } = gate();
      functions.set("held", () => passed);
      const machine = quick({ First: { Type: "Task", Resource: resource("held"), End: true } });
      const first = await start(machine, { a: 1 }, "update-x-8-1");
      expect(await start(machine, { a: 1 }, "update-x-8-1")).toBe(first);
      await expect(start(machine, { a: 2 }, "update-x-8-1")).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
      open("done");
      expect(await closed(first)).toMatchObject({ status: "SUCCEEDED", output: '"done"', input: '{"a":1}' });
      await expect(start(machine, { a: 1 }, "update-x-8-1")).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
    });

    test("is refused for a bad name, too much input, input that is no JSON, and a machine that is not there", async () => {
      const machine = quick({ First: { Type: "Pass", End: true } });
      const other = machine.replace(/[^:]+$/, "none");
      await expect(start(machine, {}, "a b")).rejects.toMatchObject({ name: "InvalidName" });
      await expect(start(machine, {}, "x".repeat(81))).rejects.toMatchObject({ name: "InvalidName" });
      await expect(start(machine, "x".repeat(262_143))).rejects.toMatchObject({ name: "ValidationException" });
      await expect(start(other)).rejects.toMatchObject({ name: "StateMachineDoesNotExist" });
      const garbled = new StartExecutionCommand({ stateMachineArn: machine, input: "{" });
      await expect(client.send(garbled)).rejects.toMatchObject({ name: "InvalidExecutionInput" });
      const unknown = new DescribeExecutionCommand({
        executionArn: `${machine.replace("stateMachine", "execution")}:none`,
      });
      await expect(client.send(unknown)).rejects.toMatchObject({ name: "ExecutionDoesNotExist" });
    });
  });

  describe("a ladder", () => {
    test("gives each Task its state's name and puts the result under a path whose parents need not exist", async () => {
      functions.set("echo", (payload: object) => ({ got: payload }));
      const { output } = await run(
        {
          CreateQueue: {
            Type: "Task",
            Resource: resource("echo"),
            Parameters: { "operationId.$": "$.operationId", "state.$": "$$.State.Name", "run.$": "$$.Execution.Name" },
            ResultPath: "$.steps.createQueue",
            TimeoutSeconds: 5,
            Next: "Done",
          },
          Done: { Type: "Succeed" },
        },
        { operationId: "op" },
      );
      const run1 = JSON.parse(output!).steps.createQueue.got;
      expect(run1).toEqual({ operationId: "op", state: "CreateQueue", run: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      expect(JSON.parse(output!).operationId).toBe("op");
    });

    test("loops through Wait and Choice on one verdict word until it is ready", async () => {
      let looks = 0;
      functions.set("check", () => ({ verdict: ++looks < 4 ? "notYet" : "ready", waitSeconds: 0 }));
      const { status } = await run({
        Check: { Type: "Task", Resource: resource("check"), ResultPath: "$.check", Next: "Verdict" },
        Verdict: {
          Type: "Choice",
          Choices: [
            { Variable: "$.check.verdict", StringEquals: "ready", Next: "Done" },
            { Variable: "$.check.verdict", StringEquals: "notYet", Next: "Pause" },
          ],
          Default: "Loud",
        },
        Pause: { Type: "Wait", SecondsPath: "$.check.waitSeconds", Next: "Check" },
        Done: { Type: "Succeed" },
        Loud: { Type: "Fail", Error: "UnknownVerdict" },
      });
      expect(status).toBe("SUCCEEDED");
      expect(looks).toBe(4);
    });

    test("retries by the function's error name, then catches by name, with Error and Cause as Lambda words them", async () => {
      let calls = 0;
      functions.set("busy", () => {
        calls++;
        throw thrown("StepBusy", "another holds the lease");
      });
      const { output } = await run({
        First: {
          Type: "Task",
          Resource: resource("busy"),
          Retry: [
            { ErrorEquals: ["Lambda.Unknown"], MaxAttempts: 9 },
            { ErrorEquals: ["StepBusy"], IntervalSeconds: 1, MaxAttempts: 1, BackoffRate: 1 },
          ],
          Catch: [
            { ErrorEquals: ["OperationIsUndoing"], Next: "Wrong" },
            { ErrorEquals: ["States.ALL"], ResultPath: "$.failure", Next: "Undo" },
          ],
          Next: "Wrong",
        },
        Undo: { Type: "Pass", End: true },
        Wrong: { Type: "Fail" },
      });
      expect(calls).toBe(2);
      const { failure } = JSON.parse(output!);
      expect(failure.Error).toBe("StepBusy");
      expect(JSON.parse(failure.Cause)).toMatchObject({
        errorType: "StepBusy",
        errorMessage: "another holds the lease",
      });
    });

    test("States.TaskFailed catches any function error but a time-out, which has its own name", async () => {
      functions.set("fails", () => {
        throw thrown("Anything");
      });
      const { open, passed } = gate();
      functions.set("hangs", () => passed);
      const task = (name: string) => ({
        First: {
          Type: "Task",
          Resource: resource(name),
          TimeoutSeconds: 1,
          Catch: [
            { ErrorEquals: ["States.TaskFailed"], Next: "Failed" },
            { ErrorEquals: ["States.Timeout"], Next: "TimedOut" },
          ],
          End: true,
        },
        Failed: { Type: "Pass", Result: "failed", End: true },
        TimedOut: { Type: "Pass", Result: "timed out", End: true },
      });
      const [failed, late] = await Promise.all([run(task("fails")), run(task("hangs"))]);
      expect(failed.output).toBe('"failed"');
      expect(late.output).toBe('"timed out"');
      open(undefined);
    });

    test("an error nobody catches ends it FAILED with the error's name and cause; so does a Fail state", async () => {
      functions.set("fails", () => {
        throw thrown("StaleAttempt", "attempt 2 has begun");
      });
      const uncaught = await run({ First: { Type: "Task", Resource: resource("fails"), End: true } });
      expect(uncaught).toMatchObject({ status: "FAILED", error: "StaleAttempt" });
      expect(JSON.parse(uncaught.cause!).errorMessage).toBe("attempt 2 has begun");
      const failed = await run({ Stuck: { Type: "Fail", Error: "Stuck", Cause: "three attempts" } });
      expect(failed).toMatchObject({ status: "FAILED", error: "Stuck", cause: "three attempts" });
    });

    test("results of false, null, 0 and nothing are values like any other", async () => {
      functions.set("echo", (payload: { value: unknown }) => payload.value);
      for (const value of [false, null, 0, "", []]) {
        const { output } = await run(
          {
            First: {
              Type: "Task",
              Resource: resource("echo"),
              Parameters: { "value.$": "$.v" },
              ResultPath: "$.r",
              End: true,
            },
          },
          { v: value },
        );
        expect(JSON.parse(output!)).toEqual({ v: value, r: value });
      }
    });

    test("ResultPath $ replaces the input, ResultPath null keeps it", async () => {
      functions.set("answer", () => ({ answer: 42 }));
      const task = (path: string | null) => ({
        First: { Type: "Task", Resource: resource("answer"), ResultPath: path, End: true },
      });
      expect((await run(task("$"), { a: 1 })).output).toBe('{"answer":42}');
      expect((await run(task(null), { a: 1 })).output).toBe('{"a":1}');
    });

    test("a path that points to nothing is States.Runtime, which States.ALL does not catch", async () => {
      const { status, error } = await run({
        First: {
          Type: "Task",
          Resource: resource("echo"),
          Parameters: { "a.$": "$.missing" },
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Done" }],
          End: true,
        },
        Done: { Type: "Succeed" },
      });
      expect({ status, error }).toEqual({ status: "FAILED", error: "States.Runtime" });
    });

    test("a machine's own time limit ends it TIMED_OUT", async () => {
      const { open, passed } = gate();
      functions.set("hangs", () => passed);
      const { status } = await run(
        { First: { Type: "Task", Resource: resource("hangs"), TimeoutSeconds: 60, End: true } },
        {},
        { TimeoutSeconds: 1 },
      );
      expect(status).toBe("TIMED_OUT");
      open(undefined);
    });
  });

  describe("limits", () => {
    test("a result over 256 KiB is States.DataLimitExceeded, which States.ALL does not catch", async () => {
      functions.set("large", () => "x".repeat(262_143));
      const { status, error } = await run({
        First: {
          Type: "Task",
          Resource: resource("large"),
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Done" }],
          End: true,
        },
        Done: { Type: "Succeed" },
      });
      expect({ status, error }).toEqual({ status: "FAILED", error: "States.DataLimitExceeded" });
    });

    test("results that add up to over 256 KiB end it the same way", async () => {
      functions.set("half", () => "x".repeat(140_000));
      const task = (n: number, next: object) => ({
        Type: "Task",
        Resource: resource("half"),
        ResultPath: `$.r${n}`,
        ...next,
      });
      const { error } = await run({ First: task(1, { Next: "Second" }), Second: task(2, { End: true }) });
      expect(error).toBe("States.DataLimitExceeded");
    });
  });

  describe("watching", () => {
    test("the history tells each state, each call and the end, in order and in pages", async () => {
      functions.set("echo", () => "ok");
      const { executionArn } = await run({
        First: { Type: "Task", Resource: resource("echo"), ResultPath: "$.r", Next: "Choose" },
        Choose: { Type: "Choice", Choices: [{ Variable: "$.r", StringEquals: "ok", Next: "Done" }], Default: "Done" },
        Done: { Type: "Succeed" },
      });
      const events = await history(executionArn!);
      expect(events.map((event) => event.type)).toEqual([
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ChoiceStateEntered",
        "ChoiceStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
      ]);
      expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
      expect(events[1]?.stateEnteredEventDetails?.name).toBe("First");
      expect(events[4]?.lambdaFunctionSucceededEventDetails?.output).toBe('"ok"');
      const newest = await client.send(
        new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
      );
      expect(newest.events?.[0]?.type).toBe("ExecutionSucceeded");
    });

    test("a failed call and its retry are in the history", async () => {
      let calls = 0;
      functions.set("once", () => {
        if (calls++ === 0) throw thrown("StepBusy");
        return 1;
      });
      const { executionArn } = await run({
        First: {
          Type: "Task",
          Resource: resource("once"),
          Retry: [{ ErrorEquals: ["StepBusy"], IntervalSeconds: 1, MaxAttempts: 2 }],
          End: true,
        },
      });
      const events = await history(executionArn!);
      expect(events.map((event) => event.type).slice(2, -1)).toEqual([
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
      ]);
      expect(events[4]?.lambdaFunctionFailedEventDetails?.error).toBe("StepBusy");
    });

    test("executions are listed newest first, by status, in pages", async () => {
      const machine = quick({ First: { Type: "Pass", End: true } });
      const arns: string[] = [];
      for (let n = 0; n < 5; n++) arns.push(await start(machine, {}, `run-${n}`));
      for (const arn of arns) await closed(arn);
      const list = (more = {}) => client.send(new ListExecutionsCommand({ stateMachineArn: machine, ...more }));
      const first = await list({ maxResults: 3 });
      const second = await list({ maxResults: 3, nextToken: first.nextToken });
      const listed = [...first.executions!, ...second.executions!];
      expect(listed.map((execution) => execution.executionArn)).toEqual(arns.reverse());
      expect((await list({ statusFilter: "FAILED" })).executions).toEqual([]);
      expect((await list({ statusFilter: "SUCCEEDED" })).executions).toHaveLength(5);
    });
  });

  test("stopping ends it ABORTED at once, and nothing of it runs afterwards", async () => {
    const { open, passed } = gate();
    let after = 0;
    functions.set("held", () => passed);
    functions.set("after", () => ++after);
    const machine = quick({
      First: { Type: "Task", Resource: resource("held"), Next: "Second" },
      Second: { Type: "Task", Resource: resource("after"), End: true },
    });
    const executionArn = await start(machine);
    await client.send(new StopExecutionCommand({ executionArn, error: "Cancelled", cause: "by hand" }));
    expect(await closed(executionArn)).toMatchObject({ status: "ABORTED", error: "Cancelled", cause: "by hand" });
    open("late");
    await client.send(new StopExecutionCommand({ executionArn }));
    expect((await history(executionArn)).at(-1)?.type).toBe("ExecutionAborted");
    expect(after).toBe(0);
  });
}
