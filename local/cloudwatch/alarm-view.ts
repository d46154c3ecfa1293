// An alarm and its history as the answers of CloudWatch show them.
import { type Alarm, alarmArn } from "./alarm.ts";
import type { HistoryItem } from "./alarm-history.ts";

/** What views need to know: where they are, and how the protocol writes a moment given in milliseconds. */
export interface ViewOptions {
  readonly region: string;
  readonly accountId: string;
  readonly time: (milliseconds: number) => unknown;
}

/** A member of DescribeAlarms' `MetricAlarms`. Actions are shown as they were given; this region carries none out. */
export function alarmView({ configuration, configurationUpdatedAt, state }: Alarm, options: ViewOptions) {
  return {
    AlarmName: configuration.name,
    AlarmArn: alarmArn(configuration.name, options),
    AlarmDescription: configuration.description,
    AlarmConfigurationUpdatedTimestamp: options.time(configurationUpdatedAt),
    ActionsEnabled: configuration.actionsEnabled,
    OKActions: configuration.okActions,
    AlarmActions: configuration.alarmActions,
    InsufficientDataActions: configuration.insufficientDataActions,
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: options.time(state.updatedAt),
    StateTransitionedTimestamp: options.time(state.transitionedAt),
    MetricName: configuration.metricName,
    Namespace: configuration.namespace,
    Statistic: configuration.statistic,
    ExtendedStatistic: configuration.extendedStatistic,
    Dimensions: configuration.dimensions,
    Period: configuration.periodSeconds,
    Unit: configuration.unit,
    EvaluationPeriods: configuration.evaluationPeriods,
    DatapointsToAlarm: configuration.datapointsToAlarm,
    Threshold: configuration.threshold,
    ComparisonOperator: configuration.comparisonOperator,
    TreatMissingData: configuration.treatMissingData,
    EvaluateLowSampleCountPercentile: configuration.evaluateLowSampleCountPercentile,
  };
}

/** A member of DescribeAlarmHistory's `AlarmHistoryItems`. */
export function historyView(item: HistoryItem, { time }: Pick<ViewOptions, "time">) {
  return {
    AlarmName: item.alarmName,
    AlarmType: "MetricAlarm",
    Timestamp: time(item.at),
    HistoryItemType: item.type,
    HistorySummary: item.summary,
    HistoryData: item.data,
  };
}
