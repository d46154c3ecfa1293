import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { recordIn } from "../testing/planned.ts";
import { planDelete } from "./plan-delete.ts";

const input = { operationId: "d".repeat(26), caller: "someone", pool: testPool, now: 7 };

describe("a delete", () => {
  it("marks the record DELETING and points it to its operation, one generation on", () => {
    const before = recordIn("AVAILABLE", { generation: 4 });
    const { environment, operation } = planDelete(before, input);
    expect(environment).toEqual({
      ...before,
      status: "DELETING",
      generation: 5,
      operationId: input.operationId,
      operationKind: "delete-environment",
      lastUpdate: { status: "PENDING", createdAt: 7 },
    });
    expect(operation).toMatchObject({
      kind: "delete-environment",
      environmentId: before.environmentId,
      attempt: 1,
      journal: {},
      outcome: null,
    });
  });

  it("names what lies in the record, not what would be named today", () => {
    const names = { ...recordIn("AVAILABLE").names, queue: "a-queue-of-old" };
    expect(planDelete(recordIn("AVAILABLE", { names }), input).operation.plan.names).toEqual(names);
  });

  it("is not planned from a status that has no row for it", () => {
    expect(() => planDelete(recordIn("CREATING"), input)).toThrow(
      "No transition for delete-accepted in status CREATING.",
    );
  });
});
