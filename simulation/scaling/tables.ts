// The tables of the simulation, in Markdown: docs/scaling.md has them as they are printed.
import { type Bill, billOf } from "./bill.ts";
import type { Trial } from "./trial.ts";

/** Scalers beside one another, load by load. @param trials by load, then by scaler */
export function scalersTable(trials: Readonly<Record<string, Readonly<Record<string, Trial>>>>): string {
  const lines = Object.entries(trials).flatMap(([load, byScaler]) =>
    Object.entries(byScaler).map(([scaler, { tasks, wait, decisionP95, workerHours, changes, lost }]) => [
      load,
      scaler,
      String(tasks),
      wait.mean.toFixed(1),
      wait.p95.toFixed(0),
      wait.p99.toFixed(0),
      decisionP95?.toFixed(0) ?? "–",
      workerHours.toFixed(1),
      changes.toFixed(0),
      String(lost),
    ]),
  );
  const heads = ["load", "rule", "tasks", "wait, mean s", "p95 s", "p99 s", "decision, p95 s"];
  return table([...heads, "worker-hours a day", "changes a day", "lost"], lines);
}

/** What Hangar's scaling asks of AWS under each load. @param environments in the fleet */
export function callsTable(trials: Readonly<Record<string, Trial>>, environments: number): string {
  const lines = Object.entries(trials).flatMap(([load, { calls }]) => {
    if (!calls) return [];
    const bill = billOf(calls, environments);
    const minutes = (count: number) => (count / 1440).toFixed(1);
    return [
      [
        load,
        minutes(calls.metricPuts),
        minutes(calls.metricGets / 4),
        minutes(calls.eventLooks + calls.scheduleLooks + 1440 / environments),
        minutes(calls.sqs),
        minutes(calls.ecs),
        minutes(calls.dynamodbReads + calls.scheduleLooks + calls.dynamodbWrites),
        minutes(calls.s3Gets + calls.s3Puts),
        ...dollars(bill),
      ],
    ];
  });
  const calls = ["PutMetricData", "GetMetricData", "Lambda", "SQS", "ECS", "DynamoDB units", "S3"];
  return table(["load", ...calls, ...dollarHeads], lines);
}

/** The same for fleets of several sizes, under one load. @param trials by number of environments */
export function fleetsTable(trials: ReadonlyMap<number, Trial>): string {
  const lines = [...trials].flatMap(([environments, { calls, environments: played }]) => {
    if (!calls) return [];
    const bill = billOf(calls, environments);
    return [
      [
        String(environments),
        String(played),
        ((calls.eventLooks + calls.scheduleLooks) / 1440).toFixed(1),
        ((calls.ecs * environments) / 86_400).toFixed(1),
        ...dollars(bill),
        (bill.total * environments).toFixed(0),
      ],
    ];
  });
  const heads = ["environments", "played", "looks a minute", "ECS calls a second, all"];
  return table([...heads, ...dollarHeads, "all"], lines);
}

const dollarHeads = ["signals $", "GetMetricData $", "Lambda $", "SQS $", "DynamoDB $", "S3 $", "total $"];
const dollars = ({ signals, metricData, lambda, sqs, dynamodb, s3, total }: Bill): readonly string[] =>
  [signals, metricData, lambda, sqs, dynamodb, s3, total].map((sum) => sum.toFixed(2));

/** Columns as wide as their widest cell; numbers to the right. */
function table(heads: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...lines.map((cells) => cells[column]!.length)));
  const numeric = heads.map((_head, column) => lines.every((cells) => /^[–\d]/.test(cells[column]!)));
  const drawn = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => (numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join(" | ")} |`;
  const rule = widths.map((width, column) => (numeric[column] ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2)));
  return [drawn(heads), `|${rule.join("|")}|`, ...lines.map(drawn)].join("\n");
}
