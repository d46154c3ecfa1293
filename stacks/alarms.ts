// What a person must hear of, on one topic: an operation that failed, a message nobody could handle, a function that
// fails, a sweeper that fell silent. Who subscribes to the topic is the account's business.
import { routes } from "../functions/routes.ts";
import { queues as queueWiring, schedules } from "../functions/triggers.ts";
import { alarmTopic } from "./alarm-topic.ts";
import { api } from "./api.ts";
import { functions } from "./functions.ts";
import { machines } from "./machines.ts";
import { logicalName, physicalName } from "./names.ts";
import { queues } from "./queues.ts";

interface Watch {
  readonly name: string;
  readonly means: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Record<string, $util.Input<string>>;
  readonly statistic: "Sum" | "Maximum";
  /** Seconds. */
  readonly period: number;
  /** Alarms when the value is above it, or below it where `below` is set. */
  readonly above?: number;
  readonly below?: number;
  readonly missing: "notBreaching" | "breaching";
}

for (const { contract, machine } of machines) {
  for (const metric of ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"]) {
    alarm({
      name: `${contract.name}-${metric.replace("Executions", "").toLowerCase()}`,
      means: "An operation was rolled back or is stuck: LastUpdate.Error of its environment says why and what to do.",
      namespace: "AWS/States",
      metric,
      dimensions: { StateMachineArn: machine.arn },
      statistic: "Sum",
      period: 60,
      above: 0,
      missing: "notBreaching",
    });
  }
}

for (const { name } of queueWiring) {
  alarm({
    name: `${name}-dead`,
    means: "Messages could not be handled and wait in the dead letter queue.",
    namespace: "AWS/SQS",
    metric: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: queues[name]!.dead.nodes.queue.name },
    statistic: "Maximum",
    period: 60,
    above: 0,
    missing: "notBreaching",
  });
}

// Not the steps: a refused undo and a busy lease are errors by design there, and what matters fails the execution.
const calledDirectly = [
  ...routes.map((route) => route.function),
  ...queueWiring.map((queue) => queue.consumer.function),
  ...schedules.map((schedule) => schedule.function),
];
for (const name of new Set(calledDirectly)) {
  alarm({
    name: `${name}-errors`,
    means: "The function threw: its log group has the error.",
    namespace: "AWS/Lambda",
    metric: "Errors",
    dimensions: { FunctionName: functions[name].name },
    statistic: "Sum",
    period: 300,
    above: 0,
    missing: "notBreaching",
  });
}

// Interrupted operations and lost events are made good by the schedules alone.
for (const schedule of schedules) {
  alarm({
    name: `${schedule.function}-silent`,
    means: "A scheduled function has not run: interrupted operations and lost events are not made good.",
    namespace: "AWS/Lambda",
    metric: "Invocations",
    dimensions: { FunctionName: functions[schedule.function].name },
    statistic: "Sum",
    period: Math.max(300, schedule.everySeconds * 5),
    below: 1,
    missing: "breaching",
  });
}

alarm({
  name: "api-faults",
  means: "Requests are answered with a 5xx.",
  namespace: "AWS/ApiGateway",
  metric: "5xx",
  dimensions: { ApiId: api.nodes.api.id },
  statistic: "Sum",
  period: 300,
  above: 0,
  missing: "notBreaching",
});

function alarm(watch: Watch): void {
  const below = watch.below !== undefined;
  new aws.cloudwatch.MetricAlarm(logicalName(`${watch.name}-alarm`), {
    name: physicalName(watch.name),
    alarmDescription: watch.means,
    namespace: watch.namespace,
    metricName: watch.metric,
    dimensions: watch.dimensions,
    statistic: watch.statistic,
    period: watch.period,
    evaluationPeriods: 1,
    comparisonOperator: below ? "LessThanThreshold" : "GreaterThanThreshold",
    threshold: watch.below ?? watch.above ?? 0,
    treatMissingData: watch.missing,
    alarmActions: [alarmTopic.arn],
    okActions: [alarmTopic.arn],
  });
}
