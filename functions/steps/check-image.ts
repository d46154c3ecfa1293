// Can a task of the new image be started? Asked while everything runs: later, an image that is missing would cost a pause.
import { deadlineOf } from "../../shared/domain/check-deadline.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { Containers } from "../../shared/ports/containers.ts";
import type { TaskOutput } from "../../shared/ports/task-output.ts";
import { clock } from "../../shared/runtime/provide/clock.ts";
import { containers } from "../../shared/runtime/provide/containers.ts";
import { operations } from "../../shared/runtime/provide/operations.ts";
import { taskOutput } from "../../shared/runtime/provide/task-output.ts";
import { type CheckStep, stepHandler } from "../../shared/runtime/step-handler.ts";
import { justStarted, lookAtTask } from "../../shared/runtime/upgrade-look.ts";

interface Ports {
  readonly containers: Containers;
  readonly taskOutput: TaskOutput;
}

export const checkImage: CheckStep<Ports, UpgradePlan> = {
  deadlineSeconds: (plan) => deadlineOf(plan, "check-image"),
  lastLines: ({ plan: { trying } }, { taskOutput }) => taskOutput.ofOneOff(trying.family, trying.family),
  async check({ operation, plan, now }, ports) {
    const task = await lookAtTask(plan.trying, ports);
    const { image } = plan.trying;
    if (task.state === "stopped" && task.exitCode === 0)
      return { verdict: "ready", reason: `a task of ${image} has run` };
    if (task.state === "stopped") {
      const code = task.exitCode === null ? "did not start" : `ended with exit code ${task.exitCode}`;
      return { verdict: "failed", reason: `a task of the image ${image} ${code}: ${task.reason}` };
    }
    if (task.state === "running" || justStarted(operation, "prepare-generation", now))
      return { verdict: "notYet", reason: `the task that tries the image ${image} has not ended` };
    return { verdict: "failed", reason: `what became of the task that tried the image ${image} is not known any more` };
  },
};

export const handler = stepHandler(checkImage, () => ({
  operations: operations(),
  clock: clock(),
  containers: containers(),
  taskOutput: taskOutput(),
}));
