import { describe, expect, it } from "vitest";
import type { JournalEntry, OperationItem } from "./items.ts";
import { ladders } from "./ladders.ts";
import { canCancel, type DoorCall, decideAtDoor, endWrite, isPastCommit } from "./step-door.ts";

const now = 1_000_000;
const started: JournalEntry = { startedAt: 1 };
const done = (output: unknown = null): JournalEntry => ({ startedAt: 1, endedAt: 2, output });

type Door = Parameters<typeof decideAtDoor>[0];
const door = (changes: Partial<Door> = {}): Door => ({
  kind: "create-environment",
  attempt: 1,
  direction: "forward",
  undoFrom: null,
  lease: null,
  journal: {},
  idleAttempts: 2,
  ...changes,
});
const call = (step: string, changes: Partial<DoorCall> = {}): DoorCall => ({
  step,
  direction: "run",
  attempt: 1,
  holder: "me",
  until: now + 60_000,
  ...changes,
});
const undo = (step: string, changes: Partial<DoorCall> = {}) => call(step, { direction: "undo", ...changes });
const lease = (changes: Partial<NonNullable<OperationItem["lease"]>> = {}) => ({
  holder: "another",
  attempt: 1,
  direction: "run" as const,
  step: "create-queue",
  until: now + 1,
  ...changes,
});

describe("an effect going forward", () => {
  it("takes the lease and writes its start before it works", () => {
    const decision = decideAtDoor(door(), call("create-queue"), now);
    expect(decision).toEqual({
      kind: "act",
      write: {
        lease: { holder: "me", attempt: 1, direction: "run", step: "create-queue", until: now + 60_000 },
        journal: { "run:create-queue": { startedAt: now } },
        direction: "forward",
        undoFrom: null,
        idleAttempts: 0,
      },
    });
  });

  it("that was started and did not end runs again, from its first start, and counts as no progress", () => {
    const decision = decideAtDoor(door({ journal: { "run:create-queue": started } }), call("create-queue"), now);
    expect(decision).toMatchObject({
      kind: "act",
      write: { journal: { "run:create-queue": started }, idleAttempts: 2 },
    });
  });

  it("that is done answers from the journal, whoever holds the lease", () => {
    const journal = { "run:create-queue": done({ url: "u" }) };
    expect(decideAtDoor(door({ journal, lease: lease() }), call("create-queue"), now)).toMatchObject({
      kind: "answer",
      output: { url: "u" },
    });
  });

  it.each([
    ["a live foreign lease", lease(), "refuse"],
    ["a foreign lease at its end", lease({ until: now }), "act"],
    ["its own lease, as a repeated delivery has it", lease({ holder: "me" }), "act"],
  ])("meets %s", (_, held, kind) => {
    const decision = decideAtDoor(door({ lease: held }), call("create-queue"), now);
    expect(decision.kind).toBe(kind);
    if (decision.kind === "refuse") expect(decision.error).toBe("StepBusy");
  });

  it("of an attempt that was superseded is refused before anything else", () => {
    const state = door({ attempt: 2, journal: { "run:create-queue": done() }, lease: lease() });
    expect(decideAtDoor(state, call("create-queue"), now)).toMatchObject({ kind: "refuse", error: "StaleAttempt" });
    expect(decideAtDoor(state, undo("create-queue"), now)).toMatchObject({ kind: "refuse", error: "StaleAttempt" });
    expect(decideAtDoor(state, call("check-template"), now)).toMatchObject({ kind: "refuse", error: "StaleAttempt" });
  });
});

describe("a check", () => {
  it("is observed anew each time, and writes nothing", () => {
    const journal = { "run:migrate-template": done(), "run:check-template": done("ready") };
    expect(decideAtDoor(door({ journal, lease: lease() }), call("check-template"), now)).toEqual({ kind: "observe" });
  });

  it("answers ready once an effect after it was started: its world may have moved on", () => {
    const journal = { "run:clone-databases": started };
    expect(decideAtDoor(door({ journal }), call("check-template"), now)).toMatchObject({
      kind: "answer",
      output: "ready",
    });
    expect(decideAtDoor(door({ journal }), call("check-services"), now)).toEqual({ kind: "observe" });
  });
});

describe("an operation that turns round", () => {
  it("writes the direction and the rung it turned at, once, with its first undo", () => {
    const journal = { "run:create-secrets": done(), "run:create-queue": started };
    const first = decideAtDoor(door({ journal }), undo("create-queue"), now);
    expect(first).toMatchObject({
      kind: "act",
      write: { direction: "undoing", undoFrom: "create-queue", idleAttempts: 0 },
    });
    const later = decideAtDoor(
      door({ journal, direction: "undoing", undoFrom: "create-queue" }),
      undo("create-secrets"),
      now,
    );
    expect(later).toMatchObject({ kind: "act", write: { direction: "undoing", undoFrom: "create-queue" } });
  });

  const turned = door({
    direction: "undoing",
    undoFrom: "migrate-template",
    journal: { "run:create-secrets": done("kept"), "run:create-queue": started, "run:migrate-template": done() },
  });

  it.each([
    ["create-secrets", "answer", "kept"],
    ["create-queue", "answer", undefined],
  ])("walks past %s, which stands before that rung", (step, kind, output) => {
    expect(decideAtDoor(turned, call(step), now)).toEqual(expect.objectContaining({ kind, output }));
  });

  it.each(["migrate-template", "clone-databases", "deploy-services", "commit-operation"])(
    "sends %s, that rung or after it, to its undo",
    (step) => {
      expect(decideAtDoor(turned, call(step), now)).toMatchObject({ kind: "refuse", error: "OperationIsUndoing" });
    },
  );

  it("lets a check after that rung answer failed, and one before it ready", () => {
    expect(decideAtDoor(turned, call("check-template"), now)).toMatchObject({ kind: "answer", output: "failed" });
    const later = { ...turned, undoFrom: "deploy-services" };
    expect(decideAtDoor(later, call("check-template"), now)).toMatchObject({ kind: "answer", output: "ready" });
  });

  it("that was cancelled turns at the furthest rung ever started", () => {
    const cancelled = { ...turned, undoFrom: null };
    expect(decideAtDoor(cancelled, call("create-queue"), now)).toMatchObject({ kind: "answer" });
    expect(decideAtDoor(cancelled, call("migrate-template"), now)).toMatchObject({
      kind: "refuse",
      error: "OperationIsUndoing",
    });
  });

  it("answers a finished undo from the undo's own journal", () => {
    const state = { ...turned, journal: { ...turned.journal, "undo:migrate-template": done("undone") } };
    expect(decideAtDoor(state, undo("migrate-template"), now)).toMatchObject({ kind: "answer", output: "undone" });
  });

  it("undoes a step even when its run was never started: a time-out may have hidden the start", () => {
    expect(decideAtDoor(door(), undo("deploy-services"), now)).toMatchObject({ kind: "act" });
  });

  it("waits until the run it undoes has let go", () => {
    expect(decideAtDoor(door({ lease: lease() }), undo("create-queue"), now)).toMatchObject({
      kind: "refuse",
      error: "StepBusy",
    });
  });
});

describe("the pivot", () => {
  const committing = { "run:deploy-services": done(), "run:commit-operation": started };

  it("once started accepts no undo and no cancel", () => {
    expect(decideAtDoor(door({ journal: committing }), undo("deploy-services"), now)).toMatchObject({
      kind: "refuse",
      error: "PastCommit",
    });
    expect(canCancel(door({ journal: committing }), ladders["create-environment"])).toBe(false);
    expect(isPastCommit({ journal: committing }, ladders["create-environment"])).toBe(true);
  });

  it("is run again until it ends, and so is what follows", () => {
    expect(decideAtDoor(door({ journal: committing }), call("commit-operation"), now)).toMatchObject({ kind: "act" });
    const committed = { ...committing, "run:commit-operation": done() };
    expect(decideAtDoor(door({ journal: committed }), call("publish-control"), now)).toMatchObject({ kind: "act" });
  });
});

describe("a cancel", () => {
  it("is accepted by a saga on its way, and by no other", () => {
    expect(canCancel(door(), ladders["create-environment"])).toBe(true);
    expect(canCancel(door({ direction: "undoing" }), ladders["create-environment"])).toBe(false);
    expect(canCancel(door(), ladders["delete-environment"])).toBe(false);
  });
});

describe("the end of a piece of work", () => {
  it("is written by the one who holds the lease, and gives the lease back", () => {
    const state = door({ lease: lease({ holder: "me" }), journal: { "run:create-queue": started } });
    expect(endWrite(state, call("create-queue"), "out", now)).toEqual({
      lease: null,
      journal: { "run:create-queue": { startedAt: 1, endedAt: now, output: "out" } },
    });
  });

  it.each([null, lease()])("counts for nothing once the lease has passed on (%j)", (held) => {
    expect(endWrite(door({ lease: held }), call("create-queue"), "out", now)).toBeUndefined();
  });
});

it("a step that is no rung of the ladder is a programming fault", () => {
  expect(() => decideAtDoor(door(), call("drop-databases"), now)).toThrow(
    "drop-databases is no step of create-environment.",
  );
});
