// The peer of a change: `airflow standalone` of the same image with a local DAG folder, kept running. SQLite and the local
// executor; two parsing processes unless told otherwise.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Bench } from "../benchmark.ts";
import { type AirflowProcess, startAirflow } from "../standalone/airflow-process.ts";
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
  const everybodyIn = { AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: "True" };
  const running = await startAirflow(python, home, { ...everybodyIn, ...settings }, bench);
  const stop = async () => {
    await running.end();
    await removeHome();
  };
  try {
    const token = await waitFor("airflow standalone", healthySeconds, 500, () => tokenOf(running));
    return { airflow: reader(running.url, token), write, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The simple auth manager gives one to whoever asks: it is on loopback and makes everyone an administrator. */
async function tokenOf(running: AirflowProcess): Promise<string | undefined> {
  running.mustRun();
  const answer = await fetch(`${running.url}/auth/token`, { signal: AbortSignal.timeout(5000) });
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
