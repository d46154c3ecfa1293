// What may be registered as a task definition: ECS's own limits, and what a process on one machine can honour.
import type { JsonInput } from "../json-protocol.ts";
import {
  clientException,
  kept,
  list,
  nameValues,
  optionalInteger,
  optionalText,
  refuseUnknown,
  requiredText,
  structure,
  textList,
} from "./input.ts";
import type { ContainerDefinition, DefinitionRecord } from "./records.ts";
import { checkedName } from "./state.ts";

const LARGEST_DEFINITION_BYTES = 64 * 1024;

type CheckedDefinition = Pick<DefinitionRecord, "family" | "container" | "asRegistered"> &
  Partial<Pick<DefinitionRecord, "taskRoleArn" | "executionRoleArn" | "cpu" | "memory">>;

/**
 * Checks a RegisterTaskDefinition request and gives what is kept of it. A member that would change how the task runs
 * and is not implemented here is refused, never ignored; members that only matter inside a container are kept.
 */
export function checkedDefinition(input: JsonInput): CheckedDefinition {
  const size = Buffer.byteLength(JSON.stringify(input));
  if (size > LARGEST_DEFINITION_BYTES) {
    throw clientException(`Actual length: '${size}'. Max allowed length is '${LARGEST_DEFINITION_BYTES}' bytes.`);
  }
  refuseUnknown(input, [...ACTED_ON, ...KEPT], "task definition");
  const family = checkedName(requiredText(input, "family"), "family");
  const containers = list(input, "containerDefinitions");
  if (containers.length === 0) throw clientException("Container list cannot be empty.");
  if (containers.length > 1) {
    throw clientException(
      "This one-machine region runs exactly one container per task: register one container definition.",
    );
  }
  const optional = {
    taskRoleArn: optionalText(input, "taskRoleArn"),
    executionRoleArn: optionalText(input, "executionRoleArn"),
    cpu: units(optionalText(input, "cpu"), "cpu", /^(\d+(?:\.\d+)?) ?vcpu$/i),
    memory: units(optionalText(input, "memory"), "memory", /^(\d+(?:\.\d+)?) ?gb$/i),
  };
  const present = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { family, container: checkedContainer(containers[0]), asRegistered: kept(input, KEPT), ...present };
}

const ACTED_ON = ["family", "containerDefinitions", "taskRoleArn", "executionRoleArn", "cpu", "memory", "tags"];
const KEPT = [
  ...[
    "networkMode",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "runtimePlatform",
    "ephemeralStorage",
  ],
];
const CONTAINER_ACTED_ON = [
  ...["name", "image", "essential", "command", "entryPoint", "environment", "secrets", "portMappings", "stopTimeout"],
  ...["workingDirectory", "cpu", "memory"],
];
const CONTAINER_KEPT = [
  ...["logConfiguration", "linuxParameters", "readonlyRootFilesystem", "ulimits", "mountPoints", "volumesFrom"],
  ...["memoryReservation", "startTimeout", "dockerLabels", "versionConsistency", "user", "systemControls"],
];

function checkedContainer(value: unknown): ContainerDefinition {
  const container = structure(value, "containerDefinitions");
  refuseUnknown(container, [...CONTAINER_ACTED_ON, ...CONTAINER_KEPT], "container definition");
  if (container["essential"] === false)
    throw clientException("TaskDefinition must have at least one essential container.");
  const name = checkedName(requiredText(container, "name"), "Container.name");
  const image = optionalText(container, "image");
  if (!image) throw clientException("Container.image should not be null or empty.");
  optionalInteger(container, "stopTimeout", 0, 120);
  textList(container, "command");
  textList(container, "entryPoint");
  optionalInteger(container, "memory", 1, 1_048_576);
  if (container["workingDirectory"] !== undefined && !requiredText(container, "workingDirectory").startsWith("/")) {
    throw clientException("Container.workingDirectory must be an absolute path.");
  }
  const environment = nameValues(container, "environment");
  const secrets = list(container, "secrets").map((entry) => {
    const secret = structure(entry, "secrets");
    return { name: requiredText(secret, "name"), valueFrom: requiredText(secret, "valueFrom") };
  });
  const both = secrets.find((secret) => environment.some((variable) => variable.name === secret.name));
  if (both) {
    throw clientException(
      `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${both.name}'.`,
    );
  }
  const portMappings = list(container, "portMappings").map((entry) => {
    const mapping = structure(entry, "portMappings");
    const containerPort = optionalInteger(mapping, "containerPort", 1, 65_535);
    if (containerPort === undefined) throw clientException("Container.portMappings needs a containerPort.");
    const protocol = optionalText(mapping, "protocol") ?? "tcp";
    if (protocol !== "tcp") throw clientException("This one-machine region maps tcp ports only.");
    return { ...mapping, containerPort, protocol };
  });
  return { ...container, name, image, essential: true, environment, secrets, portMappings } as ContainerDefinition;
}

/** CPU units or MiB as text; `2 vCPU` and `4 GB` are turned into them as ECS does. */
function units(value: string | undefined, what: string, large: RegExp): string | undefined {
  if (value === undefined || /^\d+$/.test(value)) return value;
  const amount = large.exec(value)?.[1];
  if (amount === undefined) throw clientException(`Invalid '${what}' setting for task.`);
  return String(Math.round(Number(amount) * 1024));
}
