// `airflow standalone` of an image, as a process of this run: on loopback alone, with SQLite and the local executor.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench } from "../benchmark.ts";
import { freePort } from "../free-port.ts";
import { endProcesses } from "../processes.ts";

export interface AirflowProcess {
  /** Of its web server, without a closing slash. */
  readonly url: string;
  /** The moment it was started, as `performance.now()` and as `Date.now()` had it. */
  readonly began: number;
  readonly startedAt: number;
  /** @throws Error with its last words if it has ended by itself */
  mustRun(): void;
  /** Ends it and everything below it. */
  end(): Promise<void>;
}

const stopSeconds = 30;
/** Of sitecustomize.py, which keeps the log servers on loopback. */
const siteFolder = fileURLToPath(new URL(".", import.meta.url));

/**
 * Starts one; it takes a while until it answers.
 * @param python of the image's virtual environment
 * @param home a folder of its own; what an earlier one left there it goes on with
 * @param settings Airflow's own variables, beside those that keep it to itself
 */
export async function startAirflow(
  python: string,
  home: string,
  settings: Readonly<Record<string, string>>,
  bench: Pick<Bench, "cleanUp">,
): Promise<AirflowProcess> {
  const bin = dirname(python);
  const port = await freePort();
  const env = { ...(await ownVariables(home, bin, port)), ...settings };
  const logFile = join(home, "log");
  const log = openSync(logFile, "w");
  const [began, startedAt] = [performance.now(), Date.now()];
  const child = spawn(join(bin, "airflow"), ["standalone"], {
    cwd: home,
    env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return {
    url: `http://127.0.0.1:${port}`,
    began,
    startedAt,
    mustRun() {
      if (child.exitCode === null) return;
      throw new Error(`it ended with ${child.exitCode}: ${readFileSync(logFile, "utf8").slice(-600)}`);
    },
    end: bench.cleanUp(() => endProcesses([child.pid!], "SIGINT", stopSeconds)),
  };
}

async function ownVariables(home: string, bin: string, port: number): Promise<Record<string, string>> {
  return {
    PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
    LANG: "C.UTF-8",
    HOME: home,
    PYTHONPATH: siteFolder,
    AIRFLOW_HOME: join(home, "airflow"),
    AIRFLOW__CORE__LOAD_EXAMPLES: "False",
    AIRFLOW__API__HOST: "127.0.0.1",
    AIRFLOW__API__PORT: String(port),
    AIRFLOW__API__BASE_URL: `http://127.0.0.1:${port}`,
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: "False",
    AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST: "127.0.0.1",
    AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT: String(await freePort()),
    AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT: String(await freePort()),
    AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT: String(await freePort()),
    NO_PROXY: "127.0.0.1,localhost",
  };
}
