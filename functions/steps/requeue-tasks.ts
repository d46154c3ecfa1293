// In the copy: task instances whose messages lie in the old queue are scheduled anew, into the new one. Undo does nothing: the
// copy goes, and the original keeps them as they are.
import type { Clock } from "../../shared/ports/clock.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtCopy } from "../../shared/runtime/upgrade-look.ts";
import { upgradeEffect } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly clock: Clock;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly operations: Operations;
}

export const requeueTasks = upgradeEffect<Ports>("requeue-tasks", {
  look: async ({ plan }, ports, direction) => (direction === "run" ? (await lookAtCopy(plan, ports)).seen : {}),
  acts: {
    "requeue-tasks": ({ plan }, { databaseCopies }) => databaseCopies.requeueTasks(plan.databases.copy, plan.queue),
  },
});

export const handler = stepHandler(requeueTasks, () => ({
  operations: operations(),
  clock: clock(),
  databaseCopies: databaseCopies(),
  environments: environments(),
}));
