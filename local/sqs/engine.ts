// The SQS engine: standard queues on SQLite behind the AWS JSON 1.0 protocol, and the same queues for code in process.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Engine, EngineContext } from "../engine.ts";
import { answerJson, ServiceError } from "../json-protocol.ts";
import { queryError } from "../sts/query-protocol.ts";
import { batchOperations } from "./batch-operations.ts";
import { openDatabase } from "../sqlite.ts";
import { type Schedule, scheduleByTimer } from "./long-poll.ts";
import type { MessageAttributes } from "./message-attributes.ts";
import { md5, messageOperations, refuseTooLong, systemAttributesOf } from "./message-operations.ts";
import { messageSchema } from "./message-store.ts";
import { createMessaging } from "./messaging.ts";
import { numericAttribute, type QueueAttributes } from "./queue-attributes.ts";
import { currentAttributes, queueOperations } from "./queue-operations.ts";
import { queueSchema } from "./queue-store.ts";

/** A received message, in the members of a Lambda SQS record. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** SenderId, SentTimestamp, ApproximateReceiveCount, ApproximateFirstReceiveTimestamp, … */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: MessageAttributes;
}

export interface SqsEngine extends Engine {
  /** Receives as ReceiveMessage does; an aborted `signal` ends the wait with nothing taken. @throws QueueDoesNotExist */
  receive(
    queueName: string,
    options: {
      readonly maxMessages: number;
      readonly waitSeconds: number;
      readonly signal: AbortSignal;
      readonly visibilityTimeoutSeconds?: number;
    },
  ): Promise<readonly ReceivedMessage[]>;
  /** Deletes by receipt handles; stale ones delete nothing. */
  delete(queueName: string, receiptHandles: readonly string[]): void;
  /** Changes the visibility of a message in flight, in seconds from now. */
  changeVisibility(queueName: string, receiptHandle: string, seconds: number): void;
  /** Keeps a message durably. Answers its id. @throws QueueDoesNotExist, InvalidParameterValue when it is too long */
  send(queueName: string, body: string, options?: { readonly delaySeconds?: number }): Promise<string>;
  exists(queueName: string): boolean;
  /** Attributes as GetQueueAttributes `All`, counts as of now. @throws QueueDoesNotExist */
  attributes(queueName: string): QueueAttributes;
}

/** The most often expired messages leave the disk; they stop being received at once whatever this says. */
const expiryMilliseconds = 300_000;

/** Clients from before 2023 speak the Query protocol; they are told so in their own form. */
const olderService = { namespace: "http://queue.amazonaws.com/doc/2012-11-05/", version: "2012-11-05" };
const tooOldClient = new ServiceError(
  "InvalidAction",
  "SQS speaks AWS JSON 1.0 in this one-machine region, not Query: use botocore 1.31.81 or newer (boto3 1.28.81).",
);

/** Opens the queues of a folder. `schedule` sets the timers of long polls (injected by tests). */
export function createSqsEngine(context: EngineContext, schedule: Schedule = scheduleByTimer): SqsEngine {
  const { accountId, now } = context;
  const database = openDatabase(join(context.folder, "queues.sqlite"), "NORMAL", queueSchema + messageSchema);
  const messaging = createMessaging(database, { ...context, schedule });
  const operations = {
    ...queueOperations(messaging, { accountId, now }),
    ...messageOperations(messaging, { accountId, now }),
    ...batchOperations(messaging, { accountId, now }),
  };
  messaging.expire();
  let cancelExpiry = schedule(expireAgain, expiryMilliseconds);
  let closed = false;

  function expireAgain(): void {
    messaging.expire();
    cancelExpiry = schedule(expireAgain, expiryMilliseconds);
  }

  return {
    signingNames: ["sqs"],
    async handle(request) {
      const form = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
      return form ? queryError(olderService, tooOldClient, request) : answerJson("1.0", operations, request);
    },
    async receive(queueName, options) {
      const taken = await messaging.receive(queueName, options);
      return taken.map((message) => ({
        messageId: message.id,
        receiptHandle: message.receiptHandle,
        body: message.body,
        md5OfBody: md5(message.body),
        attributes: systemAttributesOf(message),
        messageAttributes: message.attributes,
      }));
    },
    delete(queueName, receiptHandles) {
      const queue = messaging.queue(queueName);
      for (const handle of receiptHandles) messaging.delete(queue, handle);
    },
    changeVisibility(queueName, receiptHandle, seconds) {
      messaging.changeVisibility(messaging.queue(queueName), receiptHandle, seconds);
    },
    async send(queueName, body, options = {}) {
      const queue = messaging.queue(queueName);
      const delay = options.delaySeconds ?? numericAttribute(queue.attributes, "DelaySeconds");
      const message = {
        id: randomUUID(),
        body,
        attributes: {},
        systemAttributes: { SenderId: accountId },
        visibleAt: now() + 1000 * delay,
      };
      refuseTooLong(message, queue);
      await messaging.send(queue, [message]);
      return message.id;
    },
    exists: (queueName) => messaging.queues.get(queueName) !== undefined,
    attributes: (queueName) => currentAttributes(messaging, messaging.queue(queueName)),
    async close() {
      if (closed) return;
      closed = true;
      cancelExpiry();
      messaging.close();
      database.close();
    },
  };
}
