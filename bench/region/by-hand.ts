// The peer of an environment's memory: its five components as a person would start them, the `airflow` command and the
// environment's own variables, against the same database and queue, with the environment's tasks stopped meanwhile.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, closeSync, cpSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  DescribeServicesCommand,
  ECSClient,
  ListServicesCommand,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { Environment } from "../../cli/environments.ts";
import type { BenchHome } from "../bench-home.ts";
import type { Bench } from "../benchmark.ts";
import { freePort } from "../free-port.ts";
import { allProcesses, endProcesses, environmentOf, type ProcessEntry } from "../processes.ts";
import { secondsSince, waitFor } from "../waiting.ts";

export interface ByHand {
  readonly url: string;
  readonly pids: readonly number[];
  /** From the commands to the web server's word that all is healthy. */
  readonly secondsToHealthy: number;
  /** Ends them. Again: nothing. */
  stop(): Promise<void>;
}

const cluster = "hangar";
const stoppedSeconds = 120;
const healthySeconds = 180;
const stopSeconds = 20;

/**
 * Stops the tasks of an environment and starts their components by hand.
 * @param processes the environment's, still running: the variables are the scheduler's own
 * @returns once the web server answers that all is healthy
 */
export async function startByHand(
  home: BenchHome,
  environment: Environment,
  processes: readonly ProcessEntry[],
  bench: Pick<Bench, "cleanUp" | "note">,
): Promise<ByHand> {
  const scheduler = processes.find(({ command }) => /hangar_airflow\.start scheduler/.test(command));
  if (!scheduler) throw new Error("The environment has no scheduler process whose variables could be read.");
  const folder = mkdtempSync(join(tmpdir(), "hangar-by-hand-"));
  chmodSync(folder, 0o700);
  bench.cleanUp(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const variables = ownVariables(environmentOf(scheduler.pid), folder, port);
  const web = processes.find(({ command }) => /hangar_agent run --role web/.test(command));
  if (!web) throw new Error("The environment has no web task whose variables could be read.");
  const own = environmentOf(web.pid); // the agent's: the web server's title has overwritten its own
  for (const name of ["HANGAR_SIGN_IN_PUBLIC_KEY", "HANGAR_ENVIRONMENT_NAME"]) variables[name] = own[name] ?? "";
  await stopTasks(home, environment.Hangar!.EnvironmentId);
  const started = new Set(processes.map(({ pid }) => pid));
  const left = () => allProcesses().some(({ pid }) => started.has(pid));
  await waitFor("the environment's processes gone", stoppedSeconds, 200, () => !left());

  const began = performance.now();
  const children = commandsOf(variables).map((args) => start(home, args, variables, folder));
  const pids = children.map(({ pid }) => pid!);
  const stop = bench.cleanUp(() => endProcesses(pids, "SIGTERM", stopSeconds));
  await allHealthy(children, url, folder).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, pids, secondsToHealthy: secondsSince(began), stop };
}

function allHealthy(children: readonly ChildProcess[], url: string, folder: string): Promise<boolean> {
  return waitFor("the five components by hand", healthySeconds, 500, async () => {
    const ended = children.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
    if (ended)
      throw new Error(`${ended.spawnargs.join(" ")} ended with ${ended.exitCode ?? ended.signalCode}: see ${folder}`);
    const health = (await (await fetch(`${url}/api/v2/monitor/health`)).json()) as Record<string, { status: string }>;
    return ["metadatabase", "scheduler", "triggerer", "dag_processor"].every(
      (part) => health[part]?.status === "healthy",
    );
  });
}

/** The variables as they were, but for a copy of the task's folder (it goes with the task) and an address of their own. */
function ownVariables(of: Record<string, string>, folder: string, port: number): Record<string, string> {
  const task = of["HANGAR_TASK_FOLDER"];
  if (!task) throw new Error("The scheduler's variables name no task folder.");
  cpSync(task, join(folder, "task"), { recursive: true, verbatimSymlinks: true });
  const moved = Object.entries(of)
    .filter(([name]) => !name.startsWith("ECS_")) // by these the region knows a task's processes, and ends them with it
    .map(([name, value]) => [name, value.replaceAll(task, join(folder, "task"))] as const);
  return {
    ...Object.fromEntries(moved),
    HANGAR_TASK_ID: "by-hand",
    AIRFLOW__API__HOST: "127.0.0.1",
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__BASE_URL: `http://127.0.0.1:${port}`,
    AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `http://127.0.0.1:${port}/execution/`,
  };
}

const commandsOf = (variables: Record<string, string>): readonly (readonly string[])[] => [
  ["api-server", "--proxy-headers"],
  ["scheduler"],
  ["dag-processor"],
  ["triggerer", "--skip-serve-logs"],
  [
    "celery",
    "worker",
    "--skip-serve-logs",
    "--without-mingle",
    "--without-gossip",
    "-q",
    variables["HANGAR_QUEUE_NAME"]!,
  ],
];

function start(home: BenchHome, args: readonly string[], env: Record<string, string>, folder: string): ChildProcess {
  const log = openSync(join(folder, `${args.slice(0, 2).join("-")}.log`), "w", 0o600);
  const program = join(dirname(home.image.python!), "airflow");
  const child = spawn(program, args, { cwd: folder, env, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  return child;
}

/** Scales the environment's services to nothing, as anyone with keys for the cluster may. */
async function stopTasks(home: BenchHome, environmentId: string): Promise<void> {
  const client = new ECSClient(home.sdk());
  try {
    const { serviceArns = [] } = await client.send(new ListServicesCommand({ cluster }));
    const services = serviceArns.filter((arn) => arn.includes(`hangar-${environmentId}-`));
    for (const service of services) await client.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
    // a worker that polls is protected from being scaled in: it is stopped by name
    for (const service of services) {
      const { taskArns = [] } = await client.send(
        new ListTasksCommand({ cluster, serviceName: service.split("/").at(-1) }),
      );
      for (const task of taskArns) await client.send(new StopTaskCommand({ cluster, task }));
    }
    await waitFor("the environment's tasks stopped", stoppedSeconds, 500, async () => {
      const described = await client.send(new DescribeServicesCommand({ cluster, services }));
      return described.services?.every(({ runningCount }) => runningCount === 0);
    });
  } finally {
    client.destroy();
  }
}
