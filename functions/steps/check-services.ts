// Do the agents report every component healthy?
import { deadlineOf } from "../../shared/domain/check-deadline.ts";
import type { CreatePlan } from "../../shared/domain/plan-create.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import { servicesVerdict } from "../../shared/domain/verdict.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { ControlBucket } from "../../shared/ports/control-bucket.ts";
import type { TaskOutput } from "../../shared/ports/task-output.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { controlBucket } from "../../shared/runtime/provide/control-bucket.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskOutput } from "../../shared/runtime/provide/task-output.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";

interface Ports {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly taskOutput: TaskOutput;
}

type Plan = CreatePlan | UpdatePlan | UpgradePlan;

export const checkServices: CheckStep<Ports, Plan> = {
  deadlineSeconds: (plan) => deadlineOf(plan, "check-services"),
  async check({ plan }, ports) {
    if (plan.services.length === 0) return { verdict: "ready", reason: "no service is new" };
    return servicesVerdict(plan.services, ...(await look(plan, ports)));
  },
  async lastLines({ plan }, ports) {
    const seen = await look(plan, ports);
    const verdicts = plan.services.map((spec) => ({ spec, verdict: servicesVerdict([spec], ...seen).verdict }));
    const first =
      verdicts.find(({ verdict }) => verdict === "failed") ?? verdicts.find(({ verdict }) => verdict !== "ready");
    return first ? ports.taskOutput.ofService(first.spec.name) : [];
  },
};

const look = ({ services, names }: Plan, { containers, controlBucket }: Ports) =>
  Promise.all([containers.observe(services.map(({ name }) => name)), controlBucket.reports(names.prefix)]);

export const handler = stepHandler(checkServices, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  controlBucket: controlBucket(),
  taskOutput: taskOutput(),
}));
