// The peer of a create: `airflow standalone` of the same image, as a person would start it who needs no Hangar. It has
// SQLite and the local executor, and no broker, worker or canary.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench } from "../benchmark.ts";
import { freePort } from "../free-port.ts";
import { endProcesses } from "../processes.ts";
import { secondsSince, waitFor } from "../waiting.ts";

export interface Standalone {
  /** Starts it, waits until all is healthy, stops it again. @returns seconds from the command to all healthy */
  secondsToHealthy(): Promise<number>;
}

interface Health {
  readonly [component: string]: { readonly status: string | null } & Readonly<Record<string, string | null>>;
}

const healthySeconds = 180;
const lookMilliseconds = 100;
const stopSeconds = 30;
const components = { scheduler: "scheduler", triggerer: "triggerer", dag_processor: "dag_processor" } as const;

/** @param python of the image's virtual environment */
export function standaloneOf(python: string, bench: Pick<Bench, "cleanUp">): Standalone {
  const home = mkdtempSync(join(tmpdir(), "hangar-standalone-"));
  bench.cleanUp(() => rmSync(home, { recursive: true, force: true }));
  return {
    async secondsToHealthy() {
      const port = await freePort();
      const environment = await environmentFor(home, dirname(python), port);
      const log = openSync(join(home, "log"), "w");
      const began = performance.now();
      const startedAt = Date.now();
      const child = spawn(join(dirname(python), "airflow"), ["standalone"], {
        cwd: home,
        env: environment,
        detached: true,
        stdio: ["ignore", log, log],
      });
      closeSync(log);
      const stop = bench.cleanUp(() => endProcesses([child.pid!], "SIGINT", stopSeconds));
      try {
        await waitFor("airflow standalone healthy", healthySeconds, lookMilliseconds, () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${lastWords(home)}`);
          return healthyAt(port, startedAt);
        });
        return secondsSince(began);
      } finally {
        await stop();
      }
    },
  };
}

/** Healthy by its own word, and by heartbeats of this start: those of the last one stay fresh for half a minute. */
async function healthyAt(port: number, startedAt: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v2/monitor/health`, { signal: AbortSignal.timeout(5000) });
  const health = (await answer.json()) as Health;
  if (health["metadatabase"]?.status !== "healthy") return false;
  return Object.entries(components).every(([name, heartbeat]) => {
    const component = health[name];
    const at = Date.parse(component?.[`latest_${heartbeat}_heartbeat`] ?? "");
    return component?.status === "healthy" && at >= startedAt;
  });
}

async function environmentFor(home: string, bin: string, port: number): Promise<Record<string, string>> {
  return {
    PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
    LANG: "C.UTF-8",
    HOME: home,
    PYTHONPATH: fileURLToPath(new URL(".", import.meta.url)),
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

const lastWords = (home: string): string => readFileSync(join(home, "log"), "utf8").slice(-600);
