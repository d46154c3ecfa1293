// Deletes the Celery queue, and those that upgrades have left. No undo: delete only goes forward.
import type { DeletePlan } from "../../shared/domain/plan-delete.ts";
import type { TaskQueues } from "../../shared/ports/task-queues.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskQueues } from "../../shared/runtime/provide/task-queues.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly taskQueues: TaskQueues;
}

export const deleteQueue: EffectStep<Ports, DeletePlan> = {
  async run({ plan }, { taskQueues }) {
    for (const queue of [plan.names.queue, ...(plan.remains?.queues ?? [])]) await taskQueues.remove(queue);
  },
};

export const handler = stepHandler(deleteQueue, () => ({
  operations: operations(),
  clock: clock(),
  taskQueues: taskQueues(),
}));
