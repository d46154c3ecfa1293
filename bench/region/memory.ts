// How much memory region and environment take when idle, beside the same five components started by hand.
import { bucketName } from "../../cli/commands/env.ts";
import { type AirflowClient, airflowClient } from "../../cli/airflow-client.ts";
import { webLogin } from "../../cli/environments.ts";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { BenchHome } from "../bench-home.ts";
import type { Bench } from "../benchmark.ts";
import { againstLimit, againstPeer, type Row } from "../measurement.ts";
import { type ProcessEntry, proportionalMegabytes, withDescendants } from "../processes.ts";
import { spreadOf } from "../statistics.ts";
import { pause, waitFor } from "../waiting.ts";
import { startByHand } from "./by-hand.ts";

const name = "bench-memory";
const dagId = "bench_memory";
const regionLimitMegabytes = 250;
const wantedRatio = 1.15;
/** What both have done when they are measured: a worker that has run nothing is smaller than one in use. */
const runs = 3;
const samples = 5;

export async function measureMemory(bench: Bench): Promise<readonly Row[]> {
  const home = await bench.home();
  await home.ok("down");
  await home.ok("up"); // what earlier benchmarks left in its heaps is none of an idle region's
  const environment = await home.create(name);
  await upload(home);
  const airflow = await airflowClient(await webLogin(home.target(), environment.Name));
  await exercise(airflow);
  await settle(bench);
  const region = await sample(() => regionProcesses(home));
  const managed = await sample(() => environmentProcesses(home));
  tell(bench, "region", regionProcesses(home));
  tell(bench, "environment with its agents", environmentProcesses(home));

  const byHand = await startByHand(home, environment, environmentProcesses(home), bench);
  try {
    await exercise(await airflowClient({ ...(await webLogin(home.target(), environment.Name)), url: byHand.url }));
    await settle(bench);
    const peer = {
      what: "five components by hand",
      spread: spreadOf(await sample(() => withDescendants(byHand.pids))),
    };
    tell(bench, "by hand", withDescendants(byHand.pids));
    await byHand.stop();
    await home.remove(name);
    return [
      againstLimit("region memory, one idle environment (PSS)", "MB", spreadOf(region), regionLimitMegabytes),
      againstPeer("environment with its agents (PSS)", "MB", spreadOf(managed), peer, wantedRatio),
    ];
  } finally {
    await byHand.stop();
  }
}

/** The region's own programs: everything it runs from this repository's local/, PostgreSQL and tasks aside. */
const regionProcesses = (home: BenchHome): readonly ProcessEntry[] => {
  const own = home.processes().filter(({ command }) => command.includes("/local/") && !command.includes("launcher.sh"));
  return own.map(({ pid, command }) => ({ pid, command, parent: 0 }));
};

/** The tasks: launchers, agents, their guardians, and all components below. */
const environmentProcesses = (home: BenchHome): readonly ProcessEntry[] => {
  const tasks = home
    .processes()
    .filter(({ command }) => command.includes("launcher.sh") || command.includes("hangar_agent"));
  return withDescendants(tasks.map(({ pid }) => pid));
};

async function upload(home: BenchHome): Promise<void> {
  const s3 = new S3Client({ ...home.sdk(), forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: bucketName(name), Key: "dags/bench_memory.py", Body: dagFile }));
  s3.destroy();
}

async function exercise(airflow: AirflowClient): Promise<void> {
  await waitFor(`DAG ${dagId}`, 120, 200, () => airflow.get(`/dags/${dagId}`));
  await airflow.send("PATCH", `/dags/${dagId}`, { is_paused: false });
  for (let run = 0; run < runs; run++) {
    const { dag_run_id: id } = await airflow.send<{ dag_run_id: string }>("POST", `/dags/${dagId}/dagRuns`, {
      logical_date: null,
    });
    const state = await waitFor(`run ${id}`, 180, 200, async () => {
      const now = (await airflow.get<{ state: string }>(`/dags/${dagId}/dagRuns/${encodeURIComponent(id)}`))?.state;
      return now === "success" || now === "failed" ? now : undefined;
    });
    if (state !== "success") throw new Error(`The run ${id} of ${dagId} ${state}.`);
  }
}

const settle = (bench: Bench): Promise<void> => pause(bench.quick ? 5_000 : 30_000);

async function sample(processes: () => readonly ProcessEntry[]): Promise<number[]> {
  const sums: number[] = [];
  for (let count = 0; count < samples; count++) {
    sums.push(proportionalMegabytes(processes().map(({ pid }) => pid)));
    await pause(1000);
  }
  return sums;
}

function tell(bench: Bench, what: string, processes: readonly ProcessEntry[]): void {
  const sized = processes.map(({ pid, command }) => ({ command, megabytes: proportionalMegabytes([pid]) }));
  const lines = sized
    .sort((a, b) => b.megabytes - a.megabytes)
    .map(({ command, megabytes }) => `    ${megabytes.toFixed(1).padStart(6)} MB  ${shortened(command)}`);
  bench.note(`${what}, ${processes.length} processes:\n${lines.join("\n")}`);
}

/** Without folders: what runs, with its arguments. */
const shortened = (command: string): string => command.replaceAll(/\/\S*\//g, "").slice(0, 90);

const dagFile = `from datetime import datetime

from airflow.sdk import dag, task


@dag(dag_id="${dagId}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False)
def exercise():
    @task
    def nothing():
        return None

    nothing()


exercise()
`;
