// A task's content as ECS wants it registered: pure, and hashed, so that a repeat registers nothing.
import { createHash } from "node:crypto";
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import type { TaskSpec } from "../domain/service-specs.ts";

/** Who a task is, towards AWS. */
export interface TaskRoles {
  /** Starts the task: pulls the image, reads the secrets. */
  readonly taskExecutionRoleArn: string;
  /** What the task itself may do. */
  readonly taskRoleArn: string;
  /** The same for a task that builds a layer. */
  readonly builderRoleArn: string;
}

/** What a definition says beside the spec. */
export interface TaskSurroundings extends TaskRoles {
  /** Where a container's output goes; null where the tasks' machine keeps it itself. */
  readonly logs: { readonly group: string; readonly region: string } | null;
}

/** The one container of a Hangar task; a service's target group points at it. */
export const containerName = "airflow";

/** Docker label that carries the hash of everything else in the definition. */
const specLabel = "hangar.spec";

/**
 * The registration of a spec.
 * @param secretArn the secret whose JSON keys the spec's variables name
 */
export function taskDefinition(
  spec: TaskSpec,
  secretArn: string,
  surroundings: TaskSurroundings,
): RegisterTaskDefinitionCommandInput & { readonly specHash: string } {
  const container = {
    name: containerName,
    image: spec.image,
    command: [...spec.command],
    essential: true,
    environment: ordered(spec.environment).map(([name, value]) => ({ name, value })),
    secrets: ordered(spec.secrets).map(([name, key]) => ({ name, valueFrom: `${secretArn}:${key}::` })),
    stopTimeout: spec.stopTimeoutSeconds,
    ...(surroundings.logs ? { logConfiguration: awslogs(surroundings.logs, spec.family) } : {}),
    ...(spec.containerPort === undefined
      ? {}
      : { portMappings: [{ containerPort: spec.containerPort, protocol: "tcp" as const }] }),
  };
  const definition = {
    family: spec.family,
    requiresCompatibilities: ["FARGATE" as const],
    networkMode: "awsvpc" as const,
    cpu: String(spec.cpu),
    memory: String(spec.memoryMegabytes),
    executionRoleArn: surroundings.taskExecutionRoleArn,
    taskRoleArn: spec.role === "builder" ? surroundings.builderRoleArn : surroundings.taskRoleArn,
  };
  const specHash = createHash("sha256")
    .update(JSON.stringify([definition, container]))
    .digest("hex");
  return { ...definition, containerDefinitions: [{ ...container, dockerLabels: { [specLabel]: specHash } }], specHash };
}

const awslogs = (logs: { readonly group: string; readonly region: string }, family: string) => ({
  logDriver: "awslogs" as const,
  options: { "awslogs-group": logs.group, "awslogs-region": logs.region, "awslogs-stream-prefix": family },
});

/** The hash a registered definition carries, if it is one of ours. */
export function specHashOf(
  definition:
    | {
        readonly containerDefinitions?:
          | readonly { readonly dockerLabels?: Record<string, string> | undefined }[]
          | undefined;
      }
    | undefined,
): string | undefined {
  return definition?.containerDefinitions?.[0]?.dockerLabels?.[specLabel];
}

const ordered = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
