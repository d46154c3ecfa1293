// The history items of an alarm, as DescribeAlarmHistory shows them: texts with JSON inside, in CloudWatch's own members.
import { type Alarm, type AlarmState, alarmArn } from "./alarm.ts";
import { timestamp } from "./alarm-reason.ts";

export interface HistoryItem {
  readonly alarmName: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: "ConfigurationUpdate" | "StateUpdate";
  readonly summary: string;
  /** JSON text. */
  readonly data: string;
}

const verbs = { Create: "created", Update: "updated", Delete: "deleted" } as const;

/** Tells that an alarm was created, given another configuration, or deleted. */
export function configurationUpdate(
  kind: keyof typeof verbs,
  alarm: Alarm,
  at: number,
  place: { readonly region: string; readonly accountId: string },
): HistoryItem {
  const { name } = alarm.configuration;
  const data = { version: "1.0", type: kind, [`${verbs[kind]}Alarm`]: describedInHistory(alarm, place) };
  const summary = `Alarm "${name}" ${verbs[kind]}`;
  return { alarmName: name, at, type: "ConfigurationUpdate", summary: shortened(summary), data: JSON.stringify(data) };
}

/** Tells that an alarm went from one state to another. */
export function stateUpdate(alarmName: string, from: AlarmState, to: AlarmState): HistoryItem {
  const data = { version: "1.0", oldState: stateInHistory(from), newState: stateInHistory(to) };
  const summary = `Alarm updated from ${from.value} to ${to.value}`;
  return { alarmName, at: to.updatedAt, type: "StateUpdate", summary, data: JSON.stringify(data) };
}

function stateInHistory({ value, reason, reasonData }: AlarmState) {
  return {
    stateValue: value,
    stateReason: reason,
    ...(reasonData === undefined ? {} : { stateReasonData: JSON.parse(reasonData) as unknown }),
  };
}

function describedInHistory(
  { configuration, configurationUpdatedAt, state }: Alarm,
  place: { readonly region: string; readonly accountId: string },
) {
  const { description, treatMissingData, datapointsToAlarm, statistic, extendedStatistic, unit } = configuration;
  return {
    alarmName: configuration.name,
    ...(description === undefined ? {} : { alarmDescription: description }),
    alarmArn: alarmArn(configuration.name, place),
    alarmConfigurationUpdatedTimestamp: timestamp(configurationUpdatedAt),
    namespace: configuration.namespace,
    metricName: configuration.metricName,
    ...(statistic === undefined ? { extendedStatistic } : { statistic }),
    period: configuration.periodSeconds,
    ...(unit === undefined ? {} : { unit }),
    dimensions: configuration.dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
    threshold: configuration.threshold,
    comparisonOperator: configuration.comparisonOperator,
    evaluationPeriods: configuration.evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { datapointsToAlarm }),
    ...(treatMissingData === undefined ? {} : { treatMissingData }),
    stateValue: state.value,
    stateUpdatedTimestamp: timestamp(state.updatedAt),
    actionsEnabled: configuration.actionsEnabled,
    alarmActions: configuration.alarmActions,
    insufficientDataActions: configuration.insufficientDataActions,
    okactions: configuration.okActions,
  };
}

/** A summary has room for 255 characters, and a name may have as many. */
function shortened(text: string): string {
  return text.length <= 255 ? text : `${text.slice(0, 252)}...`;
}
