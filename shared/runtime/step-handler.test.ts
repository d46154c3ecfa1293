import { beforeEach, describe, expect, it } from "vitest";
import type { OperationItem } from "../domain/items.ts";
import type { Verdict } from "../domain/verdict.ts";
import { planned } from "../testing/planned.ts";
import { createMemoryWorld, type MemoryWorld } from "../testing/memory-world.ts";
import { type EffectStep, stepHandler } from "./step-handler.ts";

const now = Date.UTC(2026, 0, 1);
const { operation } = planned();
const { operationId } = operation;
let world: MemoryWorld;

beforeEach(async () => {
  world = createMemoryWorld({ now });
  await world.operations.create(operation);
});

const stored = () => world.operations.items.get(operationId)!;
const put = (changes: Partial<OperationItem>) => world.operations.items.set(operationId, { ...stored(), ...changes });
const event = (state: string, attempt = 1) => ({ operationId, attempt, state });
const context = (awsRequestId = "me") => ({ awsRequestId, getRemainingTimeInMillis: () => 60_000 });
const enter = (step: Partial<EffectStep<object>>, state: string, id = "me", attempt = 1) =>
  stepHandler({ run: async () => undefined, ...step }, () => world.ports)(event(state, attempt), context(id));
const look = (check: () => Promise<Verdict>, deadlineSeconds = 900) =>
  stepHandler({ check, deadlineSeconds: () => deadlineSeconds }, () => world.ports)(event("CheckTemplate"), context());
const fault = (name: string, message = name) => Object.assign(new Error(message), { name });

describe("an effect", () => {
  it("holds the lease while it works, and its output is in the journal before it is answered", async () => {
    let during: OperationItem | undefined;
    const output = await enter(
      {
        run: async () => {
          during = stored();
          return { url: "u" };
        },
      },
      "CreateQueue",
    );
    expect(output).toEqual({ url: "u" });
    expect(during).toMatchObject({
      lease: { holder: "me", step: "create-queue", direction: "run", until: now + 60_000 },
      journal: { "run:create-queue": { startedAt: now } },
    });
    expect(stored()).toMatchObject({
      lease: null,
      journal: { "run:create-queue": { endedAt: now, output: { url: "u" } } },
    });
  });

  it.each([
    ["ends well", async () => undefined],
    [
      "fails",
      async () => {
        throw fault("Throttled");
      },
    ],
  ])("at work while its operation is cancelled keeps the reason of the cancel, when it %s", async (_, end) => {
    const failure = { step: "cancel", code: "CANCELLED", message: "somebody cancelled the operation" };
    const run = async () => {
      await world.operations.update(stored(), { direction: "undoing", failure });
      return end();
    };
    await enter({ run }, "CreateQueue").catch(() => undefined);
    expect(stored()).toMatchObject({ direction: "undoing", failure, lease: null });
  });

  it("that is done is not done again: its answer comes from the journal", async () => {
    let runs = 0;
    const run = async () => ({ runs: ++runs });
    expect(await enter({ run }, "CreateQueue")).toEqual({ runs: 1 });
    expect(await enter({ run }, "CreateQueue", "a repeat")).toEqual({ runs: 1 });
  });

  it("that fails gives the lease back at once and writes down why, for the record's LastUpdate", async () => {
    const run = async () => {
      throw fault("QueueNameExists", "The queue exists with other settings.");
    };
    await expect(enter({ run }, "CreateQueue")).rejects.toMatchObject({ name: "QueueNameExists" });
    expect(stored()).toMatchObject({
      lease: null,
      failure: { step: "create-queue", code: "QueueNameExists", message: "The queue exists with other settings." },
    });
    expect(stored().journal["run:create-queue"]).toEqual({ startedAt: now });
  });

  it("that comes through at last takes its failure back", async () => {
    put({ failure: { step: "create-queue", code: "x", message: "x" } });
    await enter({}, "CreateQueue");
    expect(stored().failure).toBeNull();
  });

  it("does not count when its lease passed on while it worked", async () => {
    const run = async () => {
      put({
        lease: { holder: "another", attempt: 1, direction: "run", step: "create-queue", until: now + 1 },
        generation: 99,
      });
    };
    await expect(enter({ run }, "CreateQueue")).rejects.toMatchObject({ name: "StepBusy" });
    expect(stored()).toMatchObject({ lease: { holder: "another" } });
    expect(stored().journal).toEqual({ "run:create-queue": { startedAt: now } });
  });

  it("still writes its end when somebody else changed the item meanwhile", async () => {
    await enter({ run: async () => void put({ generation: 50, direction: "undoing" }) }, "CreateQueue");
    expect(stored()).toMatchObject({
      direction: "undoing",
      lease: null,
      journal: { "run:create-queue": { endedAt: now } },
    });
  });

  it("keeps the run's failure when its undo fails too: the first reason is the one a person needs", async () => {
    put({ failure: { step: "create-queue", code: "x", message: "the cause" } });
    const undo = async () => {
      throw new Error("a consequence");
    };
    await expect(enter({ undo }, "UndoCreateQueue")).rejects.toThrow("a consequence");
    expect(stored().failure?.message).toBe("the cause");
  });

  it("sees the outputs of the rungs before it", async () => {
    put({ journal: { "run:create-secrets": { startedAt: 1, endedAt: 2, output: { arn: "a" } } } });
    let seen: unknown;
    await enter(
      {
        run: async ({ output }) => {
          seen = output("create-secrets");
        },
      },
      "CreateQueue",
    );
    expect(seen).toEqual({ arn: "a" });
  });

  it("that commits ends the operation in the same write as its journal", async () => {
    await enter({}, "CommitOperation");
    expect(stored()).toMatchObject({ outcome: "succeeded", journal: { "run:commit-operation": { endedAt: now } } });
  });

  it("without an undo is a programming fault when it is to be undone", async () => {
    await expect(enter({}, "UndoCreateQueue")).rejects.toThrow("create-queue has no undo.");
  });

  it("of two hands at one time only one works", async () => {
    let hands = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, ++hands);
      await Promise.resolve();
      hands--;
    };
    const answers = await Promise.allSettled([
      enter({ run }, "CreateQueue", "one"),
      enter({ run }, "CreateQueue", "other"),
    ]);
    expect(most).toBe(1);
    for (const answer of answers)
      if (answer.status === "rejected") expect(answer.reason).toMatchObject({ name: "StepBusy" });
  });
});

describe("the log of a failed check", () => {
  const checkThat = (verdict: Verdict["verdict"], lastLines: () => Promise<readonly string[]>) =>
    stepHandler(
      { check: async () => ({ verdict, reason: "because" }), deadlineSeconds: () => 900, lastLines },
      () => world.ports,
    )(event("CheckTemplate"), context());

  it("is kept with the failure, masked", async () => {
    await checkThat("failed", async () => ["one", "", "password=hunter2"]);
    expect(stored().failure).toEqual({
      step: "check-template",
      code: "INCORRECT_CONFIGURATION",
      message: "because",
      log: ["one", "password=***"],
    });
  });

  it("is asked for only once the check has failed for good", async () => {
    const unasked = () => expect.unreachable("nothing has failed");
    for (const verdict of ["ready", "notYet"] as const)
      expect(await checkThat(verdict, unasked)).toMatchObject({ verdict });
  });

  it("that cannot be read makes nothing worse: the failure is told without", async () => {
    const answer = await checkThat("failed", async () => {
      throw fault("AccessDeniedException");
    });
    expect(answer).toMatchObject({ verdict: "failed", reason: "because" });
    expect(stored().failure).toEqual({ step: "check-template", code: "INCORRECT_CONFIGURATION", message: "because" });
  });
});

describe("a check", () => {
  it("answers its verdict with the wait the plan says, and writes nothing", async () => {
    const before = stored();
    expect(await look(async () => ({ verdict: "notYet", reason: "soon" }))).toEqual({
      verdict: "notYet",
      reason: "soon",
      waitSeconds: 1,
    });
    expect(stored()).toEqual(before);
  });

  it("that cannot look has seen nothing yet: an outage is no failure until the deadline", async () => {
    const broken = async () => {
      throw fault("TimeoutError", "no answer");
    };
    expect(await look(broken)).toMatchObject({ verdict: "notYet", reason: "could not look: no answer" });
    world.clock.advance(900_000);
    expect(await look(broken)).toMatchObject({
      verdict: "failed",
      reason: "not ready within 900 s: could not look: no answer",
    });
    expect(stored().failure).toMatchObject({
      step: "check-template",
      message: expect.stringContaining("could not look"),
    });
  });

  it("counts its deadline from the end of the effect before it, not from the operation's start", async () => {
    world.clock.advance(2_000_000);
    put({ journal: { "run:migrate-template": { startedAt: now, endedAt: world.clock.now() - 100_000 } } });
    const waiting = async () => ({ verdict: "notYet", reason: "soon" }) as const;
    expect(await look(waiting, 101)).toMatchObject({ verdict: "notYet" });
    expect(await look(waiting, 100)).toMatchObject({ verdict: "failed" });
  });

  it("has its whole time again in a new attempt: nobody looked while the machine was off", async () => {
    put({ journal: { "run:migrate-template": { startedAt: now, endedAt: now } } });
    world.clock.advance(2_000_000);
    put({ attempt: 2, attemptStartedAt: world.clock.now() });
    const waiting = { check: async () => ({ verdict: "notYet", reason: "soon" }) as const, deadlineSeconds: () => 900 };
    const enterAgain = () => stepHandler(waiting, () => world.ports)(event("CheckTemplate", 2), context());
    expect(await enterAgain()).toMatchObject({ verdict: "notYet" });
    world.clock.advance(900_000);
    expect(await enterAgain()).toMatchObject({ verdict: "failed" });
  });

  it("keeps its answer short: an execution's history has a limit", async () => {
    const answer = await look(async () => ({ verdict: "notYet", reason: "x".repeat(5000) }));
    expect(JSON.stringify(answer).length).toBeLessThan(1024);
  });
});

describe("the door", () => {
  it.each([
    ["an operation that is gone", async () => void world.operations.items.clear(), "StaleAttempt"],
    ["an attempt that was superseded", async () => void put({ attempt: 2 }), "StaleAttempt"],
    [
      "an operation that has turned round",
      async () => void put({ direction: "undoing", undoFrom: "create-secrets" }),
      "OperationIsUndoing",
    ],
    [
      "another hand at work",
      async () =>
        void put({ lease: { holder: "another", attempt: 1, direction: "run", step: "create-queue", until: now + 1 } }),
      "StepBusy",
    ],
  ])("refuses by the name the machine matches: %s", async (_, change, name) => {
    await change();
    let ran = false;
    await expect(
      enter(
        {
          run: async () => {
            ran = true;
          },
        },
        "CreateQueue",
      ),
    ).rejects.toMatchObject({ name });
    expect(ran).toBe(false);
  });

  it("refuses a state that is no rung", async () => {
    await expect(enter({}, "DropDatabases")).rejects.toThrow("State DropDatabases is no rung of create-environment.");
  });

  it.each([
    ["a lost connection", Object.assign(new Error("x"), { code: "ECONNRESET" })],
    ["a PostgreSQL that is starting", Object.assign(new Error("x"), { code: "57P03" })],
    ["a throttle", fault("ThrottlingException")],
    ["a race for the record", fault("ConcurrentChange", "Try again.")],
  ])("names %s so that the machine tries again", async (_, cause) => {
    const run = async () => {
      throw cause;
    };
    await expect(enter({ run }, "CreateQueue")).rejects.toMatchObject({ name: "ServiceUnavailableException", cause });
  });
});
