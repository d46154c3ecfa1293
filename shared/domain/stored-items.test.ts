import { describe, expect, it } from "vitest";
import { recordIn, planned } from "../testing/planned.ts";
import type { OperationItem } from "./items.ts";
import type { CreatePlan } from "./plan-create.ts";
import { currentEnvironment, currentOperation, type StoredEnvironment } from "./stored-items.ts";

describe("a record as version 1 stored it", () => {
  const {
    access: _a,
    drains: _d,
    retired: _r,
    image: _i,
    workers: _w,
    resourceGeneration: _g,
    layer: _l,
    ...old
  } = recordIn("AVAILABLE");
  const { signInSecret: _s, ...names } = old.names;
  const stored = { ...old, schemaVersion: 1, names } as unknown as StoredEnvironment;

  it("has every member of today, and belongs to who made it", () => {
    expect(currentEnvironment(stored)).toEqual({
      ...recordIn("AVAILABLE"),
      access: [{ principal: stored.createdBy, role: "Admin" }],
      names: { ...names, signInSecret: "" },
    });
  });

  it("is read the same way twice, and one of today as it is", () => {
    expect(currentEnvironment(currentEnvironment(stored))).toEqual(currentEnvironment(stored));
    const today = recordIn("UPDATING");
    expect(currentEnvironment(today)).toBe(today);
  });
});

describe("items from before there were layers", () => {
  it("run none: what files the record names was kept and not installed", () => {
    const { layer: _, ...stored } = recordIn("AVAILABLE");
    expect(currentEnvironment(stored as unknown as StoredEnvironment)).toEqual(recordIn("AVAILABLE"));
  });

  it("in flight build none, whatever attempt carries them on", () => {
    const { operation } = planned();
    const { layer: _, ...plan } = operation.plan as CreatePlan;
    const { layer: __, ...deadlineSeconds } = plan.deadlineSeconds;
    const stored = { ...operation, plan: { ...plan, deadlineSeconds } } as unknown as OperationItem;
    expect(currentOperation(stored)).toEqual(operation);
  });
});

describe("an operation as it was stored before attempts had a time", () => {
  it("began its attempt when it was made", () => {
    const { attemptStartedAt: _, endedAt: _e, ...stored } = planned().operation;
    expect(currentOperation(stored)).toEqual({ ...stored, attemptStartedAt: stored.createdAt, endedAt: null });
  });
});
