// What a day's calls come to in a month of AWS, for one environment of a fleet. ECS's API and the events of alarms cost nothing.
import { functions } from "../../functions/wiring.ts";
import { alarmsOf } from "../../shared/domain/alarms.ts";
import type { Calls } from "./calls.ts";
import { lookSeconds, scheduleSeconds } from "./hangar.ts";
import prices from "./prices.json" with { type: "json" };
import { samplePool } from "./record.ts";

const functionGigabytes = functions["scaling-alarm-raised"].memoryMegabytes / 1024;
/** Names of metrics a monitor publishes, in both namespaces (dataplane, monitor_metrics.py). */
const metrics = 11 + 5;
/** What the schedule's function needs for each environment's message: it sends many at a time (assumed). */
const sendSeconds = 0.002;
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
  const runs = 86_400 / scheduleSeconds;
  const looks = day.eventLooks + day.scheduleLooks;
  const items = {
    signals:
      metrics * cloudwatch.customMetricMonth +
      alarms.reduce((sum, { periodSeconds }) => sum + alarmPrice(periodSeconds), 0) +
      month(day.metricPuts, cloudwatch.putMetricPer1000, 1000),
    metricData: month(day.metricGets, cloudwatch.getMetricDataPer1000Metrics, 1000),
    lambda:
      month(looks + runs / environments, lambda.perMillionRequests, 1e6) +
      month((looks * lookSeconds + runs * sendSeconds) * functionGigabytes, lambda.gbSecondArm, 1),
    sqs: month(day.sqs + idlePollsOfDay / environments, sqs.perMillion, 1e6),
    dynamodb:
      month(day.dynamodbReads + runs, dynamodbOnDemand.perMillionReads, 1e6) +
      month(day.dynamodbWrites, dynamodbOnDemand.perMillionWrites, 1e6),
    s3: month(day.s3Gets, s3.getPer1000, 1000) + month(day.s3Puts, s3.putPer1000, 1000),
  };
  return { ...items, total: Object.values(items).reduce((sum, one) => sum + one, 0) };
}
