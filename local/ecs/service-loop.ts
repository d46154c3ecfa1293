// Carries out the plan of each service: starts and stops tasks, ends deployments, keeps events. The plan itself is pure.
import type { ServiceRecord, TaskRecord } from "./records.ts";
import { addEvent, taskNames } from "./service-events.ts";
import { afterFailure, planService, type ServicePlan } from "./service-plan.ts";
import type { State } from "./state.ts";
import { hasMemoryFor, newTask, stopTask } from "./tasks.ts";

export interface ServiceLoop {
  /** Brings every service one step nearer to what is wanted. @returns milliseconds until it has to look again */
  look(): number;
  /** Counts a task that ended by itself against its deployment. */
  taskEnded(task: TaskRecord): void;
  /** Records what the load balancer was told. */
  targetsChanged(service: ServiceRecord, verb: "registered" | "deregistered", targetGroupArn: string): void;
}

export function createServiceLoop(state: State): ServiceLoop {
  const { context, store } = state;

  function lookAt(service: ServiceRecord): number {
    const now = context.now();
    const tasks = tasksOf(service);
    const plan = planService(service, tasks, now);
    const before = JSON.stringify([service.events[0]?.id, service.deployments, service.steady, service.status]);
    for (const { task, reason } of plan.stop) stopTask(state, task, "ServiceSchedulerInitiated", reason);
    if (plan.stop.length > 0) {
      const stopped = plan.stop.map(({ task }) => task);
      addEvent(service, `has stopped ${stopped.length} running tasks: ${taskNames(stopped)}.`, now);
    }
    if (plan.protectedTasks > 0) {
      addEvent(service, `was unable to scale in because ${plan.protectedTasks} tasks are under protection.`, now);
    }
    if (plan.start > 0) startTasks(service, plan.start);
    settle(service, plan, tasks, now);
    const after = JSON.stringify([service.events[0]?.id, service.deployments, service.steady, service.status]);
    if (after !== before) store.services.put(service.arn, service);
    return plan.wakeAt === undefined ? 1000 : Math.max(0, plan.wakeAt - now);
  }

  function startTasks(service: ServiceRecord, count: number): void {
    const now = context.now();
    const deployment = service.deployments[0];
    const definition = deployment && store.definitions.get(deployment.definitionArn);
    const cluster = store.clusters.values().find((one) => one.arn === service.clusterArn);
    if (!deployment || !definition || !cluster) return;
    const started: TaskRecord[] = [];
    for (let index = 0; index < count; index += 1) {
      if (!hasMemoryFor(state, definition)) {
        const where = "because no container instance met all of its requirements";
        addEvent(service, `was unable to place a task ${where}. Reason: insufficient memory available.`, now);
        deployment.notBefore = now + 5000;
        break;
      }
      const tags = { SERVICE: service.tags, TASK_DEFINITION: definition.tags }[
        String(service.asRequested["propagateTags"])
      ];
      const task = newTask(state, {
        cluster,
        definition,
        group: `service:${service.name}`,
        launchType: String(service.asRequested["launchType"] ?? "FARGATE"),
        service: { arn: service.arn, deploymentId: deployment.id },
        startedBy: deployment.id,
        ...(tags ? { tags } : {}),
      });
      store.tasks.put(task.id, task);
      started.push(task);
    }
    if (started.length === 0) return;
    addEvent(service, `has started ${started.length} tasks: ${taskNames(started)}.`, now);
    state.wake();
  }

  function settle(service: ServiceRecord, plan: ServicePlan, tasks: readonly TaskRecord[], now: number): void {
    if (service.status === "DRAINING" && tasks.length === 0) {
      service.status = "INACTIVE";
      service.endedAt = now;
      service.deployments = [];
      return;
    }
    if (service.status !== "ACTIVE") return;
    service.deployments = service.deployments.filter(
      (deployment, index) => index === 0 || tasks.some((task) => task.deploymentId === deployment.id),
    );
    if (plan.steady && !service.steady) {
      addEvent(service, `(deployment ${service.deployments[0]?.id}) deployment completed.`, now);
      addEvent(service, "has reached a steady state.", now);
    }
    service.steady = plan.steady;
  }

  function tasksOf(service: ServiceRecord): TaskRecord[] {
    return store.tasks.values().filter((task) => task.serviceArn === service.arn && task.lastStatus !== "STOPPED");
  }

  return {
    look: () => {
      let next = 1000;
      for (const service of store.services.values()) {
        if (service.status !== "INACTIVE") next = Math.min(next, lookAt(service));
      }
      return next;
    },
    taskEnded: (task) => {
      const service = store.services.get(task.serviceArn ?? "");
      if (!service || (task.stopCode !== "EssentialContainerExited" && task.stopCode !== "TaskFailedToStart")) return;
      const now = context.now();
      service.deployments = service.deployments.map((deployment) =>
        deployment.id === task.deploymentId ? afterFailure(deployment, task, now) : deployment,
      );
      service.steady = false;
      if ((service.deployments[0]?.failures ?? 0) >= 3) {
        addEvent(service, "is unable to consistently start tasks successfully.", now);
      }
      store.services.put(service.arn, service);
    },
    targetsChanged: (service, verb, targetGroupArn) => {
      addEvent(service, `${verb} 1 targets in (target-group ${targetGroupArn})`, context.now());
      store.services.put(service.arn, service);
    },
  };
}
