// The peer of a create: `airflow standalone` of the same image, as a person would start it who needs no Hangar. It has
// SQLite and the local executor, and no broker, worker or canary.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "../benchmark.ts";
import { secondsSince, waitFor } from "../waiting.ts";
import { type AirflowProcess, startAirflow } from "./airflow-process.ts";

export interface Standalone {
  /** Starts it, waits until all is healthy, stops it again. @returns seconds from the command to all healthy */
  secondsToHealthy(): Promise<number>;
}

interface Health {
  readonly [component: string]: { readonly status: string | null } & Readonly<Record<string, string | null>>;
}

const healthySeconds = 180;
const lookMilliseconds = 100;
const components = { scheduler: "scheduler", triggerer: "triggerer", dag_processor: "dag_processor" } as const;

/** @param python of the image's virtual environment */
export function standaloneOf(python: string, bench: Pick<Bench, "cleanUp">): Standalone {
  const home = mkdtempSync(join(tmpdir(), "hangar-standalone-"));
  bench.cleanUp(() => rmSync(home, { recursive: true, force: true }));
  return {
    async secondsToHealthy() {
      const airflow = await startAirflow(python, home, {}, bench);
      try {
        await waitFor("airflow standalone healthy", healthySeconds, lookMilliseconds, () => {
          airflow.mustRun();
          return isHealthy(airflow);
        });
        return secondsSince(airflow.began);
      } finally {
        await airflow.end();
      }
    },
  };
}

/** Healthy by its own word, and by heartbeats of this start: those of the last one stay fresh for half a minute. */
async function isHealthy({ url, startedAt }: AirflowProcess): Promise<boolean> {
  const answer = await fetch(`${url}/api/v2/monitor/health`, { signal: AbortSignal.timeout(5000) });
  const health = (await answer.json()) as Health;
  if (health["metadatabase"]?.status !== "healthy") return false;
  return Object.entries(components).every(([name, heartbeat]) => {
    const component = health[name];
    const at = Date.parse(component?.[`latest_${heartbeat}_heartbeat`] ?? "");
    return component?.status === "healthy" && at >= startedAt;
  });
}
