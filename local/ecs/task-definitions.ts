// Task definition operations: register, describe, deregister, delete, list. What can be registered is checked next door.
import type { JsonInput, JsonOperation, ServiceError } from "../json-protocol.ts";
import { checkedDefinition } from "./definition-rules.ts";
import { clientException, invalidParameter, optionalText, page, requiredText, tags, textList } from "./input.ts";
import type { DefinitionRecord } from "./records.ts";
import { arnOf, type State, shortName } from "./state.ts";

/** The five operations on task definitions. */
export function taskDefinitionOperations(state: State): Record<string, JsonOperation> {
  const { store, context } = state;
  return {
    RegisterTaskDefinition: (input, request) => {
      const checked = checkedDefinition(input);
      const revision = (store.families.get(checked.family)?.revision ?? 0) + 1;
      const definition: DefinitionRecord = {
        ...checked,
        arn: arnOf(state, `task-definition/${checked.family}:${revision}`),
        revision,
        status: "ACTIVE",
        registeredAt: context.now(),
        registeredBy: request.caller.arn,
        tags: tags(input),
      };
      store.atomically(() => {
        store.families.put(checked.family, { revision });
        store.definitions.put(definition.arn, definition);
      });
      return { taskDefinition: wireDefinition(definition), tags: definition.tags };
    },
    DescribeTaskDefinition: (input) => {
      const definition = findDefinition(state, requiredText(input, "taskDefinition"));
      if (!definition) throw unableToDescribe();
      return {
        taskDefinition: wireDefinition(definition),
        tags: textList(input, "include").includes("TAGS") ? definition.tags : [],
      };
    },
    DeregisterTaskDefinition: (input) => {
      const name = requiredText(input, "taskDefinition");
      if (!/:\d+$/.test(name))
        throw clientException("The task definition must be named with its revision, family:revision.");
      const definition = findDefinition(state, name);
      if (!definition) throw clientException("The specified task definition does not exist.");
      if (definition.status === "ACTIVE") {
        definition.status = "INACTIVE";
        definition.deregisteredAt = context.now();
        store.definitions.put(definition.arn, definition);
      }
      return { taskDefinition: wireDefinition(definition) };
    },
    DeleteTaskDefinitions: (input) => deleteDefinitions(state, input),
    ListTaskDefinitions: (input) => {
      const family = optionalText(input, "familyPrefix");
      const status = optionalText(input, "status") ?? "ACTIVE";
      const arns = store.definitions
        .values()
        .filter((definition) => definition.status === status && (!family || definition.family === family))
        .sort((one, other) =>
          one.family < other.family ? -1 : one.family > other.family ? 1 : one.revision - other.revision,
        )
        .map((definition) => definition.arn);
      if (optionalText(input, "sort") === "DESC") arns.reverse();
      const { arns: taskDefinitionArns, nextToken } = page(input, arns);
      return { taskDefinitionArns, nextToken };
    },
  };
}

/** A definition by ARN, `family:revision`, or `family` (its newest active revision). */
export function findDefinition(state: State, name: string): DefinitionRecord | undefined {
  const short = shortName(name);
  if (name.startsWith("arn:") && !name.startsWith(arnOf(state, "task-definition/"))) return undefined;
  if (short.includes(":")) return state.store.definitions.get(arnOf(state, `task-definition/${short}`));
  return state.store.definitions
    .values()
    .filter((definition) => definition.family === short && definition.status === "ACTIVE")
    .reduce<DefinitionRecord | undefined>(
      (newest, one) => (newest && newest.revision > one.revision ? newest : one),
      undefined,
    );
}

/** A definition that new tasks may be started from, or ECS's refusal. */
export function runnableDefinition(state: State, name: string): DefinitionRecord {
  const definition = findDefinition(state, name);
  if (!definition) throw clientException("TaskDefinition not found.");
  if (definition.status !== "ACTIVE") throw clientException("TaskDefinition is inactive");
  return definition;
}

/** Forgets definitions whose deletion was asked for and that no live task or service uses any more. */
export function forgetDeletedDefinitions(state: State): void {
  for (const definition of state.store.definitions.values()) {
    if (definition.status === "DELETE_IN_PROGRESS" && !isUsed(state, definition))
      state.store.definitions.delete(definition.arn);
  }
}

function deleteDefinitions(state: State, input: JsonInput): unknown {
  const names = textList(input, "taskDefinitions");
  if (names.length === 0 || names.length > 10) throw invalidParameter("Specify from 1 to 10 task definitions.");
  const deleted: unknown[] = [];
  const failures: unknown[] = [];
  for (const name of names) {
    const definition = /:\d+$/.test(name) ? findDefinition(state, name) : undefined;
    if (!definition) failures.push({ arn: name, reason: "The specified task definition does not exist." });
    else if (definition.status === "ACTIVE") {
      const reason =
        "The specified task definition is still in ACTIVE status. Please deregister the target and try again.";
      failures.push({ arn: definition.arn, reason });
    } else {
      definition.status = "DELETE_IN_PROGRESS";
      state.store.definitions.put(definition.arn, definition);
      deleted.push(wireDefinition(definition));
    }
  }
  state.wake();
  return { taskDefinitions: deleted, failures };
}

function isUsed(state: State, definition: DefinitionRecord): boolean {
  const { tasks, services } = state.store;
  return (
    tasks.values().some((task) => task.definitionArn === definition.arn && task.lastStatus !== "STOPPED") ||
    services
      .values()
      .some(
        (service) =>
          service.status !== "INACTIVE" && service.deployments.some((one) => one.definitionArn === definition.arn),
      )
  );
}

function wireDefinition(definition: DefinitionRecord): unknown {
  return {
    ...definition.asRegistered,
    taskDefinitionArn: definition.arn,
    family: definition.family,
    revision: definition.revision,
    status: definition.status,
    containerDefinitions: [definition.container],
    taskRoleArn: definition.taskRoleArn,
    executionRoleArn: definition.executionRoleArn,
    cpu: definition.cpu,
    memory: definition.memory,
    registeredAt: definition.registeredAt / 1000,
    registeredBy: definition.registeredBy,
    ...(definition.deregisteredAt === undefined ? {} : { deregisteredAt: definition.deregisteredAt / 1000 }),
  };
}

function unableToDescribe(): ServiceError {
  return clientException("Unable to describe task definition.");
}
