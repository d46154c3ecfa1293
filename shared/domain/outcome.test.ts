import { describe, expect, it } from "vitest";
import { planned, recordIn } from "../testing/planned.ts";
import type { OperationItem } from "./items.ts";
import { alreadyCommitted, committed, settled } from "./outcome.ts";

const { environment, operation } = planned();
const deleting = recordIn("DELETING", { operationId: "d", operationKind: "delete-environment", generation: 3 });
const deletion: OperationItem = { ...operation, operationId: "d", kind: "delete-environment" };
const failure = { step: "check-canary", code: "INCORRECT_CONFIGURATION", message: "the canary run failed" };

describe("a commit", () => {
  it("makes a created environment AVAILABLE, with its last update a success and no operation in flight", () => {
    expect(committed(environment, operation, 9)).toEqual({
      ...environment,
      status: "AVAILABLE",
      generation: 2,
      operationId: null,
      operationKind: null,
      lastUpdate: { status: "SUCCESS", createdAt: 9 },
    });
  });

  it("of a delete leaves no record: GetEnvironment answers 404, never DELETED", () => {
    expect(committed(deleting, deletion, 9)).toBeUndefined();
  });

  it("does not overwrite a status that has no row for it", () => {
    expect(() => committed(recordIn("AVAILABLE"), operation, 9)).toThrow(
      "No transition for create-committed in status AVAILABLE.",
    );
  });
});

describe("a commit that is repeated", () => {
  it("answers as the first one did", () => {
    expect(
      alreadyCommitted(operation, recordIn("AVAILABLE", { lastUpdate: { status: "SUCCESS", createdAt: 9 } })),
    ).toEqual({ status: "AVAILABLE" });
    expect(alreadyCommitted(deletion, undefined)).toEqual({ status: "DELETED" });
    expect(alreadyCommitted(deletion, recordIn("AVAILABLE", { environmentId: "a namesake" }))).toEqual({
      status: "DELETED",
    });
  });

  it.each([
    ["a create whose record is gone", operation, undefined],
    ["a create whose name another environment has", operation, recordIn("AVAILABLE", { environmentId: "a namesake" })],
    [
      "a create that was settled as failed",
      operation,
      recordIn("CREATE_FAILED", { lastUpdate: { status: "FAILED", createdAt: 9 } }),
    ],
    ["a record another operation works on", operation, recordIn("DELETING", { operationId: "d" })],
    [
      "a delete that was settled as stuck",
      deletion,
      recordIn("DELETING", { lastUpdate: { status: "FAILED", createdAt: 9 } }),
    ],
  ])("does not pass for one: %s", (_, item, record) => {
    expect(() => alreadyCommitted(item, record)).toThrow(`does not point to operation ${item.operationId}`);
  });
});

describe("an operation that did not commit", () => {
  it("and was undone leaves a record that says what failed, that nothing is left, and what to do", () => {
    expect(settled(environment, { ...operation, failure }, "rolledBack", 9)).toMatchObject({
      status: "CREATE_FAILED",
      generation: 2,
      operationId: null,
      operationKind: null,
      lastUpdate: {
        status: "FAILED",
        createdAt: 9,
        error: {
          code: "INCORRECT_CONFIGURATION",
          message: expect.stringMatching(
            /^Step check-canary failed: the canary run failed\. Nothing of it is left; correct the cause, delete the environment and create it again\.$/,
          ),
        },
      },
    });
  });

  it("and got stuck names the operation and where a person reads on", () => {
    const record = settled(deleting, { ...deletion, failure: null }, "stuck", 9);
    expect(record).toMatchObject({ status: "DELETING", operationId: null, lastUpdate: { status: "FAILED" } });
    expect(record.lastUpdate.error!.message).toBe(
      'The delete-environment operation did not finish and left no reason. Operation d needs a person: see ARCHITECTURE.md, "When an operation is stuck".',
    );
  });

  it("tells the end of the failed task's log, but for lines that say what the failure says", () => {
    const log = ["Traceback:", "hangar-agent: the canary run failed", "KeyError: 'x'"];
    const { lastUpdate } = settled(environment, { ...operation, failure: { ...failure, log } }, "rolledBack", 9);
    expect(lastUpdate.error?.message).toMatch(
      /the canary run failed\..* Its log says last: Traceback: \| KeyError: 'x'$/,
    );
  });

  it("keeps to the length LastUpdate's message may have", () => {
    const long = { ...operation, failure: { ...failure, message: "x".repeat(5000) } };
    expect(settled(environment, long, "stuck", 9).lastUpdate.error!.message).toHaveLength(1024);
  });
});
