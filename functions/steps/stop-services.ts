// Takes the old services down to no tasks, schedulers first, and removes those of before that may still end. Undo marks what was ended, behind a closed door, opens the database
// and starts them again.
import { interruptedOutput } from "../../shared/domain/upgrade-view.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Environments } from "../../shared/ports/environments.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { environments } from "../../shared/runtime/provide/environments.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { lookAtOld, lookAtSource } from "../../shared/runtime/upgrade-look.ts";
import { upgradeEffect } from "../../shared/runtime/upgrade-steps.ts";

interface Ports {
  readonly clock: Clock;
  readonly containers: Containers;
  readonly databaseCopies: DatabaseCopies;
  readonly environments: Environments;
  readonly operations: Operations;
}

export const stopServices: EffectStep<Ports, UpgradePlan> = {
  async run(context, ports) {
    await removeEnding(context.plan, ports);
    return driven.run(context, ports);
  },
  async undo(context, ports) {
    await removeEnding(context.plan, ports);
    return driven.undo!(context, ports);
  },
};

/** What updates before have replaced goes either way, and whoever is to be marked waits for it. */
const removeEnding = ({ ending }: UpgradePlan, { containers }: Ports): Promise<void> =>
  containers.remove(ending.map(({ service }) => service));

const driven = upgradeEffect<Ports>("stop-services", {
  look: async ({ plan }, ports, direction) => ({
    ...(await lookAtOld(plan, ports, direction)),
    ...(direction === "undo" ? await lookAtSource(plan, ports) : {}),
  }),
  acts: {
    "stop-old-scheduler": ({ plan }, ports) => scaleTo(() => 0, schedulersFirst(plan), ports),
    "stop-old-workers": ({ plan }, ports) => scaleTo(() => 0, workersOf(plan), ports),
    "close-source": ({ plan }, { databaseCopies }) => databaseCopies.setLogin(plan.databases.source.role, false),
    "end-connections": ({ plan }, { databaseCopies }) => databaseCopies.endConnections(plan.databases.source.database),
    "list-interrupted": ({ plan, operation }, { databaseCopies }) =>
      databaseCopies.retryInterrupted(plan.databases.source, operation.operationId),
    "retry-interrupted": ({ plan, operation }, { databaseCopies }) =>
      databaseCopies.retryInterrupted(plan.databases.source, operation.operationId),
    "open-source": ({ plan }, { databaseCopies }) => databaseCopies.setLogin(plan.databases.source.role, true),
    "start-old": ({ plan }, ports) =>
      scaleTo(({ count }) => count, [...schedulersFirst(plan), ...workersOf(plan)], ports),
  },
  finish: {
    run: ({ plan }, ports) => stopProtected(plan, ports),
    // the door is open again, tasks may run: it only looks
    async undo({ plan, operation }, { databaseCopies }) {
      return interruptedOutput(await databaseCopies.listInterrupted(plan.databases.source, operation.operationId));
    },
  },
});

/** A worker that has tasks in hand is protected: it outlives its service's wish, but for a word of its own. */
async function stopProtected({ old, ending }: UpgradePlan, { containers }: Ports): Promise<void> {
  const observed = await containers.observe([...old, ...ending].map(({ service }) => service));
  const left = observed.flatMap(({ runningTaskIds, endingTaskIds }) =>
    runningTaskIds.filter((taskId) => !endingTaskIds.includes(taskId)),
  );
  await containers.stopTasks(left, "Hangar upgrades its environment.");
}

type Old = UpgradePlan["old"];

const workersOf = ({ old }: UpgradePlan): Old => old.filter(({ role }) => role === "worker");
const schedulersFirst = ({ old }: UpgradePlan): Old =>
  old
    .filter(({ role }) => role !== "worker")
    .toSorted((a, b) => Number(b.role === "scheduler") - Number(a.role === "scheduler"));

async function scaleTo(count: (one: Old[number]) => number, services: Old, { containers }: Ports): Promise<void> {
  for (const one of services) await containers.scale(one.service, count(one));
}

export const handler = stepHandler(stopServices, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  databaseCopies: databaseCopies(),
  environments: environments(),
}));
