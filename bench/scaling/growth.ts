// From a task that no worker has a slot for to the decision to add one, and from there to the task's start on it. Each
// round grows twice: the second time while the alarm of the first is still raised.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTasksCommand, ECSClient } from "@aws-sdk/client-ecs";
import type { AirflowClient } from "../../cli/airflow-client.ts";
import { needEnvironment } from "../../cli/environments.ts";
import type { BenchHome } from "../bench-home.ts";
import type { Bench } from "../benchmark.ts";
import { againstLimit, type Row } from "../measurement.ts";
import { percentileOf } from "../statistics.ts";
import { pause, waitFor } from "../waiting.ts";
import { airflowOf, createOneSlotEnvironment, holdDag, tellRegion, uploadDag } from "./scaling-environment.ts";
import { type WorkerWatch, watchWorkers } from "./watch-workers.ts";

const dagId = "bench_growth";
const rounds = 10;
const lookMilliseconds = 100;
const decisionSeconds = 120;
const startSeconds = 180;
const goneSeconds = 300;
const ownShareLimitSeconds = 2;

interface Growth {
  /** From the task's entry into the queue. */
  readonly decisionSeconds: number;
  /** From the decision to the task's start, without what the worker took to be ready. */
  readonly ownShareSeconds: number;
  /** From ECS's request for the worker to its first report that it runs. */
  readonly workerStartSeconds: number;
}

/** @param period how often the monitor measures, and what a decision may take then */
export async function measureGrowth(
  bench: Bench,
  period: { readonly metricSeconds: number; readonly limitSeconds: number },
): Promise<readonly Row[]> {
  const { metricSeconds, limitSeconds } = period;
  const home = await bench.home();
  const folder = mkdtempSync(join(tmpdir(), "hangar-growth-"));
  const discard = bench.cleanUp(() => rmSync(folder, { recursive: true, force: true }));
  await tellRegion(home, { metricSeconds, surplusSeconds: 2 * metricSeconds, staleSeconds: 3 * metricSeconds + 5 });
  const name = `bench-growth-${metricSeconds}`;
  const environment = await createOneSlotEnvironment(home, name);
  await uploadDag(home, name, dagId, holdDag(dagId, folder));
  const airflow = await airflowOf(home, name);
  await waitFor(`DAG ${dagId}`, 120, 200, () => airflow.get(`/dags/${dagId}`));
  await airflow.send("PATCH", `/dags/${dagId}`, { is_paused: false });

  const watch = watchWorkers(home, environment.Hangar!.EnvironmentId);
  const grown: Growth[] = [];
  for (let round = 0; round < (bench.quick ? 1 : rounds); round++) {
    const go = `go-${round}`;
    await started(airflow, await submit(airflow, go)); // fills the one worker there is
    for (const wanted of [2, 3]) {
      await pause(Math.random() * metricSeconds * 1000); // anywhere within a period
      const runId = await submit(airflow, go);
      const decidedAt = await decision(home, name, wanted);
      const task = await started(airflow, runId);
      const growth = await growthOf(home, task, decidedAt, watch);
      grown.push(growth);
      bench.note(
        `${metricSeconds} s period, ${wanted} workers: decided after ${growth.decisionSeconds.toFixed(2)} s, worker ready in ${growth.workerStartSeconds.toFixed(2)} s, ${growth.ownShareSeconds.toFixed(2)} s beside that`,
      );
    }
    writeFileSync(join(folder, go), "");
    await waitFor("one worker again", goneSeconds, 500, async () => {
      const workers = (await needEnvironment(home.target(), name)).Hangar!.Workers!;
      return workers.Wanted === 1 && workers.Draining === 0;
    });
  }
  await watch.close();
  await home.remove(name);
  await tellRegion(home, undefined);
  await discard();
  const decided = grown.map((growth) => growth.decisionSeconds);
  const beside = grown.map((growth) => growth.ownShareSeconds);
  const every = `measured every ${metricSeconds} s`;
  return [
    againstLimit(`queue growth to decision, ${every}, p95`, "s", percentileOf(decided, 95), limitSeconds),
    againstLimit("the same, p50", "s", percentileOf(decided, 50), limitSeconds),
    againstLimit(
      `decision to first task on the new worker, ${every}, without the worker's own start, p95`,
      "s",
      percentileOf(beside, 95),
      ownShareLimitSeconds,
    ),
    {
      what: `a worker's own start, ${every}, p50`,
      unit: "s",
      measured: percentileOf(
        grown.map(({ workerStartSeconds }) => workerStartSeconds),
        50,
      ),
    },
  ];
}

async function submit(airflow: AirflowClient, go: string): Promise<string> {
  const run = await airflow.send<{ dag_run_id: string }>("POST", `/dags/${dagId}/dagRuns`, {
    ...{ logical_date: null, conf: { go } },
  });
  return run.dag_run_id;
}

interface StartedTask {
  readonly hostname: string;
  readonly queuedAt: number;
  readonly startedAt: number;
}

const started = (airflow: AirflowClient, runId: string): Promise<StartedTask> =>
  waitFor(`the task of ${runId} started`, startSeconds, lookMilliseconds, async () => {
    type Listed = { task_instances: { state: string; hostname: string; queued_when: string; start_date: string }[] };
    const listed = await airflow.get<Listed>(`/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}/taskInstances`);
    const task = listed?.task_instances[0];
    if (task?.state === "failed") throw new Error("it failed");
    if (task?.state !== "running") return undefined;
    return {
      hostname: task.hostname,
      queuedAt: Date.parse(task.queued_when) / 1000,
      startedAt: Date.parse(task.start_date) / 1000,
    };
  });

/** @returns when it was written down, epoch seconds */
const decision = (home: BenchHome, name: string, wanted: number): Promise<number> =>
  waitFor(`${wanted} workers decided`, decisionSeconds, lookMilliseconds, async () => {
    const workers = (await needEnvironment(home.target(), name)).Hangar!.Workers!;
    return workers.Wanted === wanted ? workers.ChangedAt : undefined;
  });

async function growthOf(home: BenchHome, task: StartedTask, decidedAt: number, watch: WorkerWatch): Promise<Growth> {
  const readyAt = await waitFor(`a report of ${task.hostname}`, 30, lookMilliseconds, () =>
    watch.runsSince(task.hostname),
  );
  const requestedAt = await createdAt(home, task.hostname);
  const workerStartSeconds = readyAt - requestedAt;
  return {
    decisionSeconds: decidedAt - task.queuedAt,
    ownShareSeconds: task.startedAt - decidedAt - workerStartSeconds,
    workerStartSeconds,
  };
}

/** When ECS was asked for the task, epoch seconds. */
async function createdAt(home: BenchHome, taskId: string): Promise<number> {
  const ecs = new ECSClient(home.sdk());
  try {
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster: "hangar", tasks: [taskId] }));
    const at = tasks[0]?.createdAt;
    if (!at) throw new Error(`ECS knows no task ${taskId}, which Airflow says ran one.`);
    return at.getTime() / 1000;
  } finally {
    ecs.destroy();
  }
}
