// What a queue does, below any protocol: find, send, receive, hide, delete. The wire and the in-process API both use it.
import type { DatabaseSync } from "node:sqlite";
import { sqsError } from "./errors.ts";
import { createLongPolls, type Schedule } from "./long-poll.ts";
import { type MessageCounts, type NewMessage, openMessageStore, type TakenMessage } from "./message-store.ts";
import { numericAttribute, redrivePolicy } from "./queue-attributes.ts";
import { openQueueStore, type Queue, type QueueStore } from "./queue-store.ts";
import type { Unkind } from "../unkind/unkind.ts";
import { unkindMessages } from "./unkind-messages.ts";

export interface ReceiveRequest {
  readonly maxMessages: number;
  /** Absent: the queue's ReceiveMessageWaitTimeSeconds. */
  readonly waitSeconds?: number | undefined;
  /** Absent: the queue's VisibilityTimeout. */
  readonly visibilityTimeoutSeconds?: number | undefined;
  readonly signal: AbortSignal;
}

export interface Messaging {
  readonly queues: QueueStore;
  /** @throws QueueDoesNotExist */
  queue(name: string): Queue;
  arn(name: string): string;
  exists(arn: string): boolean;
  /** Keeps messages durably, then wakes who waits for them. */
  send(queue: Queue, messages: readonly NewMessage[]): Promise<void>;
  receive(name: string, request: ReceiveRequest): Promise<readonly TakenMessage[]>;
  /** @throws ReceiptHandleIsInvalid when it is no handle at all */
  delete(queue: Queue, receiptHandle: string): void;
  /** @throws ReceiptHandleIsInvalid, MessageNotInflight, or InvalidParameterValue beyond twelve hours */
  changeVisibility(queue: Queue, receiptHandle: string, seconds: number): void;
  purge(queue: Queue): void;
  counts(queue: Queue): MessageCounts;
  /** Forgets expired messages in every queue. */
  expire(): void;
  /** Tells waiting receives that a queue is gone. */
  wake(name: string): void;
  close(): void;
}

const inFlightLimit = 120_000;
const mostPerReceive = 10;

/** @param options.schedule the timers of long polls */
export function createMessaging(
  database: DatabaseSync,
  options: {
    readonly region: string;
    readonly accountId: string;
    readonly now: () => number;
    readonly schedule: Schedule;
    readonly unkind?: Unkind;
  },
): Messaging {
  const { now, schedule } = options;
  const queues = openQueueStore(database);
  const kept = openMessageStore(database);
  const messages = options.unkind ? unkindMessages(kept, options.unkind, now) : kept;
  const polls = createLongPolls({ now, schedule, nextVisibleAt: (name) => messages.nextVisibleAt(name, now()) });
  /** A message taken or deleted may be visible again soon: those that wait are to set their alarm by it. */
  const lookAgain = options.unkind ? (name: string) => void schedule(() => polls.wake(name), 1) : undefined;
  const arnPrefix = `arn:aws:sqs:${options.region}:${options.accountId}:`;
  const arn = (name: string) => `${arnPrefix}${name}`;
  const nameOf = (queueArn: string) => (queueArn.startsWith(arnPrefix) ? queueArn.slice(arnPrefix.length) : undefined);

  function queue(name: string): Queue {
    const found = queues.get(name);
    if (!found) throw sqsError("QueueDoesNotExist", "The specified queue does not exist.");
    return found;
  }

  function exists(queueArn: string): boolean {
    const name = nameOf(queueArn);
    return name !== undefined && queues.get(name) !== undefined;
  }

  const retainedSince = (from: Queue) => now() - 1000 * numericAttribute(from.attributes, "MessageRetentionPeriod");

  const uncountedReceives = new Map<string, number>();

  /** Counting takes as long as there are messages, so it is left out for as many receives as cannot reach the limit. */
  function tooManyInFlight(from: Queue): boolean {
    const uncounted = uncountedReceives.get(from.name) ?? 0;
    if (uncounted > 0) {
      uncountedReceives.set(from.name, uncounted - 1);
      return false;
    }
    const free = inFlightLimit - messages.counts(from.name, now(), retainedSince(from)).inFlight;
    uncountedReceives.set(from.name, Math.floor(free / mostPerReceive));
    return free <= 0;
  }

  function takeOnce(name: string, request: ReceiveRequest): readonly TakenMessage[] {
    const from = queue(name);
    const time = now();
    if (tooManyInFlight(from)) {
      // A long poll is answered with nothing, a short one is told why, as SQS does.
      if ((request.waitSeconds ?? 0) > 0) return [];
      throw sqsError("OverLimit", `Too many messages in flight: the limit is ${inFlightLimit}.`);
    }
    const visibility = request.visibilityTimeoutSeconds ?? numericAttribute(from.attributes, "VisibilityTimeout");
    const redrive = redrivePolicy(from.attributes);
    const target = redrive && exists(redrive.deadLetterTargetArn) ? nameOf(redrive.deadLetterTargetArn) : undefined;
    const { taken, movedToDeadLetter } = messages.take(name, {
      limit: request.maxMessages,
      now: time,
      hiddenUntil: time + 1000 * visibility,
      retainedSince: retainedSince(from),
      ...(redrive && target
        ? { deadLetter: { queue: target, sourceArn: arn(name), maxReceiveCount: redrive.maxReceiveCount } }
        : {}),
    });
    if (target && movedToDeadLetter > 0) polls.wake(target);
    if (taken.length > 0) lookAgain?.(name);
    return taken;
  }

  return {
    queues,
    queue,
    arn,
    exists,
    async send(to, batch) {
      await messages.add(to.name, batch, now());
      polls.wake(to.name);
    },
    async receive(name, request) {
      const { attributes } = queue(name);
      const waitSeconds = request.waitSeconds ?? numericAttribute(attributes, "ReceiveMessageWaitTimeSeconds");
      if (waitSeconds === 0 && options.unkind?.strikes("sqs-empty-receive", name) !== undefined) return [];
      const attempt = () => takeOnce(name, { ...request, waitSeconds });
      return polls.wait(name, attempt, { milliseconds: 1000 * waitSeconds, signal: request.signal });
    },
    delete(from, receiptHandle) {
      if (!messages.remove(from.name, [receiptHandle])[0]) throw notAHandle(receiptHandle);
      lookAgain?.(from.name);
    },
    changeVisibility(of, receiptHandle, seconds) {
      const result = messages.hide(of.name, receiptHandle, now(), 1000 * seconds);
      if (result === undefined) throw notAHandle(receiptHandle);
      if (result === "notInFlight") {
        throw sqsError("MessageNotInflight", "The message is not in flight: its visibility timeout has passed.");
      }
      if (result === "gone") {
        const reason = "Message does not exist or is not available for visibility timeout change.";
        const message = `Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: ${reason}`;
        throw sqsError("InvalidParameterValueException", message);
      }
      if (result === "beyondLimit") {
        const reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].";
        const message = `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: ${reason}`;
        throw sqsError("InvalidParameterValueException", message);
      }
      polls.wake(of.name);
    },
    purge: (of) => messages.purge(of.name),
    counts: (of) => messages.counts(of.name, now(), retainedSince(of)),
    expire() {
      for (let after = ""; ; ) {
        const names = queues.list("", after, 1000);
        for (const name of names) messages.expire(name, retainedSince(queue(name)));
        if (names.length < 1000) return;
        after = names.at(-1)!;
      }
    },
    wake: (name) => polls.wake(name),
    close() {
      messages.flush();
      polls.close();
    },
  };
}

function notAHandle(receiptHandle: string): Error {
  return sqsError(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
  );
}
