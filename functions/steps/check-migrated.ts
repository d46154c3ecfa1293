// Is the copy migrated, with its rows and secrets as they were? The migration writes into the copy itself what became of it.
import type { OneOff } from "../../shared/domain/verdict.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { CopyFacts } from "../../shared/ports/database-copies.ts";
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

export const checkMigrated = upgradeCheck<Ports>(
  "check-migrated",
  async ({ operation, plan, now }, ports) => {
    // the task first: what it wrote last is seen then
    const task = await lookAtTask(plan.migration, ports);
    const { seen, copy } = await lookAtCopy(plan, ports);
    return {
      seen: { ...seen, migrateTask: stateOf(task, justStarted(operation, "migrate-database", now)) },
      because: said(task, copy),
    };
  },
  ({ plan: { migration } }, { taskOutput }) => taskOutput.ofOneOff(migration.family, migration.family),
);

function said(task: OneOff, copy: CopyFacts | null): string {
  if (copy?.migration.state === "failed") return copy.migration.reason;
  if (task.state !== "stopped") return "its migration runs";
  return `its migration ended with exit code ${task.exitCode ?? "unknown"}: ${task.reason}`;
}

export const handler = stepHandler(checkMigrated, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  databaseCopies: databaseCopies(),
  taskOutput: taskOutput(),
}));
