// The queues of the wiring, each with the queue its undeliverable messages go to.
import { queues as wiring } from "../functions/triggers.ts";
import { logicalName, physicalName } from "./names.ts";

export interface WiredQueue {
  readonly queue: sst.aws.Queue;
  readonly dead: sst.aws.Queue;
}

/** Every queue, by its name in the wiring. */
export const queues: Readonly<Record<string, WiredQueue>> = Object.fromEntries(
  wiring.map((entry) => {
    const dead = named(`${entry.name}-dead`, {
      // SQS's longest: time for a person to look.
      transform: { queue: { messageRetentionSeconds: 14 * 24 * 3600 } },
    });
    const queue = named(entry.name, {
      visibilityTimeout: `${entry.visibilityTimeoutSeconds} seconds`,
      dlq: { queue: dead.arn, retry: entry.maxReceiveCount },
    });
    return [entry.name, { queue, dead }];
  }),
);

/** The queue that feeds this function, if one does. */
export const queueOf = (functionName: string): sst.aws.Queue | undefined => {
  const entry = wiring.find((one) => one.consumer.function === functionName);
  return entry && queues[entry.name]?.queue;
};

function named(name: string, args: sst.aws.QueueArgs): sst.aws.Queue {
  return new sst.aws.Queue(logicalName(name), {
    ...args,
    transform: { queue: { name: physicalName(name), sqsManagedSseEnabled: true, ...args.transform?.queue } },
  });
}
