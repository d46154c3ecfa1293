// Closes the live database to the old generation: its role may not log in any more, and whoever is connected leaves. Undo does
// nothing: the door opens with the undo of stop-services, after what was ended has been marked.
import type { Clock } from "../../shared/ports/clock.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtSource } from "../../shared/runtime/upgrade-look.ts";
import { upgradeEffect } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly clock: Clock;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly operations: Operations;
}

export const closeDoor = upgradeEffect<Ports>("close-door", {
  look: ({ plan }, ports) => lookAtSource(plan, ports),
  acts: {
    "close-source": ({ plan }, { databaseCopies }) => databaseCopies.setLogin(plan.databases.source.role, false),
    "end-connections": ({ plan }, { databaseCopies }) => databaseCopies.endConnections(plan.databases.source.database),
  },
});

export const handler = stepHandler(closeDoor, () => ({
  operations: operations(),
  clock: clock(),
  databaseCopies: databaseCopies(),
  environments: environments(),
}));
