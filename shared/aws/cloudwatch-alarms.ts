// Environments' alarms in CloudWatch.
import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import type { AlarmSpec } from "../domain/alarms.ts";
import type { Alarms } from "../ports/alarms.ts";

export function cloudwatchAlarms(client: CloudWatchClient): Alarms {
  return {
    async put(alarms) {
      // one after the other: CloudWatch takes three of these a second
      for (const alarm of alarms) await client.send(new PutMetricAlarmCommand(inputOf(alarm)));
    },
    async remove(names) {
      // an unknown name among them and DeleteAlarms deletes none
      const found = await client.send(
        new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ["MetricAlarm"] }),
      );
      const AlarmNames = (found.MetricAlarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
      if (AlarmNames.length > 0) await client.send(new DeleteAlarmsCommand({ AlarmNames }));
    },
  };
}

/** Only the highest value of a period counts: a mean would be a load nobody measured. */
const inputOf = (alarm: AlarmSpec) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.means,
  Namespace: alarm.namespace,
  MetricName: alarm.metric,
  Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
  Statistic: "Maximum" as const,
  Period: alarm.periodSeconds,
  EvaluationPeriods: alarm.periods,
  ComparisonOperator: alarm.below === undefined ? ("GreaterThanThreshold" as const) : ("LessThanThreshold" as const),
  Threshold: alarm.below ?? alarm.above ?? 0,
  TreatMissingData: alarm.missing,
  AlarmActions: [...alarm.topics],
  OKActions: [...alarm.topics],
});
