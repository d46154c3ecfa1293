// One region that scales within seconds, and one environment in it: what its workers do, and what became of its tasks.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeTasksCommand, ECSClient, ListTasksCommand, type Task } from "@aws-sdk/client-ecs";
import type { AirflowClient } from "../../../cli/airflow-client.ts";
import { targetOf } from "../../../cli/region-process.ts";
import { dagVisible, signIn, trigger } from "../../stories/support/airflow.ts";
import { until } from "../../stories/support/hangar.ts";
import { rowsOf } from "../../stories/support/metadata.ts";
import { freshPlace, type Place } from "../../stories/support/place.ts";
import { type Account, accountOf, type LoadKind, loadDag, nameOf, type TaskRow } from "./ledger.ts";
import { type DrainWatch, watchDrains } from "./watch-drains.ts";

export const environmentName = "load";
const cluster = "hangar";

export interface ScalingPlace extends Place {
  readonly environmentId: string;
  readonly drains: DrainWatch;
  /** Makes a DAG of parallel tasks, one for each number of seconds, and waits until it can be started. */
  addLoad(dagId: string, seconds: readonly number[], kind?: LoadKind): Promise<void>;
  /** Starts runs of it. */
  submit(dagId: string, runs?: number): Promise<void>;
  /** Tasks at work, as they say themselves. */
  running(): number;
  /** Waits until every task submitted so far has ended, however. */
  settled(seconds: number): Promise<void>;
  /** Of every task submitted so far. */
  account(): Promise<Account>;
  /** Names of the tasks that have succeeded, as an account has them. */
  finished(): Promise<readonly string[]>;
  /** The workers that have, or had, tasks of a DAG. */
  workersOf(dagId: string): Promise<readonly string[]>;
  /** Worker tasks that were drained and have been stopped. */
  drainedAndStopped(): Promise<readonly string[]>;
}

export interface ScalingSetting {
  /** As the region's settings take them. */
  readonly scaling: Readonly<Record<string, number>>;
  readonly maxWorkers: number;
  /** Tasks a worker runs at once. */
  readonly slots: number;
}

/** Starts a region in a fresh folder and creates the environment; `discard` takes all of it away. */
export async function openScalingPlace(setting: ScalingSetting): Promise<ScalingPlace> {
  const place = freshPlace();
  try {
    writeSettings(place, setting.scaling);
    await place.home.ok("up");
    const options = `{"celery.worker_autoscale": "${setting.slots},${setting.slots}"}`;
    const limits = ["--min-workers", "1", "--max-workers", String(setting.maxWorkers)];
    await place.home.ok(
      ...["env", "create", environmentName, "--environment-class", "mw1.small", ...limits],
      ...["--airflow-configuration-options", options],
    );
    return await opened(place);
  } catch (error) {
    await place.discard();
    throw error;
  }
}

/** What a keeper of the machine writes, beside what is there; the region adds its ports. */
function writeSettings(place: Place, scaling: ScalingSetting["scaling"]): void {
  const file = join(place.home.folder, "settings.json");
  const there = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
  writeFileSync(file, JSON.stringify({ ...there, scaling }), { mode: 0o600 });
}

async function opened(place: Place): Promise<ScalingPlace> {
  const { home } = place;
  const environmentId = (await place.environment(environmentName)).Hangar!.EnvironmentId;
  const ledger = join(place.scratch, "ledger");
  writeFileSync(ledger, "");
  const { url, region, key } = targetOf(home.folder);
  const ecs = new ECSClient({ endpoint: url, region, credentials: key });
  const drains = watchDrains({ endpoint: url, region, credentials: key }, environmentId);
  const expected = new Map<string, number>();
  const sizes = new Map<string, number>();
  let session: Promise<AirflowClient> | undefined;
  const airflow = () => (session ??= signIn(home, environmentName));
  const rows = () => taskRows(home.folder, environmentId, [...sizes.keys()]);

  return {
    ...place,
    environmentId,
    drains,
    async addLoad(dagId, seconds, kind) {
      sizes.set(dagId, seconds.length);
      await place.upload(environmentName, `${dagId}.py`, loadDag(dagId, seconds, ledger, kind));
      await dagVisible(await airflow(), dagId);
    },
    async submit(dagId, runs = 1) {
      for (let run = 0; run < runs; run++) {
        await until(`a run of ${dagId} is accepted`, 60, async () => {
          const before = session;
          try {
            return await trigger(await airflow(), dagId);
          } catch (error) {
            if (session === before) session = undefined; // another web server by now
            throw error;
          }
        });
        expected.set(dagId, (expected.get(dagId) ?? 0) + sizes.get(dagId)!);
      }
    },
    async settled(seconds) {
      const wanted = [...expected.values()].reduce((sum, count) => sum + count, 0);
      await until(`${wanted} tasks ended`, seconds, async () => {
        const all = await rows();
        const ended = all.filter(({ state }) => ["success", "failed", "upstream_failed"].includes(state ?? ""));
        if (ended.length < wanted) throw new Error(`${ended.length} of ${wanted} (${all.length} known)`);
        return true;
      });
    },
    running() {
      const lines = readFileSync(ledger, "utf8").split("\n");
      const of = (what: string) => lines.filter((line) => line.startsWith(what)).length;
      return of("began ") - of("ended ");
    },
    account: async () => accountOf(readFileSync(ledger, "utf8"), await rows()),
    finished: async () => (await rows()).filter(({ state }) => state === "success").map(nameOf),
    async workersOf(dagId) {
      const all = (await rows()).filter((row) => row.dagId === dagId && row.worker);
      return [...new Set(all.map(({ worker }) => worker!))];
    },
    async drainedAndStopped() {
      const tasks = await stoppedWorkers(ecs, environmentId);
      const ids = new Set(tasks.map(({ taskArn }) => taskArn!.split("/").at(-1)!));
      return drains.ordered().filter((id) => ids.has(id));
    },
    async discard() {
      drains.close();
      ecs.destroy();
      await place.discard();
    },
  };
}

async function stoppedWorkers(ecs: ECSClient, environmentId: string): Promise<readonly Task[]> {
  const found: Task[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(
      new ListTasksCommand({ cluster, desiredStatus: "STOPPED", ...(nextToken ? { nextToken } : {}) }),
    );
    nextToken = page.nextToken;
    if (!page.taskArns?.length) continue;
    const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: page.taskArns }));
    found.push(...tasks.filter(({ group }) => group?.startsWith(`service:hangar-${environmentId}-worker-`)));
  } while (nextToken);
  return found;
}

/** Straight from the environment's database: the API pages, and counts what it is asked to show. */
async function taskRows(home: string, environmentId: string, dagIds: readonly string[]): Promise<readonly TaskRow[]> {
  return rowsOf<TaskRow>(
    home,
    `hangar_${environmentId}`,
    `select dag_id as "dagId", run_id as "runId", map_index as "index", state, try_number as "tryNumber", hostname as "worker",
       (select count(*)::int from task_instance_history h
         where h.dag_id = t.dag_id and h.run_id = t.run_id and h.task_id = t.task_id and h.map_index = t.map_index
       ) as "earlierTries"
     from task_instance t where dag_id = any($1)`,
    [dagIds],
  );
}
