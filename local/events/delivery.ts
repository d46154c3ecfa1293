// Brings each kept delivery to its target, at least once: again with growing pauses until the target takes it or a day
// has passed, as EventBridge does.
import type { InvokeResult } from "../lambda/wiring.ts";
import type { DeliveryRow, EventStore } from "./store.ts";

export interface DeliveryOptions {
  readonly store: EventStore;
  /** Durable when it returns; throws when there is no such queue. */
  readonly sendToQueue: (queueName: string, body: string) => unknown;
  readonly invoke: (functionName: string, event: unknown) => Promise<InvokeResult>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const giveUpAfterMilliseconds = 24 * 3600 * 1000;
const giveUpAfterAttempts = 185;
/** A function that throws is called thrice in all, as Lambda does with asynchronous events. */
const functionErrorAttempts = 3;
const atOnce = 10;
const storePauseMilliseconds = 1_000;

/** Starts delivering what is due. `kick` after new deliveries were kept. `close` lets what is under way finish. */
export function startDelivery(options: DeliveryOptions): { kick(): void; close(): Promise<void> } {
  const { store, now } = options;
  const underway = new Map<number, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function kick(): void {
    if (closed) return;
    clearTimeout(timer);
    const free = atOnce - underway.size;
    // Those under way are still in the store, and still due.
    const waiting = free > 0 ? store.due(now(), atOnce + underway.size).filter((row) => !underway.has(row.id)) : [];
    for (const delivery of waiting.slice(0, free)) {
      const attempt = deliver(delivery).then((isRecorded) => {
        underway.delete(delivery.id);
        if (isRecorded) kick();
        else if (!closed) timer = setTimeout(kick, storePauseMilliseconds);
      });
      underway.set(delivery.id, attempt);
    }
    const next = store.nextDue();
    if (underway.size === 0 && typeof next === "number") timer = setTimeout(kick, Math.max(1, next - now()));
  }

  /** @returns false when the outcome could not be written down: the delivery will be made again */
  async function deliver(delivery: DeliveryRow): Promise<boolean> {
    try {
      const failure = await attemptOnce(delivery);
      if (closed) return false; // the store is shut; a delivery made twice is allowed, one lost is not
      if (failure === undefined) {
        store.done(delivery.id);
        return true;
      }
      const attempts = delivery.attempts + 1;
      const isOver =
        attempts >= giveUpAfterAttempts ||
        now() - delivery.createdAt >= giveUpAfterMilliseconds ||
        (failure.isFunctionError && attempts >= functionErrorAttempts);
      process.stderr.write(
        `event of rule ${delivery.rule} to ${delivery.targetArn}: ${failure.reason}${isOver ? "; given up" : ""}\n`,
      );
      if (isOver) store.done(delivery.id);
      else store.postpone(delivery.id, now() + Math.min(60_000, 1000 * 2 ** Math.min(attempts - 1, 6)));
      return true;
    } catch (error) {
      process.stderr.write(
        `event delivery ${delivery.id}: ${error instanceof Error ? error.message : String(error)}\n`,
      );
      return false;
    }
  }

  /** @returns why it failed, or undefined when the target has the event */
  async function attemptOnce(delivery: DeliveryRow): Promise<{ reason: string; isFunctionError: boolean } | undefined> {
    const [, , service, , , ...resource] = delivery.targetArn.split(":");
    try {
      if (service === "sqs") {
        await options.sendToQueue(resource.join(":"), delivery.payload);
        return undefined;
      }
      const result = await options.invoke(resource[1] ?? "", JSON.parse(delivery.payload));
      if (!("errorType" in result)) return undefined;
      const reason = `${result.errorType}: ${result.errorMessage}`;
      return { reason, isFunctionError: result.errorType !== "Lambda.Unknown" };
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error), isFunctionError: false };
    }
  }

  kick();
  return {
    kick,
    async close() {
      await Promise.all([...underway.values()]);
      closed = true;
      clearTimeout(timer);
    },
  };
}
