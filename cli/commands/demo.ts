// hangar demo: the main job with its times. Uses nothing a user could not: region, image, API, S3, Airflow's REST.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AirflowClient, airflowClient } from "../airflow-client.ts";
import type { ApiTarget } from "../api-client.ts";
import { ensureBucket, uploadFolder } from "../buckets.ts";
import {
  createEnvironment,
  type Environment,
  environmentFailure,
  findEnvironment,
  waitWhile,
  webLogin,
} from "../environments.ts";
import { asFailure, Failure, failureText } from "../failure.ts";
import type { RegionFile } from "../home.ts";
import { note, paint, result, startStep } from "../print.ts";
import { startRegionProcess, targetOf } from "../region-process.ts";
import { bucketName } from "./env.ts";
import { build } from "./image.ts";

const name = "demo";
const dagId = "hello_hangar";
const examples = fileURLToPath(new URL("../../examples/first-project/dags", import.meta.url));
const visibleSeconds = 120;
const runSeconds = 180;

interface Seconds {
  install: number;
  create: number;
  dagVisible: number;
  dagRun: number;
}

/** Runs the demo. Again: says what is there already and goes on from it. Any failure ends non-zero, with what, why, fix. */
export async function demo(home: string, options: { json?: boolean }): Promise<void> {
  note(paint("bold", "Hangar demo: a real Airflow environment on this machine"));
  const seconds: Seconds = { install: 0, create: 0, dagVisible: 0, dagRun: 0 };
  try {
    const environment = await play(home, seconds);
    if (options.json)
      result(
        JSON.stringify({
          outcome: "success",
          seconds: rounded(seconds),
          environment: name,
          airflowVersion: environment.AirflowVersion,
        }),
      );
  } catch (error) {
    const failure = asFailure(error);
    if (options.json) {
      note(failureText(failure));
      result(
        JSON.stringify({
          outcome: "failed",
          error: failure.message,
          why: failure.why,
          fix: failure.fix,
          seconds: rounded(seconds),
          environment: name,
        }),
      );
      process.exitCode = failure.exitCode;
      return;
    }
    throw error;
  }
}

async function play(home: string, seconds: Seconds): Promise<Environment> {
  const began = performance.now();
  const { region, imageSeconds } = await prepare(home);
  seconds.install = imageSeconds;
  const target = targetOf(home);
  const environment = await create(target, seconds);
  const airflow = await airflowClient(await webLogin(target, name));
  await upload(target, environment, airflow, seconds);
  await run(airflow, seconds);
  note("");
  note(
    `  ${paint("bold", "running now")}    region ${region.url} · PostgreSQL · load balancer · ${name} (Airflow ${environment.AirflowVersion})`,
  );
  note(`  ${paint("bold", "web interface")}  npx hangar open ${name}   (http://${environment.WebserverUrl})`);
  note(
    `  ${paint("bold", "look further")}   npx hangar env get ${name}   ·   npx hangar exec -- aws mwaa get-environment --name ${name}`,
  );
  note(`  ${paint("bold", "your own DAG")}   npx hangar exec -- aws s3 cp my_dag.py s3://${bucketName(name)}/dags/`);
  note(
    `  ${paint("bold", "stop")}           npx hangar down   (state stays; npx hangar env delete ${name} removes it, its database a week later)`,
  );
  note(`  ${Math.round((performance.now() - began) / 1000)} s in all`);
  return environment;
}

/** Region and image at the same time: neither needs the other. Both have ended when this returns or throws. */
async function prepare(home: string): Promise<{ readonly region: RegionFile; readonly imageSeconds: number }> {
  const [started, built] = await Promise.allSettled([startRegion(home), build(home, newestVersion())]);
  if (started.status === "rejected") throw started.reason;
  if (built.status === "rejected") throw built.reason;
  return { region: started.value, imageSeconds: built.value };
}

async function startRegion(home: string): Promise<RegionFile> {
  const step = startStep("region", { quiet: true });
  try {
    const { region, already } = await startRegionProcess(home);
    step.done(`${region.url}${already ? "  (was running)" : ""}`);
    return region;
  } catch (error) {
    step.failed();
    throw error;
  }
}

/** The first creatable version of the catalogue, which is ordered newest first. */
function newestVersion(): string {
  const catalogue = JSON.parse(
    readFileSync(new URL("../../dataplane/images/catalogue.json", import.meta.url), "utf8"),
  ) as {
    versions: Record<string, { creatable: boolean }>;
  };
  return Object.entries(catalogue.versions).find(([, image]) => image.creatable)![0];
}

async function create(target: ApiTarget & { accountId: string }, seconds: Seconds): Promise<Environment> {
  const step = startStep(`environment ${name}`);
  try {
    const before = await findEnvironment(target, name);
    if (!before) {
      await ensureBucket(target, bucketName(name));
      await createEnvironment(target, name, {
        bucket: bucketName(name),
        dagS3Path: "dags",
        environmentClass: "mw1.small",
      });
    }
    const environment = await waitWhile(target, name, "CREATING", (seen) => step.detail(seen.Status));
    if (environment?.Status !== "AVAILABLE") throw environmentFailure(environment, name);
    seconds.create = step.done(
      before ? `was there, ${environment.Status}` : `AVAILABLE, Airflow ${environment.AirflowVersion}, mw1.small`,
    );
    return environment;
  } catch (error) {
    step.failed();
    throw error;
  }
}

async function upload(
  target: ApiTarget,
  environment: Environment,
  airflow: AirflowClient,
  seconds: Seconds,
): Promise<void> {
  const step = startStep("upload DAGs");
  const bucket = environment.SourceBucketArn.split(":").pop()!;
  const count = await uploadFolder(target, examples, bucket, `${environment.DagS3Path.replace(/\/$/, "")}/`);
  step.done(`${count} files to s3://${bucket}/${environment.DagS3Path}`);
  const visible = startStep(`DAG ${dagId} parsed`);
  const deadline = Date.now() + visibleSeconds * 1000;
  while (!(await airflow.get(`/dags/${dagId}`))) {
    if (Date.now() > deadline) {
      visible.failed();
      throw new Failure(`the DAG ${dagId} did not appear within ${visibleSeconds} s`, {
        fix: `npx hangar exec -- aws s3 ls s3://${bucket}/ --recursive`,
      });
    }
    await pause(150);
  }
  seconds.dagVisible = visible.done("by the dag-processor, from a release");
}

async function run(airflow: AirflowClient, seconds: Seconds): Promise<void> {
  const step = startStep("DAG run");
  await airflow.send("PATCH", `/dags/${dagId}`, { is_paused: false });
  const { dag_run_id: runId } = await airflow.send<{ dag_run_id: string }>("POST", `/dags/${dagId}/dagRuns`, {
    logical_date: null,
  });
  const path = `/dags/${dagId}/dagRuns/${encodeURIComponent(runId)}`;
  const deadline = Date.now() + runSeconds * 1000;
  for (;;) {
    const state = (await airflow.get<{ state: string }>(path))?.state;
    if (state === "success") break;
    if (state === "failed" || Date.now() > deadline) {
      step.failed();
      throw new Failure(
        `the run ${runId} of ${dagId} ${state === "failed" ? "failed" : `did not end within ${runSeconds} s`}`,
        { why: `its state is ${state}` },
      );
    }
    step.detail(state ?? "");
    await pause(150);
  }
  seconds.dagRun = step.done("success: scheduler, SQS, Celery worker");
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const rounded = (seconds: Seconds): Seconds =>
  Object.fromEntries(
    Object.entries(seconds).map(([key, value]) => [key, Math.round(value * 10) / 10]),
  ) as unknown as Seconds;
