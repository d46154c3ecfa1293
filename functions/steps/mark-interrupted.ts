// Lists what the rows say runs, though nobody runs it any more, and marks it to run again. Undo does nothing: it was ended and
// must run again, on whichever version.
import { interruptedOutput } from "../../shared/domain/upgrade-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtOld, lookAtSource } from "../../shared/runtime/upgrade-look.ts";
import { upgradeEffect } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly clock: Clock;
  readonly containers: Containers;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly operations: Operations;
}

export const markInterrupted = upgradeEffect<Ports>("mark-interrupted", {
  look: async ({ plan }, ports, direction) =>
    direction === "undo" ? {} : { ...(await lookAtOld(plan, ports, direction)), ...(await lookAtSource(plan, ports)) },
  acts: {
    "list-interrupted": ({ plan, operation }, { databaseCopies }) =>
      databaseCopies.retryInterrupted(plan.databases.source, operation.operationId),
    "retry-interrupted": ({ plan, operation }, { databaseCopies }) =>
      databaseCopies.retryInterrupted(plan.databases.source, operation.operationId),
  },
  finish: {
    // nothing runs: it answers with the list an earlier hand may have written
    async run({ plan, operation }, { databaseCopies }) {
      return interruptedOutput(await databaseCopies.listInterrupted(plan.databases.source, operation.operationId));
    },
  },
});

export const handler = stepHandler(markInterrupted, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  databaseCopies: databaseCopies(),
  environments: environments(),
}));
