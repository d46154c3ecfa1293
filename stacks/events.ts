// What happens elsewhere: rules put events into queues, queues feed functions in batches.
import { patternOf, queues as queueWiring, rules } from "../functions/triggers.ts";
import { functions } from "./functions.ts";
import { logicalName, physicalName } from "./names.ts";
import { queues } from "./queues.ts";
import { controlBucket } from "./storage.ts";

/** Without it S3 tells the bus nothing of the control bucket. The buckets of users are theirs to set. */
new aws.s3.BucketNotification("ControlEvents", { bucket: controlBucket.name, eventbridge: true });

for (const entry of queueWiring) {
  const { queue } = queues[entry.name]!;
  const { consumer } = entry;
  queue.subscribe(functions[consumer.function].arn, {
    batch: {
      size: consumer.batchSize,
      // Lambda's windows are whole seconds.
      window: `${Math.ceil(consumer.batchWindowSeconds)} seconds`,
      partialResponses: true,
    },
  });
  const sources = rules.filter((rule) => rule.queue === entry.name).map(eventRule);
  allowEvents(entry.name, queue, sources);
}

/** On the account's default bus, where S3 and CloudWatch announce what happens. */
function eventRule(rule: (typeof rules)[number]): aws.cloudwatch.EventRule {
  const made = new aws.cloudwatch.EventRule(logicalName(rule.name), {
    name: physicalName(rule.name),
    eventPattern: controlBucket.name.apply((name) => JSON.stringify(patternOf(rule, name))),
  });
  new aws.cloudwatch.EventTarget(`${logicalName(rule.name)}Target`, {
    rule: made.name,
    arn: queues[rule.queue]!.queue.arn,
  });
  return made;
}

/** These rules may send; nobody may without TLS. */
function allowEvents(name: string, queue: sst.aws.Queue, sources: readonly aws.cloudwatch.EventRule[]): void {
  new aws.sqs.QueuePolicy(`${logicalName(name)}Policy`, {
    queueUrl: queue.url,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ["sqs:SendMessage"],
          resources: [queue.arn],
          principals: [{ type: "Service", identifiers: ["events.amazonaws.com"] }],
          conditions: [{ test: "ArnEquals", variable: "aws:SourceArn", values: sources.map((rule) => rule.arn) }],
        },
        {
          effect: "Deny",
          actions: ["sqs:*"],
          resources: [queue.arn],
          principals: [{ type: "*", identifiers: ["*"] }],
          conditions: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
        },
      ],
    }).json,
  });
}
