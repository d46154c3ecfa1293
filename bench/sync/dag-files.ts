// The DAG folder both sides serve: small DAGs of five tasks in a folder for each team, a third of which import one of ten
// helper modules.

export interface DagFile {
  /** Below the DAG folder. */
  readonly path: string;
  readonly dagId: string;
  /** @param description what Airflow's REST API shows once it has parsed this text */
  text(description: string): string;
}

const teams = 10;
const helpers = 10;
const helperFolder = "bench_sync_shared";

/** @param prefix what the DAG ids begin with; two sets of files need two */
export function dagFiles(prefix: string, count: number): readonly DagFile[] {
  return Array.from({ length: count }, (_, number) => {
    const dagId = `${prefix}_${String(number).padStart(4, "0")}`;
    const helper = number % 3 === 0 ? helperName(number % helpers) : undefined;
    return {
      path: `${prefix}_team_${number % teams}/${dagId}.py`,
      dagId,
      text: (description) => dagText(dagId, description, helper),
    };
  });
}

/** The helper modules, and what makes a package of them: path below the DAG folder → text. */
export const helperFiles = (): readonly { readonly path: string; readonly text: string }[] => [
  { path: `${helperFolder}/__init__.py`, text: '"""What teams share."""\n' },
  ...Array.from({ length: helpers }, (_, number) => ({
    path: `${helperFolder}/${helperName(number)}.py`,
    text: helperText(number),
  })),
];

const helperName = (number: number): string => `cleaning_${number}`;

const helperText = (number: number): string => `"""What several teams do to their rows before they use them."""

from __future__ import annotations

import json
import statistics

LIMIT = ${number + 10}


def cleaned(rows: list[int]) -> list[int]:
    return [row for row in rows if 0 <= row <= LIMIT]


def summary(rows: list[int]) -> str:
    return json.dumps({"rows": len(rows), "median": statistics.median(rows) if rows else None})
`;

const dagText = (dagId: string, description: string, helper: string | undefined): string => `"""${dagId}."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import dag, task
${helper ? `from ${helperFolder}.${helper} import cleaned, summary\n` : ""}

@dag(
    dag_id="${dagId}",
    description="${description}",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    tags=["bench"],
)
def pipeline():
    @task
    def extract() -> list[int]:
        return list(range(20))

    @task
    def clean(rows: list[int]) -> list[int]:
        return ${helper ? "cleaned(rows)" : "[row for row in rows if row % 2 == 0]"}

    @task
    def total(rows: list[int]) -> int:
        return sum(rows)

    @task
    def describe(rows: list[int]) -> str:
        return ${helper ? "summary(rows)" : "str(len(rows))"}

    @task
    def report(amount: int, words: str) -> None:
        print(amount, words)

    rows = clean(extract())
    report(total(rows), describe(rows))


pipeline()
`;
