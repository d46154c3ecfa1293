// What every Workflows must guarantee: a name is started once, and its end is seen.
import { expect, test } from "vitest";
import type { Workflows } from "../../../shared/ports/workflows.ts";

export interface WorkflowsSubject {
  readonly workflows: Workflows;
  /** Lets a running execution end, well or with this error, and waits until it has. */
  end(name: string, error?: string): void | Promise<void>;
  /** Inputs of the executions started so far. */
  inputs(): readonly unknown[];
}

export function workflowsContract(subject: () => WorkflowsSubject): void {
  test("an execution that was never started is missing", async () => {
    expect(await subject().workflows.describe("create-environment", "never-started")).toEqual({ state: "missing" });
  });

  test("a start repeated under its name starts nothing, while it runs and after it ended", async () => {
    const { workflows, end, inputs } = subject();
    const start = () => workflows.start("create-environment", "create-e1-op-1", { operationId: "op", attempt: 1 });
    await start();
    await start();
    expect(await workflows.describe("create-environment", "create-e1-op-1")).toEqual({ state: "running" });
    await end("create-e1-op-1");
    await start();
    expect(await workflows.describe("create-environment", "create-e1-op-1")).toEqual({
      state: "ended",
      endedAt: expect.any(Number),
      error: null,
    });
    expect(inputs()).toEqual([{ operationId: "op", attempt: 1 }]);
  });

  test("a failed execution says with which error it ended", async () => {
    const { workflows, end } = subject();
    await workflows.start("delete-environment", "delete-e1-op-1", { operationId: "op", attempt: 1 });
    await end("delete-e1-op-1", "States.Runtime");
    expect(await workflows.describe("delete-environment", "delete-e1-op-1")).toMatchObject({
      state: "ended",
      error: "States.Runtime",
    });
  });
}
