// Is the version's template there, or has the migration of this operation's scratch ended well? Or, where the environment is made
// of a snapshot: is that copied?
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import { templateVerdict } from "../../shared/domain/verdict.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { DatabaseCopies } from "../../shared/ports/database-copies.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import type { TaskOutput } from "../../shared/ports/task-output.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databaseCopies } from "../../shared/runtime/provide/database-copies.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskOutput } from "../../shared/runtime/provide/task-output.ts";
import { isCloning, lookAtCloning } from "../../shared/runtime/snapshot-cloning.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly databases: Databases;
  readonly databaseCopies: DatabaseCopies;
  readonly containers: Containers;
  readonly taskOutput: TaskOutput;
}

export const checkTemplate: CheckStep<Ports, CreatePlan> = {
  deadlineSeconds: (plan) => plan.deadlineSeconds.template,
  lastLines: ({ plan }, { taskOutput }) => {
    const { family } = (plan.from?.copying ?? plan.template).task;
    return taskOutput.ofOneOff(family, family);
  },
  async check({ plan }, ports) {
    if (isCloning(plan)) return lookAtCloning(plan, ports);
    const { databases, containers } = ports;
    const { template } = plan;
    if (await databases.hasTemplate(template.database)) return { verdict: "ready", reason: "the template is there" };
    const task = await containers.describeOnce(template.task.family, template.task.family);
    return templateVerdict(task);
  },
};

export const handler = stepHandler(checkTemplate, () => ({
  operations: operations(),
  clock: clock(),
  databases: databases(),
  databaseCopies: databaseCopies(),
  containers: containers(),
  taskOutput: taskOutput(),
}));
