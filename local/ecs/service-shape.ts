// A service as DescribeServices answers it: counts are taken from its tasks at this moment.
import type { DeploymentRecord, ServiceRecord, TaskRecord } from "./records.ts";
import type { State } from "./state.ts";

/** The wire form of a service, with its deployments and last twenty events. */
export function wireService(state: State, service: ServiceRecord, withTags: boolean): unknown {
  const tasks = state.store.tasks.values().filter((task) => task.serviceArn === service.arn);
  return {
    ...service.asRequested,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running(tasks),
    pendingCount: pending(tasks),
    taskDefinition: service.deployments[0]?.definitionArn,
    loadBalancers: service.loadBalancers,
    serviceRegistries: [],
    schedulingStrategy: "REPLICA",
    deploymentConfiguration: {
      minimumHealthyPercent: service.minimumHealthyPercent,
      maximumPercent: service.maximumPercent,
    },
    deployments: service.deployments.map((deployment, index) =>
      wireDeployment(service, deployment, index === 0, tasks),
    ),
    events: service.events.map((event) => ({ ...event, createdAt: event.createdAt / 1000 })),
    createdAt: service.createdAt / 1000,
    createdBy: service.createdBy,
    tags: withTags ? service.tags : [],
  };
}

function wireDeployment(
  service: ServiceRecord,
  deployment: DeploymentRecord,
  isPrimary: boolean,
  all: readonly TaskRecord[],
): unknown {
  const tasks = all.filter((task) => task.deploymentId === deployment.id);
  const completed = isPrimary && service.steady;
  return {
    id: deployment.id,
    status: isPrimary ? "PRIMARY" : "ACTIVE",
    taskDefinition: deployment.definitionArn,
    desiredCount: isPrimary ? service.desiredCount : 0,
    runningCount: running(tasks),
    pendingCount: pending(tasks),
    failedTasks: deployment.failedTasks,
    createdAt: deployment.createdAt / 1000,
    updatedAt: deployment.updatedAt / 1000,
    launchType:
      service.asRequested["launchType"] ?? (service.asRequested["capacityProviderStrategy"] ? undefined : "FARGATE"),
    rolloutState: completed || !isPrimary ? "COMPLETED" : "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${deployment.id} ${completed || !isPrimary ? "completed" : "in progress"}.`,
  };
}

/** As ECS counts: a task that was told to stop still runs until it is STOPPED. */
function running(tasks: readonly TaskRecord[]): number {
  return tasks.filter((task) => task.lastStatus === "RUNNING").length;
}

function pending(tasks: readonly TaskRecord[]): number {
  return tasks.filter((task) => task.lastStatus === "PROVISIONING" || task.lastStatus === "PENDING").length;
}
