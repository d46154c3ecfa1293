// Makes the Celery queue of this generation. Undo deletes it.
import { celeryVisibilityTimeoutSeconds } from "../../shared/domain/offerings.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { TaskQueues } from "../../shared/ports/task-queues.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskQueues } from "../../shared/runtime/provide/task-queues.ts";
import { type EffectStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly taskQueues: TaskQueues;
}

export const createQueue: EffectStep<Ports, CreatePlan> = {
  async run({ plan }, { taskQueues }) {
    await taskQueues.ensure(plan.names.queue, { visibilityTimeoutSeconds: celeryVisibilityTimeoutSeconds });
  },
  async undo({ plan }, { taskQueues }) {
    await taskQueues.remove(plan.names.queue);
  },
};

export const handler = stepHandler(createQueue, () => ({
  operations: operations(),
  clock: clock(),
  taskQueues: taskQueues(),
}));
