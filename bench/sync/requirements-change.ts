// From another requirements.txt to AVAILABLE with tasks that have it: a layer is built off to the side, then all rolls. The
// packages are in uv's cache by then, the layer is not: its file has never been seen before.
import { DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { type Environment, environmentFailure, findEnvironment, updateEnvironment } from "../../cli/environments.ts";
import type { BenchHome } from "../bench-home.ts";
import type { Bench } from "../benchmark.ts";
import { againstLimit, type Row } from "../measurement.ts";
import { spreadOf } from "../statistics.ts";
import { pause, secondsSince, waitFor } from "../waiting.ts";
import type { SyncEnvironment } from "./environment.ts";

const limitSeconds = 90;
const cluster = "hangar";
const key = "requirements.txt";
const updatedSeconds = 1800;
const lookMilliseconds = 250;
/** Not in the image; small, with nothing of their own behind them. */
const packages = ["apache-airflow-providers-ftp", "apache-airflow-providers-imap"];

interface Rolled {
  readonly available: number;
  readonly stopped: number;
}

/** @param environment idle, with tasks of one generation */
export async function measureRequirementsChange(
  home: BenchHome,
  environment: SyncEnvironment,
  bench: Bench,
): Promise<readonly Row[]> {
  const ecs = new ECSClient(home.sdk());
  try {
    const first = await change(home, ecs, environment, 0);
    bench.note(`first requirements, which fill the package cache: ${first.available.toFixed(1)} s, thrown away`);
    const rolled: Rolled[] = [];
    for (let round = 1; round <= (bench.quick ? 1 : 3); round++) {
      const one = await change(home, ecs, environment, round);
      rolled.push(one);
      bench.note(
        `requirements ${round}: AVAILABLE after ${one.available.toFixed(1)} s, the last old task stopped after ${one.stopped.toFixed(1)} s`,
      );
    }
    const available = spreadOf(rolled.map((one) => one.available));
    const stopped = spreadOf(rolled.map((one) => one.stopped));
    return [
      againstLimit("requirements changed, packages cached, to AVAILABLE with new tasks", "s", available, limitSeconds),
      { what: "the same, until the last old task has stopped", unit: "s", measured: stopped },
    ];
  } finally {
    ecs.destroy();
  }
}

async function change(
  home: BenchHome,
  ecs: ECSClient,
  { name, id, put }: SyncEnvironment,
  round: number,
): Promise<Rolled> {
  const before = await runningTasks(ecs, id);
  if (before.size === 0) throw new Error(`${name} runs no task that could be replaced.`);
  const began = performance.now();
  const version = await put(key, `${packages.join("\n")}\n# round ${round}\n`);
  const request = { RequirementsS3Path: key, RequirementsS3ObjectVersion: version };
  await updateEnvironment(home.target(), name, request);
  await untilUpdated(home, name, version);
  const available = secondsSince(began);
  const fresh = await runningTasks(ecs, id);
  for (const role of new Set(before.values()))
    if (![...fresh].some(([task, of]) => of === role && !before.has(task)))
      throw new Error(`${name} is AVAILABLE, but runs no new ${role} task.`);
  await waitFor("the old tasks stopped", updatedSeconds, lookMilliseconds, async () => {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [...before.keys()] }));
    return tasks.every(({ lastStatus }) => lastStatus === "STOPPED");
  });
  return { available, stopped: secondsSince(began) };
}

type Updated = Environment & { readonly RequirementsS3ObjectVersion?: string };

/** @throws Failure with the update's own error */
async function untilUpdated(home: BenchHome, name: string, version: string): Promise<void> {
  const deadline = performance.now() + updatedSeconds * 1000;
  for (;;) {
    const environment: Updated | undefined = await findEnvironment(home.target(), name);
    const failed = environment?.LastUpdate?.Status === "FAILED";
    if (environment?.Status === "AVAILABLE" && !failed && environment.RequirementsS3ObjectVersion === version) return;
    if (environment?.Status !== "UPDATING" || failed || performance.now() > deadline)
      throw environmentFailure(environment, name);
    await pause(lookMilliseconds);
  }
}

/** Tasks of an environment's services that run: ARN → role. */
async function runningTasks(ecs: ECSClient, environmentId: string): Promise<ReadonlyMap<string, string>> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: "RUNNING", nextToken }));
    arns.push(...(page.taskArns ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  const running = new Map<string, string>();
  for (let at = 0; at < arns.length; at += 100) {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(at, at + 100) }));
    for (const { taskArn, group, lastStatus } of tasks) {
      const role = new RegExp(`^service:hangar-${environmentId}-(web|scheduler|worker)\\b`).exec(group ?? "")?.[1];
      if (role && taskArn && lastStatus === "RUNNING") running.set(taskArn, role);
    }
  }
  return running;
}
