// What became of every task: Airflow's own rows beside a file the tasks append to themselves. Neither is believed alone.

/** A task instance as the metadata database has it. */
export interface TaskRow {
  readonly dagId: string;
  readonly runId: string;
  readonly index: number;
  /** Airflow's; null while it has none. */
  readonly state: string | null;
  readonly tryNumber: number;
  /** The worker that has it, or had it; empty while none has. */
  readonly worker?: string;
  /** Earlier tries the database remembers. */
  readonly earlierTries: number;
}

export interface Account {
  readonly tasks: number;
  /** Not a success, or one of which no task says that it ended. */
  readonly lost: readonly string[];
  /** Begun or ended more than once, or tried more than once. */
  readonly duplicated: readonly string[];
  /** Begun and never ended. */
  readonly killed: readonly string[];
  /** In the file, and unknown to Airflow. */
  readonly unknown: readonly string[];
}

export interface LoadKind {
  /** None unless said. */
  readonly retries?: number;
  /** The time is spent in the triggerer. */
  readonly isDeferred?: boolean;
}

/** A DAG of parallel tasks, one for each number: so many seconds of work, with a line in the file before and after. */
export const loadDag = (
  dagId: string,
  seconds: readonly number[],
  file: string,
  { retries = 0, isDeferred = false }: LoadKind = {},
): string => `import os
import time
from datetime import datetime, timedelta

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, dag


def write(what, own):
    line = f"{what} {own.dag_id} {own.run_id} {own.map_index} {own.try_number} {os.getpid()} {time.time()}\\n"
    file = os.open("${file}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


class Work(BaseOperator):
    def __init__(self, *, seconds, **named):
        super().__init__(**named)
        self.seconds = seconds

    def execute(self, context):
        write("began", context["ti"])
        if ${isDeferred ? "True" : "False"}:
            self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=self.seconds)), method_name="resume")
        time.sleep(self.seconds)
        write("ended", context["ti"])

    def resume(self, context, event=None):
        write("ended", context["ti"])


@dag(
    dag_id="${dagId}", schedule=None, start_date=datetime(2024, 1, 1), catchup=False,
    max_active_tasks=1000, max_active_runs=1000,
)
def load():
    Work.partial(task_id="work", retries=${retries}, retry_delay=timedelta(seconds=2)).expand(seconds=[${seconds.join(", ")}])


load()
`;

/** @param ledger the text of the file @param rows of all tasks that were submitted, and of no others */
export function accountOf(ledger: string, rows: readonly TaskRow[]): Account {
  const times = { began: new Map<string, number>(), ended: new Map<string, number>() };
  for (const line of ledger.split("\n")) {
    const [what, dagId, runId, index] = line.split(" ");
    if ((what !== "began" && what !== "ended") || index === undefined) continue;
    const key = `${dagId} ${runId} ${index}`;
    times[what].set(key, (times[what].get(key) ?? 0) + 1);
  }
  const began = (key: string) => times.began.get(key) ?? 0;
  const ended = (key: string) => times.ended.get(key) ?? 0;
  const known = new Set(rows.map(nameOf));
  const those = (wrong: (row: TaskRow, key: string) => boolean) =>
    rows.filter((row) => wrong(row, nameOf(row))).map((row) => `${nameOf(row)} (${row.state}, try ${row.tryNumber})`);
  return {
    tasks: rows.length,
    lost: those(({ state }, key) => state !== "success" || began(key) === 0 || ended(key) === 0),
    duplicated: those(
      ({ tryNumber, earlierTries }, key) => began(key) > 1 || ended(key) > 1 || tryNumber > 1 || earlierTries > 0,
    ),
    killed: those((_row, key) => began(key) > ended(key)),
    unknown: [...times.began.keys()].filter((key) => !known.has(key)),
  };
}

/** How an account names a task. */
export const nameOf = ({ dagId, runId, index }: TaskRow): string => `${dagId} ${runId} ${index}`;
