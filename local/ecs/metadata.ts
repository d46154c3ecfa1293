// The ECS task metadata (version 4) and agent endpoints, as a task sees them. The token in the path is the credential.
import { randomUUID } from "node:crypto";
import { findDefinition } from "./task-definitions.ts";
import { protectionOf, protectTask } from "./protection.ts";
import type { TaskRecord } from "./records.ts";
import { arnOf, type State, shortName } from "./state.ts";
import type { TaskTokens } from "./task-tokens.ts";

export interface MetadataResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Answers a task's request.
 * @param token the unguessable segment after the metadata base
 * @param path what follows the token, e.g. `/task` or `/task-protection/v1/state`; empty for the container itself
 */
export function answerMetadata(
  state: State,
  tokens: TaskTokens,
  token: string,
  method: string,
  path: string,
  body: string,
): MetadataResponse {
  const task = tokens.taskOf(token);
  if (!task) return json(404, { error: "no running task has this address" });
  if (path === "/task-protection/v1/state") return protection(state, task, method, body);
  if (method !== "GET") return json(405, { error: "method not allowed" });
  if (path === "" || path === "/") return json(200, container(state, task));
  if (path === "/task") return json(200, { ...taskMetadata(state, task), Containers: [container(state, task)] });
  return json(404, { error: `${path} is not served by this one-machine region` });
}

function taskMetadata(state: State, task: TaskRecord): Record<string, unknown> {
  const [family, revision] = shortName(task.definitionArn).split(":");
  return {
    Cluster: task.clusterArn,
    TaskARN: task.arn,
    Family: family,
    Revision: revision,
    ...(task.serviceArn === undefined ? {} : { ServiceName: shortName(task.serviceArn) }),
    DesiredStatus: task.desiredStatus,
    // The agent's view: a task that can ask runs.
    KnownStatus: "RUNNING",
    ...limits(state, task),
    PullStartedAt: instant(task.pullStartedAt),
    PullStoppedAt: instant(task.pullStoppedAt),
    AvailabilityZone: `${state.context.region}a`,
    LaunchType: task.launchType,
  };
}

/** vCPU and MiB of the whole task; no member of a definition that has none. */
function limits(state: State, task: TaskRecord): Record<string, unknown> {
  const { cpu, memory } = findDefinition(state, task.definitionArn) ?? {};
  if (cpu === undefined && memory === undefined) return {};
  return {
    Limits: {
      ...(cpu === undefined ? {} : { CPU: Number(cpu) / 1024 }),
      ...(memory === undefined ? {} : { Memory: Number(memory) }),
    },
  };
}

function container(state: State, task: TaskRecord): Record<string, unknown> {
  const definition = findDefinition(state, task.definitionArn);
  return {
    DockerId: `${task.id}-main`,
    Name: task.containerName,
    DockerName: task.containerName,
    Image: definition?.container.image,
    Labels: {
      "com.amazonaws.ecs.cluster": task.clusterArn,
      "com.amazonaws.ecs.container-name": task.containerName,
      "com.amazonaws.ecs.task-arn": task.arn,
    },
    DesiredStatus: task.desiredStatus,
    KnownStatus: "RUNNING",
    CreatedAt: instant(task.createdAt),
    StartedAt: instant(task.startedAt),
    Type: "NORMAL",
    ContainerARN: arnOf(state, `container/${shortName(task.clusterArn)}/${task.id}/main`),
    Networks: [{ NetworkMode: "host", IPv4Addresses: ["127.0.0.1"] }],
    Ports: task.ports.map((port) => ({
      ContainerPort: port.containerPort,
      Protocol: port.protocol,
      HostPort: port.hostPort,
    })),
  };
}

function protection(state: State, task: TaskRecord, method: string, body: string): MetadataResponse {
  const requestID = randomUUID();
  const fault = (Code: string, Message: string) => json(400, { requestID, error: { Arn: task.arn, Code, Message } });
  if (method === "PUT") {
    const wanted = parse(body);
    const enabled = wanted?.["ProtectionEnabled"];
    const minutes = wanted?.["ExpiresInMinutes"];
    if (typeof enabled !== "boolean")
      return fault("InvalidParameterException", "ProtectionEnabled is required: true or false.");
    const inRange = typeof minutes === "number" && Number.isInteger(minutes) && minutes >= 1 && minutes <= 2880;
    if (minutes !== undefined && !inRange)
      return fault("InvalidParameterException", "ExpiresInMinutes must be from 1 to 2880.");
    const refusal = protectTask(state, task, enabled, inRange ? minutes : undefined);
    if (refusal) {
      return json(200, { requestID, failure: { Arn: task.arn, Reason: refusal.reason, Detail: refusal.detail } });
    }
  } else if (method !== "GET") return json(405, { error: "method not allowed" });
  const until = protectionOf(state, task);
  return json(200, {
    requestID,
    protection: { ExpirationDate: instant(until) ?? null, ProtectionEnabled: until !== undefined, TaskArn: task.arn },
  });
}

function parse(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

function json(status: number, body: unknown): MetadataResponse {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
