// The peer of a change: `airflow standalone` of the same image with a local DAG folder, kept running. SQLite and the local
// executor; two parsing processes unless told otherwise.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench } from "../benchmark.ts";
import { freePort } from "../free-port.ts";
import { endProcesses } from "../processes.ts";
import { waitFor } from "../waiting.ts";
import type { AirflowReader } from "./served.ts";

export interface RunningStandalone {
  readonly airflow: AirflowReader;
  /** Writes a file below the DAG folder, in place. */
  write(path: string, text: string): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const healthySeconds = 300;
const stopSeconds = 30;
/** Of the neighbour, where it keeps the log servers on loopback. */
const siteFolder = fileURLToPath(new URL("../standalone/", import.meta.url));

/**
 * Starts one and waits until it answers. The files are there before it starts: new ones would wait for a refresh.
 * @param python of the image's virtual environment
 * @param settings Airflow's own variables, beside those that keep it to itself
 */
export async function startStandalone(
  python: string,
  settings: Readonly<Record<string, string>>,
  files: readonly { readonly path: string; readonly text: string }[],
  bench: Pick<Bench, "cleanUp">,
): Promise<RunningStandalone> {
  const home = mkdtempSync(join(tmpdir(), "hangar-standalone-"));
  const removeHome = bench.cleanUp(() => rmSync(home, { recursive: true, force: true }));
  const dags = join(home, "airflow/dags");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dags, path)), { recursive: true });
    writeFileSync(join(dags, path), text);
  };
  for (const { path, text } of files) write(path, text);
  const port = await freePort();
  const env = { ...(await ownVariables(home, dirname(python), port)), ...settings };
  const log = openSync(join(home, "log"), "w");
  const child = spawn(join(dirname(python), "airflow"), ["standalone"], {
    cwd: home,
    env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const end = bench.cleanUp(() => endProcesses([child.pid!], "SIGINT", stopSeconds));
  const stop = async () => {
    await end();
    await removeHome();
  };
  try {
    const url = `http://127.0.0.1:${port}`;
    const token = await waitFor("airflow standalone", healthySeconds, 500, () => tokenOf(url, child, home));
    return { airflow: reader(url, token), write, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The simple auth manager gives one to whoever asks: it is on loopback and makes everyone an administrator. */
async function tokenOf(url: string, child: ChildProcess, home: string): Promise<string | undefined> {
  if (child.exitCode !== null)
    throw new Error(`it ended with ${child.exitCode}: ${readFileSync(join(home, "log"), "utf8").slice(-600)}`);
  const answer = await fetch(`${url}/auth/token`, { signal: AbortSignal.timeout(5000) });
  return ((await answer.json()) as { access_token?: string }).access_token;
}

const reader = (url: string, token: string): AirflowReader => ({
  async get<Output>(path: string) {
    const answer = await fetch(`${url}/api/v2${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(20_000),
    });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`Airflow answered HTTP ${answer.status} to ${path}`);
    return (await answer.json()) as Output;
  },
});

async function ownVariables(home: string, bin: string, port: number): Promise<Record<string, string>> {
  return {
    PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
    LANG: "C.UTF-8",
    HOME: home,
    PYTHONPATH: siteFolder,
    AIRFLOW_HOME: join(home, "airflow"),
    AIRFLOW__CORE__LOAD_EXAMPLES: "False",
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: "True",
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
