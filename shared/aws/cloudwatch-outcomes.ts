// How environments' operations end, in CloudWatch: the metric of the stuck-operation alarm (domain/alarms.ts).
import { type CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { stuckOperationMetric } from "../domain/alarms.ts";
import type { OperationOutcomes } from "../ports/operation-outcomes.ts";

export function cloudwatchOutcomes(client: CloudWatchClient): OperationOutcomes {
  return {
    async tell(environment, stuck) {
      const { namespace, metric, dimensions } = stuckOperationMetric(environment);
      await client.send(
        new PutMetricDataCommand({
          Namespace: namespace,
          MetricData: [
            {
              MetricName: metric,
              Value: stuck ? 1 : 0,
              Unit: "Count",
              Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
          ],
        }),
      );
    },
  };
}
