import { expect, it } from "vitest";
import { differences, type EveryRow, withoutColumns } from "../../stories/support/every-row.ts";

const rows = (...all: [string, string[]][]): EveryRow => new Map(all);
const before = rows(["dag_run", ["a", "b", "b"]], ["variable", ["city"]]);

it("says nothing of databases that are the same, in whatever order their tables come", () => {
  expect(differences(before, rows(["variable", ["city"]], ["dag_run", ["a", "b", "b"]]))).toEqual([]);
});

it.each([
  ["a row that is gone", rows(["dag_run", ["a", "b", "b"]], ["variable", []]), ["variable: 1 rows are gone"]],
  ["one of two like it", rows(["dag_run", ["a", "b"]], ["variable", ["city"]]), ["dag_run: 1 rows are gone"]],
  ["a table that is gone", rows(["dag_run", ["a", "b", "b"]]), ["variable: 1 rows are gone"]],
  [
    "a row that has come",
    rows(["dag_run", ["a", "b", "b", "c"]], ["variable", ["city"]]),
    ["dag_run: 0 rows are gone, 1 have come (c)"],
  ],
  [
    "a row that is another now, in two tables",
    rows(["dag_run", ["a", "b", "x"]], ["variable", ["town"]]),
    ["dag_run: 1 rows are gone (b), 1 have come (x)", "variable: 1 rows are gone (city), 1 have come (town)"],
  ],
])("names %s", (_what, after, said) => {
  expect(differences(before, after)).toEqual(said.map((sentence) => expect.stringContaining(sentence)));
});

it("leaves out the columns it is told, of that table alone", () => {
  const all = rows(["task_instance", ['{"id": 1, "queue": "a"}']], ["xcom", ['{"queue": "a"}']]);
  expect(withoutColumns(all, "task_instance", ["queue"])).toEqual(
    rows(["task_instance", ['{"id":1}']], ["xcom", ['{"queue": "a"}']]),
  );
});
