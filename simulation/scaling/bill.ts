// What a day's calls come to in a month of AWS, for one environment of a fleet. ECS's API and the events of alarms cost nothing.
import { functions } from "../../functions/wiring.ts";
import { alarmsOf } from "../../shared/domain/alarms.ts";
import type { Calls } from "./calls.ts";
import { lookSeconds, mostScheduled, schedule } from "./hangar.ts";
import prices from "./prices.json" with { type: "json" };
import { samplePool } from "./record.ts";

const functionGigabytes = functions["scaling-alarm-raised"].memoryMegabytes / 1024;
/** Names of metrics a monitor publishes, in both namespaces (dataplane, monitor_metrics.py). */
const metrics = 11 + 5;
/** What each invocation for an alarm or a reminder reads first, to find its own: functions/events/scaling-alarm-raised.ts. */
const recordsReadByAnEvent = (environments: number): number => environments;
/** Lambda keeps five long polls of 20 s on its queue, whoever has messages (Lambda developer guide, "SQS"). */
const idlePollsOfDay = (5 * 86_400) / 20;
const daysOfMonth = 365 / 12;

/** USD a month, for one environment. */
export interface Bill {
  /** Metrics and alarms by the piece, and PutMetricData: what it costs to be watched. */
  readonly signals: number;
  readonly metricData: number;
  readonly lambda: number;
  readonly sqs: number;
  readonly dynamodb: number;
  /** What each alarm and reminder reads beyond its own record: the one item that grows with the fleet. */
  readonly otherRecords: number;
  readonly s3: number;
  readonly total: number;
}

/**
 * @param day the mean of the fleet's environments: counts need not be whole
 * @param environments how many share the schedule and the table
 */
export function billOf(day: Calls, environments: number): Bill {
  const month = (calls: number, price: number, per: number) => (calls * daysOfMonth * price) / per;
  const { cloudwatch, lambda, sqs, dynamodbOnDemand, s3 } = prices;
  const alarms = alarmsOf({ name: "one", environmentId: "e0000000001" }, samplePool);
  const alarmPrice = (periodSeconds: number) =>
    periodSeconds < 60 ? cloudwatch.alarmHighResolutionMonth : cloudwatch.alarmStandardMonth;
  const runs = 86_400 / schedule.everySeconds;
  const scheduleSeconds = (runs * Math.min(environments, mostScheduled) * lookSeconds) / environments;
  const items = {
    signals:
      metrics * cloudwatch.customMetricMonth +
      alarms.reduce((sum, { periodSeconds }) => sum + alarmPrice(periodSeconds), 0) +
      month(day.metricPuts, cloudwatch.putMetricPer1000, 1000),
    metricData: month(day.metricGets, cloudwatch.getMetricDataPer1000Metrics, 1000),
    lambda:
      month(day.eventLooks + runs / environments, lambda.perMillionRequests, 1e6) +
      month((day.eventLooks * lookSeconds + scheduleSeconds) * functionGigabytes, lambda.gbSecondArm, 1),
    sqs: month(day.sqs + idlePollsOfDay / environments, sqs.perMillion, 1e6),
    dynamodb:
      month(day.dynamodbReads + day.scheduleLooks, dynamodbOnDemand.perMillionReads, 1e6) +
      month(day.dynamodbWrites, dynamodbOnDemand.perMillionWrites, 1e6),
    otherRecords: month(otherReads(day, environments), dynamodbOnDemand.perMillionReads, 1e6),
    s3: month(day.s3Gets, s3.getPer1000, 1000) + month(day.s3Puts, s3.putPer1000, 1000),
  };
  return { ...items, total: Object.values(items).reduce((sum, one) => sum + one, 0) };
}

/** Records that one environment's events read in a day, other than by their looks. */
export const otherReads = (day: Calls, environments: number): number =>
  day.eventLooks * recordsReadByAnEvent(environments);
