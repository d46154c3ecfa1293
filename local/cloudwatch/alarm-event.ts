// The EventBridge event of an alarm that changed its state, as CloudWatch sends it. Pure.
import type { BusEvent } from "../engine.ts";
import { type Alarm, type AlarmConfiguration, type AlarmState, alarmArn, metricQueryId } from "./alarm.ts";
import { timestamp } from "./alarm-reason.ts";

/**
 * @param alarm with the state it has now
 * @param id of the event; it stays the same however often the event is handed over
 */
export function stateChangeEvent(
  alarm: Alarm,
  previous: AlarmState,
  id: string,
  place: { readonly region: string; readonly accountId: string },
): BusEvent {
  const { configuration, state } = alarm;
  return {
    id,
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    time: `${new Date(state.updatedAt).toISOString().slice(0, 19)}Z`,
    region: place.region,
    account: place.accountId,
    resources: [alarmArn(configuration.name, place)],
    detail: {
      alarmName: configuration.name,
      state: stateInEvent(state),
      previousState: stateInEvent(previous),
      configuration: configurationInEvent(configuration),
    },
  };
}

function stateInEvent({ value, reason, reasonData, updatedAt }: AlarmState) {
  return { value, reason, ...(reasonData === undefined ? {} : { reasonData }), timestamp: timestamp(updatedAt) };
}

function configurationInEvent(configuration: AlarmConfiguration) {
  const { description, namespace, metricName, dimensions, periodSeconds, unit } = configuration;
  const metric = {
    namespace,
    name: metricName,
    dimensions: Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])),
  };
  const metricStat = {
    metric,
    period: periodSeconds,
    stat: configuration.statistic ?? configuration.extendedStatistic,
    ...(unit === undefined ? {} : { unit }),
  };
  return {
    ...(description === undefined ? {} : { description }),
    metrics: [{ id: metricQueryId(configuration), metricStat, returnData: true }],
  };
}
