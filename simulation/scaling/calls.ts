// What scaling asks of AWS, counted where it asks: the calls each port makes in its adapter (shared/aws).

/** Counters of one environment's day. */
export class Calls {
  /** PutMetricData; two a period, one for each namespace. */
  metricPuts = 0;
  /** Metrics asked for by GetMetricData: CloudWatch counts each. */
  metricGets = 0;
  /** Looks, each in an invocation of its own: alarms, reminders. A batch of several would cost less. */
  eventLooks = 0;
  /** Looks of the schedule's messages, likewise. */
  scheduleLooks = 0;
  sqs = 0;
  ecs = 0;
  /** Units of 4 KB, read strongly, and of 1 KB, written. */
  dynamodbReads = 0;
  dynamodbWrites = 0;
  s3Gets = 0;
  /** Lists count as puts. */
  s3Puts = 0;
}

/** The mean of several days. */
export function meanOfCalls(all: readonly Calls[]): Calls {
  const mean = new Calls();
  for (const one of all) for (const key of Object.keys(mean) as (keyof Calls)[]) mean[key] += one[key] / all.length;
  return mean;
}
