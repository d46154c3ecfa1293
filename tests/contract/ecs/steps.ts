// The few calls every test of this suite makes, and waiting for what processes do in their own time.
import { readdirSync, readFileSync } from "node:fs";
import {
  type ContainerDefinition,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";

/** Waits until `observe` gives something, looking every 20 ms; fails after `seconds` with what was seen last. */
export async function until<Result>(
  what: string,
  observe: () => Promise<Result | undefined | false>,
  seconds = 10,
): Promise<Result> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await observe();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Registers a task definition whose one container runs `script` in a shell. */
export async function register(
  client: ECSClient,
  script: string,
  container: Partial<ContainerDefinition> = {},
  definition: Partial<RegisterTaskDefinitionCommandInput> = {},
): Promise<string> {
  const main = { name: "main", image: "suite:1", command: ["/bin/sh", "-c", script], stopTimeout: 2, ...container };
  const input = { family: "suite", containerDefinitions: [main], ...definition };
  const answer = await client.send(new RegisterTaskDefinitionCommand(input));
  return answer.taskDefinition?.taskDefinitionArn as string;
}

export async function run(
  client: ECSClient,
  taskDefinition: string,
  more: Partial<RunTaskCommandInput> = {},
): Promise<string> {
  const answer = await client.send(new RunTaskCommand({ cluster: "pool", taskDefinition, ...more }));
  return answer.tasks?.[0]?.taskArn as string;
}

export async function describe(client: ECSClient, task: string): Promise<Task> {
  const answer = await client.send(new DescribeTasksCommand({ cluster: "pool", tasks: [task] }));
  return answer.tasks?.[0] as Task;
}

export function reached(client: ECSClient, task: string, status: string): Promise<Task> {
  return until(`task ${status}`, async () => {
    const seen = await describe(client, task);
    return seen.lastStatus === status && seen;
  });
}

export async function service(client: ECSClient, name: string): Promise<Service> {
  const answer = await client.send(new DescribeServicesCommand({ cluster: "pool", services: [name] }));
  return answer.services?.[0] as Service;
}

/** Tasks of a service whose desired status is RUNNING. */
export async function tasksOf(client: ECSClient, serviceName: string): Promise<string[]> {
  const answer = await client.send(new ListTasksCommand({ cluster: "pool", serviceName }));
  return answer.taskArns ?? [];
}

/** Pids whose environment or command line holds `text`. Zombies have neither. */
export function processesWith(text: string, where: "environ" | "cmdline"): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/${where}`, "latin1").includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}
