// Is the version's template there, or has the migration of this operation's scratch ended well?
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import { templateVerdict } from "../../shared/domain/verdict.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { Databases } from "../../shared/ports/databases.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { databases } from "../../shared/runtime/provide/databases.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly databases: Databases;
  readonly containers: Containers;
}

export const checkTemplate: CheckStep<Ports, CreatePlan> = {
  deadlineSeconds: (plan) => plan.deadlineSeconds.template,
  async check({ plan }, { databases, containers }) {
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
  containers: containers(),
}));
