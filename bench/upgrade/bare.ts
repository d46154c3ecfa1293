// The same by hand: a copy of the database, Airflow's own migration of it, its five components started and stopped. Nothing of
// Hangar is between.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Environment } from "../../cli/environments.ts";
import { rowsOf } from "../../tests/stories/support/metadata.ts";
import type { BenchHome } from "../bench-home.ts";
import type { Bench } from "../benchmark.ts";
import { withDescendants } from "../processes.ts";
import { startByHand } from "../region/by-hand.ts";
import { secondsSince } from "../waiting.ts";

export interface BareMigration {
  readonly copySeconds: number;
  readonly migrateSeconds: number;
}

const database = "bench_bare";

/** Copies a sealed database and migrates the copy with the newest image's own command; the copy goes. */
export async function migrateByHand(home: BenchHome, sealed: string, bench: Bench): Promise<BareMigration> {
  const administer = (statement: string) => rowsOf(home.folder, "postgres", statement);
  const drop = bench.cleanUp(async () => void (await administer(`drop database if exists ${database} with (force)`)));
  const copying = performance.now();
  await administer(`create database ${database} template "${sealed}" strategy file_copy`);
  const copySeconds = secondsSince(copying);
  const migrating = performance.now();
  await airflowMigrates(home, bench);
  const migrateSeconds = secondsSince(migrating);
  await drop();
  return { copySeconds, migrateSeconds };
}

async function airflowMigrates(home: BenchHome, bench: Bench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hangar-migrate-"));
  const discard = bench.cleanUp(() => rmSync(folder, { recursive: true, force: true }));
  const read = (name: string) => readFileSync(join(home.folder, "postgres", name), "utf8").trim();
  const address = `postgres:${encodeURIComponent(read("superuser-password"))}@127.0.0.1:${read("port")}/${database}`;
  const bin = dirname(home.image.python!);
  const logFile = join(folder, "log");
  const log = openSync(logFile, "w", 0o600);
  const child = spawn(join(bin, "airflow"), ["db", "migrate"], {
    cwd: folder,
    env: {
      PATH: `${bin}:/usr/bin:/bin`,
      LANG: "C.UTF-8",
      HOME: folder,
      AIRFLOW_HOME: folder,
      AIRFLOW__CORE__LOAD_EXAMPLES: "False",
      AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS: "False",
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `postgresql+psycopg2://${address}`,
      AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: "False",
    },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const stop = bench.cleanUp(() => void child.kill("SIGKILL"));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("exit", resolve);
    child.once("error", reject);
  });
  if (code !== 0)
    throw new Error(`airflow db migrate ended with ${code}: ${readFileSync(logFile, "utf8").slice(-600)}`);
  await stop();
  await discard();
}

export interface BareRestart {
  /** From the commands to all healthy. */
  readonly startSeconds: number;
  /** From the signals, all at once, to the last one's end. */
  readonly stopSeconds: number;
}

/** Starts the environment's five components by hand, its own tasks stopped, and stops them again. It is left without tasks. */
export async function restartByHand(home: BenchHome, environment: Environment, bench: Bench): Promise<BareRestart> {
  const tasks = home
    .processes()
    .filter(({ command }) => command.includes("launcher.sh") || command.includes("hangar_agent"));
  const byHand = await startByHand(home, environment, withDescendants(tasks.map(({ pid }) => pid)), bench);
  const stopping = performance.now();
  await byHand.stop();
  return { startSeconds: byHand.secondsToHealthy, stopSeconds: secondsSince(stopping) };
}
