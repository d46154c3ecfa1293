// Task definitions on ECS: registered when their content is new, deregistered by family.
import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  type ECSClient,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import type { TaskSpec } from "../domain/service-specs.ts";
import { specHashOf, type TaskSurroundings, taskDefinition } from "./task-definition.ts";

const mostPages = 20;

/** Registers the spec unless the family's newest revision says the same. @returns the revision's ARN */
export async function ensureTaskDefinition(
  client: ECSClient,
  spec: TaskSpec,
  secretArn: string,
  surroundings: TaskSurroundings,
): Promise<string> {
  const { specHash, ...wanted } = taskDefinition(spec, secretArn, surroundings);
  const newest = await newestRevision(client, spec.family);
  if (newest?.taskDefinitionArn && specHashOf(newest) === specHash) return newest.taskDefinitionArn;
  const registered = await client.send(new RegisterTaskDefinitionCommand(wanted));
  return registered.taskDefinition!.taskDefinitionArn!;
}

/** Deregisters every active revision of a family; none is fine. */
export async function deregisterFamily(client: ECSClient, family: string): Promise<void> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const answer = await client.send(
      new ListTaskDefinitionsCommand({
        familyPrefix: family,
        status: "ACTIVE",
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    arns.push(...(answer.taskDefinitionArns ?? []));
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  for (const taskDefinition of arns) await client.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
}

async function newestRevision(client: ECSClient, family: string) {
  try {
    return (await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: family }))).taskDefinition;
  } catch (error) {
    // ECS has no name for "no such family": it is a ClientException that says so
    if (error instanceof Error && error.name === "ClientException" && /unable to describe/i.test(error.message))
      return undefined;
    throw error;
  }
}
