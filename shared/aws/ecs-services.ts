// Services on ECS: made or updated, observed, deleted.
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  type ECSClient,
  type Service,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { ServiceSpec } from "../domain/service-specs.ts";
import type { ServiceObservation } from "../domain/verdict.ts";
import type { EcsSettings } from "./ecs-containers.ts";
import { isAlive, stopReason, taskId, tasksOf } from "./ecs-tasks.ts";
import { startToken } from "./start-token.ts";
import { containerName } from "./task-definition.ts";

/** DescribeServices takes this many. */
const batchSize = 10;

/** Creates the service, or brings the one that is there to this definition and count. */
export async function ensureService(
  client: ECSClient,
  settings: EcsSettings,
  spec: ServiceSpec,
  taskDefinition: string,
  targetGroupArn: string | null,
): Promise<void> {
  const { cluster } = settings;
  const { name: serviceName, desiredCount } = spec;
  const [found] = await describe(client, cluster, [serviceName]);
  if (found?.status === "ACTIVE") {
    if (found.taskDefinition === taskDefinition && found.desiredCount === desiredCount) return;
    await client.send(new UpdateServiceCommand({ cluster, service: serviceName, taskDefinition, desiredCount }));
    return;
  }
  const { containerPort } = spec.task;
  const behind = targetGroupArn !== null && containerPort !== undefined;
  await client.send(
    new CreateServiceCommand({
      cluster,
      serviceName,
      taskDefinition,
      desiredCount,
      // two hands that create at once make one service
      clientToken: startToken(`${serviceName} ${taskDefinition} ${desiredCount}`),
      launchType: "FARGATE",
      networkConfiguration: { awsvpcConfiguration: network(settings) },
      ...(behind ? { loadBalancers: [{ targetGroupArn, containerName, containerPort }] } : {}),
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        // the ladder decides what a failed deployment means
        deploymentCircuitBreaker: { enable: false, rollback: false },
      },
      enableExecuteCommand: false,
    }),
  );
}

/** Subnets and groups as ECS takes them. */
export const network = ({ network }: EcsSettings) => ({
  subnets: [...network.subnetIds],
  securityGroups: [...network.securityGroupIds],
});

/** What ECS says of these services. One that is gone, with all of its tasks, is left out. */
export async function observeServices(
  client: ECSClient,
  cluster: string,
  names: readonly string[],
): Promise<readonly ServiceObservation[]> {
  const services = await describe(client, cluster, names);
  const observed = await Promise.all(
    services.map(async (service): Promise<ServiceObservation | undefined> => {
      const tasks = await tasksOf(client, cluster, { serviceName: service.serviceName! });
      const alive = tasks.filter(isAlive);
      if (service.status === "INACTIVE" && alive.length === 0) return undefined;
      const stopped = tasks
        .filter((task) => !isAlive(task))
        .sort((a, b) => (b.stoppedAt?.getTime() ?? 0) - (a.stoppedAt?.getTime() ?? 0));
      return {
        name: service.serviceName!,
        runningTaskIds: alive.map(taskId),
        endingTaskIds: alive.filter(({ desiredStatus }) => desiredStatus === "STOPPED").map(taskId),
        desiredCount: service.desiredCount ?? 0,
        events: (service.events ?? []).map((event) => event.message ?? ""),
        stopped: stopped.map((task) => ({
          taskId: taskId(task),
          reason: stopReason(task),
          failedToStart: task.stopCode === "TaskFailedToStart",
          exitCode: task.containers?.[0]?.exitCode ?? null,
        })),
      };
    }),
  );
  return observed.filter((observation) => observation !== undefined);
}

/** Deletes a service with its tasks; gone already is fine. */
export async function removeService(client: ECSClient, cluster: string, service: string): Promise<void> {
  try {
    await client.send(new DeleteServiceCommand({ cluster, service, force: true }));
  } catch (error) {
    if (!(error instanceof Error) || !["ServiceNotFoundException", "ServiceNotActiveException"].includes(error.name))
      throw error;
  }
}

async function describe(client: ECSClient, cluster: string, names: readonly string[]): Promise<readonly Service[]> {
  const services: Service[] = [];
  for (let at = 0; at < names.length; at += batchSize) {
    const answer = await client.send(
      new DescribeServicesCommand({ cluster, services: names.slice(at, at + batchSize) }),
    );
    const failure = answer.failures?.find(({ reason }) => reason !== "MISSING");
    if (failure) throw new Error(`ECS could not describe ${failure.arn}: ${failure.reason}.`);
    services.push(...(answer.services ?? []));
  }
  return services;
}
