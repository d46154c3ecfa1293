// Deletes the Celery queue. No undo: delete only goes forward.
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
    await taskQueues.remove(plan.names.queue);
  },
};

export const handler = stepHandler(deleteQueue, () => ({
  operations: operations(),
  clock: clock(),
  taskQueues: taskQueues(),
}));
