// Event sources: queues whose messages call a function, as Lambda's event source mapping for SQS does. At least once:
// a message is deleted only after the function has taken it.
import { pauseUnlessAborted } from "../pause.ts";
import type { InvokeResult, WiredQueue } from "./wiring.ts";

/** In the members of a Lambda SQS record. */
export interface SourceMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: unknown;
}

/** What is needed of the SQS engine. */
export interface SourceQueues {
  receive(
    queueName: string,
    options: { readonly maxMessages: number; readonly waitSeconds: number; readonly signal: AbortSignal },
  ): Promise<readonly SourceMessage[]>;
  delete(queueName: string, receiptHandles: readonly string[]): void | Promise<void>;
}

export interface EventSourceOptions {
  readonly queues: readonly WiredQueue[];
  readonly sqs: SourceQueues;
  readonly invoke: (functionName: string, event: unknown) => Promise<InvokeResult>;
  readonly region: string;
  readonly accountId: string;
  /** Milliseconds on a clock that only goes forward; for tests. */
  readonly now?: () => number;
}

/** A batch stops growing here, well under the 6 MB of an invocation. */
const batchBytes = 4 * 1024 * 1024;
const longPollSeconds = 20;
const errorPauseMilliseconds = 1_000;

/** Starts one poller a queue. `close` lets a call in flight finish. */
export function startEventSources(options: EventSourceOptions): { close(): Promise<void> } {
  const stopping = new AbortController();
  const pollers = options.queues.map((queue) => poll(queue, options, stopping.signal));
  return {
    async close() {
      stopping.abort();
      await Promise.all(pollers);
    },
  };
}

async function poll(queue: WiredQueue, options: EventSourceOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const batch = await collect(queue, options, signal);
      if (batch.length > 0) await deliver(queue, batch, options);
    } catch (error) {
      // The queue is missing or the store failed: the messages come back by themselves.
      process.stderr.write(`event source ${queue.name}: ${error instanceof Error ? error.message : String(error)}\n`);
      await pauseUnlessAborted(errorPauseMilliseconds, signal);
    }
  }
}

/** Waits for a first message, then for more until the batch or its window is full. */
async function collect(queue: WiredQueue, options: EventSourceOptions, signal: AbortSignal): Promise<SourceMessage[]> {
  const now = options.now ?? (() => performance.now());
  const { batchSize, batchWindowSeconds } = queue.consumer;
  const receive = (maxMessages: number, waitSeconds: number) =>
    options.sqs.receive(queue.name, { maxMessages: Math.min(10, maxMessages), waitSeconds, signal });
  const batch = [...(await receive(batchSize, longPollSeconds))];
  const end = now() + batchWindowSeconds * 1000;
  let bytes = sizeOf(batch);
  while (batch.length > 0 && batch.length < batchSize && bytes < batchBytes && !signal.aborted) {
    const waitSeconds = (end - now()) / 1000;
    if (waitSeconds <= 0) break;
    const more = await receive(batchSize - batch.length, waitSeconds);
    batch.push(...more);
    bytes += sizeOf(more);
  }
  return batch;
}

async function deliver(queue: WiredQueue, batch: readonly SourceMessage[], options: EventSourceOptions): Promise<void> {
  const records = batch.map((message) => ({
    ...message,
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:${options.region}:${options.accountId}:${queue.name}`,
    awsRegion: options.region,
  }));
  const result = await options.invoke(queue.consumer.function, { Records: records });
  if ("errorType" in result) {
    process.stderr.write(`event source ${queue.name}: ${result.errorType}: ${result.errorMessage}\n`);
    return;
  }
  const failed = failedIds(result.payload, batch);
  const taken = batch.filter((message) => !failed.has(message.messageId)).map((message) => message.receiptHandle);
  if (taken.length > 0) await options.sqs.delete(queue.name, taken);
}

/** Ids of `batchItemFailures`. One that is empty or of no message of the batch fails the whole batch, as in AWS. */
function failedIds(payload: unknown, batch: readonly SourceMessage[]): ReadonlySet<string> {
  const listed = (payload as { batchItemFailures?: unknown } | null)?.batchItemFailures;
  if (!Array.isArray(listed)) return new Set();
  const ids = new Set(listed.map((item: { itemIdentifier?: string } | null) => item?.itemIdentifier ?? ""));
  const known = new Set(batch.map((message) => message.messageId));
  return [...ids].every((id) => known.has(id)) ? ids : known;
}

function sizeOf(messages: readonly SourceMessage[]): number {
  return messages.reduce((sum, message) => sum + message.body.length, 0);
}
