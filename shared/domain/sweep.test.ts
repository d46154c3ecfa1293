import { describe, expect, it } from "vitest";
import { decideSweep, type ExecutionState, executionName } from "./sweep.ts";

const now = 1_000_000;
const operation = { attempt: 2, idleAttempts: 0, outcome: null } as const;
const ended = (error: string | null, secondsAgo: number): ExecutionState => ({
  state: "ended",
  endedAt: now - secondsAgo * 1000,
  error,
});

describe("the sweeper's table", () => {
  it.each<[string, Parameters<typeof decideSweep>[0], ExecutionState, string, string]>([
    ["an attempt that was never started", operation, { state: "missing" }, "start", "attempt 2 was never started"],
    ["an execution that lives", operation, { state: "running" }, "leave", "its execution lives"],
    [
      "one that ended without settling, its last step surely over",
      operation,
      ended("States.Timeout", 60),
      "resume",
      "its execution ended without settling it",
    ],
    [
      "one that ended a moment ago: a step of it may still be at work",
      operation,
      ended("States.Timeout", 59),
      "leave",
      "a step of the ended execution may still be at work",
    ],
    ["one that was aborted", operation, ended(null, 3600), "resume", "its execution ended without settling it"],
    [
      "three attempts in a row without progress",
      { ...operation, idleAttempts: 3 },
      ended("x", 0),
      "markStuck",
      "3 attempts in a row achieved nothing",
    ],
    [
      "two such attempts",
      { ...operation, idleAttempts: 2 },
      ended("x", 3600),
      "resume",
      "its execution ended without settling it",
    ],
    [
      "a history that is full: starting again would end the same way",
      operation,
      ended("States.DataLimitExceeded", 0),
      "markStuck",
      "its execution ended with States.DataLimitExceeded",
    ],
    [
      "a definition that cannot be run",
      operation,
      ended("States.Runtime", 0),
      "markStuck",
      "its execution ended with States.Runtime",
    ],
    [
      "an operation that succeeded",
      { ...operation, outcome: "succeeded" },
      ended("x", 3600),
      "leave",
      "it ended: succeeded",
    ],
    [
      "one killed between its own end and the record's: the record still points to it",
      { ...operation, outcome: "rolledBack" },
      { state: "running" },
      "settle",
      "it ended rolledBack, unknown to the record",
    ],
    [
      "an idle operation whose execution lives",
      { ...operation, idleAttempts: 9 },
      { state: "running" },
      "leave",
      "its execution lives",
    ],
  ])("%s", (_, item, execution, act, reason) => {
    expect(decideSweep(item, execution, now, 60)).toEqual({ act, reason });
  });
});

describe("an execution's name", () => {
  it("is made of the operation and its attempt alone, so that a repeated start is the same start", () => {
    const item = {
      kind: "delete-environment",
      environmentId: "e0123456789",
      operationId: "0123456789abcdefghijklmnop",
      attempt: 3,
    } as const;
    expect(executionName(item)).toBe("delete-e0123456789-ijklmnop-3");
  });
});
