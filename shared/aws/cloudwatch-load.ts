// Measurements of environments' monitors in CloudWatch: namespace, names and dimensions are the agent's (dataplane/README.md).
import { type CloudWatchClient, GetMetricDataCommand, type MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { LoadPoint } from "../domain/scaling-load.ts";
import type { LoadMetrics } from "../ports/load-metrics.ts";

const names = ["Running", "Queued", "Slots", "Need"] as const;
/** CloudWatch answers 100,800 values at most; a window has a few hundred. */
const mostPages = 10;

/**
 * @param settings.periodSeconds one of CloudWatch's: 1, 5, 10, 30 or whole minutes; as often as the monitor measures, so
 * that a value is one measurement and no mixture
 */
export function cloudwatchLoad(client: CloudWatchClient, settings: { readonly periodSeconds: number }): LoadMetrics {
  return {
    async load({ name, environmentId }, since, until) {
      const Dimensions = [
        { Name: "Environment", Value: name },
        { Name: "EnvironmentId", Value: environmentId },
      ];
      const MetricDataQueries = names.map((MetricName) => ({
        Id: MetricName.toLowerCase(),
        MetricStat: {
          Metric: { Namespace: "Hangar/MWAA", MetricName, Dimensions },
          Period: settings.periodSeconds,
          Stat: "Maximum",
        },
      }));
      const results: MetricDataResult[] = [];
      let NextToken: string | undefined;
      for (let page = 0; page < mostPages; page++) {
        const answer = await client.send(
          new GetMetricDataCommand({
            MetricDataQueries,
            StartTime: new Date(since),
            EndTime: new Date(until),
            ScanBy: "TimestampAscending",
            ...(NextToken === undefined ? {} : { NextToken }),
          }),
        );
        results.push(...(answer.MetricDataResults ?? []));
        NextToken = answer.NextToken;
        if (NextToken === undefined) break;
      }
      return pointsOf(results);
    },
  };
}

/** A moment counts when all four were measured then. */
function pointsOf(results: readonly MetricDataResult[]): readonly LoadPoint[] {
  const values = (name: (typeof names)[number]): ReadonlyMap<number, number> =>
    new Map(
      results
        .filter(({ Id }) => Id === name.toLowerCase())
        .flatMap(({ Timestamps = [], Values = [] }) =>
          Timestamps.map((time, index) => [time.getTime(), Values[index] ?? 0] as const),
        ),
    );
  const [running, queued, slots, need] = names.map(values) as [
    ReadonlyMap<number, number>,
    ReadonlyMap<number, number>,
    ReadonlyMap<number, number>,
    ReadonlyMap<number, number>,
  ];
  return [...need]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([at, workers]): LoadPoint[] => {
      const [now, waiting, size] = [running.get(at), queued.get(at), slots.get(at)];
      if (now === undefined || waiting === undefined || size === undefined) return [];
      return [{ at, running: now, queued: waiting, slots: size, need: workers }];
    });
}
