// Hands events from the outbox to the other thread, a bounded number at a time, and forgets each when it is acknowledged.
// At least once: what was under way when the process died is handed over again.
import type { OutgoingEvent } from "./outbox.ts";
import type { S3Listener } from "./server.ts";

export interface EventRelay {
  /** Looks for new events. */
  wake(): void;
  /** The event was taken: forget it. */
  delivered(sequence: number): void;
  /** The event was not taken: hand it over again in a while. */
  refused(sequence: number): void;
  /** Stops handing over; resolves when the last acknowledgement is on disk. */
  close(): Promise<void>;
}

const mostUnderWay = 100;
const retryMilliseconds = 1000;

/** @param post hands one event over; answered later by `delivered` or `refused` */
export function relayEvents(
  listener: Pick<S3Listener, "pendingEvents" | "acknowledgeEvents">,
  post: (event: OutgoingEvent) => void,
): EventRelay {
  const underWay = new Map<number, OutgoingEvent>();
  let lastSent = 0;
  let taken: number[] = [];
  let forgetting: Promise<void> | undefined;
  let closed = false;

  const wake = (): void => {
    if (closed || underWay.size >= mostUnderWay) return;
    for (const event of listener.pendingEvents(lastSent, mostUnderWay - underWay.size)) {
      lastSent = event.sequence;
      underWay.set(event.sequence, event);
      post(event);
    }
  };
  const forget = async (): Promise<void> => {
    while (taken.length > 0) {
      const batch = taken;
      taken = [];
      try {
        await listener.acknowledgeEvents(batch);
      } catch (error) {
        // A full disk, say. What is not forgotten goes with the next try; until then it would only come twice.
        taken.unshift(...batch);
        process.stderr.write(`s3: delivered events are not yet forgotten: ${String(error)}\n`);
        setTimeout(startForgetting, retryMilliseconds).unref();
        return;
      }
    }
  };
  const startForgetting = (): void => {
    forgetting ??= forget().finally(() => {
      forgetting = undefined;
    });
  };
  return {
    wake,
    delivered(sequence) {
      underWay.delete(sequence);
      taken.push(sequence);
      startForgetting();
      wake();
    },
    refused(sequence) {
      setTimeout(() => {
        const event = underWay.get(sequence);
        if (event && !closed) post(event);
      }, retryMilliseconds).unref();
    },
    async close() {
      closed = true;
      await forgetting;
    },
  };
}
