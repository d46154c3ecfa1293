// Service operations. They write down what is wanted; service-loop.ts brings it about.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import {
  invalidParameter,
  optionalFlag,
  optionalInteger,
  optionalText,
  page,
  requestHash,
  requiredText,
  tags,
  textList,
} from "./input.ts";
import type { ClusterRecord, DefinitionRecord, DeploymentRecord, ServiceRecord } from "./records.ts";
import { checkedServiceMembers, deploymentPercents, loadBalancers } from "./service-rules.ts";
import { wireService } from "./service-shape.ts";
import { checkedName, clusterOf, findService, type State, serviceArn, shortName } from "./state.ts";
import { runnableDefinition } from "./task-definitions.ts";

const MOST_TASKS = 5000;

/** CreateService, UpdateService, DescribeServices, ListServices and DeleteService. */
export function serviceOperations(state: State): Record<string, JsonOperation> {
  return {
    CreateService: (input, request) => createService(state, input, request.caller.arn),
    UpdateService: (input) => updateService(state, input),
    DescribeServices: (input) => {
      const cluster = clusterOf(state, input);
      const names = textList(input, "services");
      if (names.length === 0) throw invalidParameter("Services cannot be empty.");
      if (names.length > 10) throw invalidParameter("Services must have length less than or equal to 10.");
      const withTags = textList(input, "include").includes("TAGS");
      return {
        services: names.flatMap((name) => {
          const service = findService(state, cluster, name);
          return service ? [wireService(state, service, withTags)] : [];
        }),
        failures: names
          .filter((name) => !findService(state, cluster, name))
          .map((name) => ({ arn: serviceArn(state, cluster, shortName(name)), reason: "MISSING" })),
      };
    },
    ListServices: (input) => {
      const cluster = clusterOf(state, input);
      const active = state.store.services
        .values()
        .filter((service) => service.clusterArn === cluster.arn && service.status !== "INACTIVE");
      const { arns: serviceArns, nextToken } = page(
        { maxResults: 10, ...input },
        active.map((service) => service.arn),
      );
      return { serviceArns, nextToken };
    },
    DeleteService: (input) => {
      const cluster = clusterOf(state, input);
      const service = activeService(state, cluster, requiredText(input, "service"), ["ACTIVE", "DRAINING"]);
      if (service.desiredCount > 0 && optionalFlag(input, "force") !== true && service.status === "ACTIVE") {
        throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
      }
      service.status = "DRAINING";
      service.desiredCount = 0;
      state.store.services.put(service.arn, service);
      state.wake();
      return { service: wireService(state, service, false) };
    },
  };
}

function createService(state: State, input: JsonInput, createdBy: string): unknown {
  const cluster = clusterOf(state, input);
  const name = checkedName(requiredText(input, "serviceName"), "serviceName");
  const clientToken = optionalText(input, "clientToken", 64);
  const hash = requestHash({ ...input, cluster: cluster.arn });
  const existing = findService(state, cluster, name);
  if (existing?.status === "DRAINING") throw invalidParameter("Unable to Start a service that is still Draining.");
  if (existing?.status === "ACTIVE") {
    if (clientToken === undefined || existing.clientToken !== clientToken || existing.requestHash !== hash) {
      throw invalidParameter("Creation of service was not idempotent.");
    }
    return { service: wireService(state, existing, false) };
  }
  const asRequested = checkedServiceMembers(input);
  const definition = runnableDefinition(state, requiredText(input, "taskDefinition"));
  const now = state.context.now();
  const service: ServiceRecord = {
    name,
    arn: serviceArn(state, cluster, name),
    clusterArn: cluster.arn,
    status: "ACTIVE",
    desiredCount: optionalInteger(input, "desiredCount", 0, MOST_TASKS) ?? 0,
    ...(clientToken === undefined ? {} : { clientToken }),
    requestHash: hash,
    loadBalancers: loadBalancers(input, definition),
    ...deploymentPercents(input, { minimumHealthyPercent: 100, maximumPercent: 200 }),
    deployments: [newDeployment(definition, now)],
    events: [],
    steady: false,
    createdAt: now,
    createdBy,
    asRequested,
    tags: tags(input),
  };
  state.store.services.put(service.arn, service);
  state.wake();
  return { service: wireService(state, service, false) };
}

function updateService(state: State, input: JsonInput): unknown {
  const cluster = clusterOf(state, input);
  const service = activeService(state, cluster, requiredText(input, "service"), ["ACTIVE"]);
  const now = state.context.now();
  const asRequested = { ...service.asRequested, ...checkedServiceMembers(input) };
  const current = service.deployments[0];
  const named = optionalText(input, "taskDefinition");
  const definition = named === undefined ? undefined : runnableDefinition(state, named);
  const desiredCount = optionalInteger(input, "desiredCount", 0, MOST_TASKS) ?? service.desiredCount;
  Object.assign(service, deploymentPercents(input, service), { asRequested, desiredCount, steady: false });
  const changed = definition !== undefined && definition.arn !== current?.definitionArn;
  if (changed || optionalFlag(input, "forceNewDeployment") === true) {
    const next = definition ?? runnableDefinition(state, current?.definitionArn ?? "");
    service.deployments = [newDeployment(next, now), ...service.deployments];
  } else if (current) current.updatedAt = now;
  state.store.services.put(service.arn, service);
  state.wake();
  return { service: wireService(state, service, false) };
}

function newDeployment(definition: DefinitionRecord, now: number): DeploymentRecord {
  const digits = Array.from({ length: 19 }, () => Math.floor(Math.random() * 10)).join("");
  return {
    id: `ecs-svc/${digits}`,
    definitionArn: definition.arn,
    createdAt: now,
    updatedAt: now,
    failures: 0,
    lastFailureAt: 0,
    notBefore: 0,
    failedTasks: 0,
  };
}

function activeService(state: State, cluster: ClusterRecord, name: string, statuses: readonly string[]): ServiceRecord {
  const service = findService(state, cluster, name);
  if (!service) throw new ServiceError("ServiceNotFoundException", "Service not found.");
  if (!statuses.includes(service.status))
    throw new ServiceError("ServiceNotActiveException", "Service was not ACTIVE.");
  return service;
}
