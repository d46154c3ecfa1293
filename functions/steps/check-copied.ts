// Is the database copied, and has its copying ended?
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { TaskOutput } from "../../shared/ports/task-output.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskOutput } from "../../shared/runtime/provide/task-output.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { justStarted, lookAtCopy, lookAtTask, stateOf } from "../../shared/runtime/upgrade-look.ts";
import { upgradeCheck } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly containers: Containers;
  readonly databaseCopies: DatabaseCopies;
  readonly taskOutput: TaskOutput;
}

export const checkCopied = upgradeCheck<Ports>(
  "check-copied",
  async ({ operation, plan, now }, ports) => {
    // the task first: a copy it made last is seen then
    const task = await lookAtTask(plan.copying.task, ports);
    const { seen } = await lookAtCopy(plan, ports);
    return {
      seen: { ...seen, copyTask: stateOf(task, justStarted(operation, "copy-database", now)) },
      ...(task.state === "stopped"
        ? { because: `its copying ended with exit code ${task.exitCode ?? "unknown"}: ${task.reason}` }
        : {}),
    };
  },
  ({ plan: { copying } }, { taskOutput }) => taskOutput.ofOneOff(copying.task.family, copying.task.family),
);

export const handler = stepHandler(checkCopied, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  databaseCopies: databaseCopies(),
  taskOutput: taskOutput(),
}));
