// Hands the events in the outbox to the bus, one after the other, and forgets each once it was taken. At least once: what
// was under way when the process died, or was refused, is handed over again.
import type { BusEvent } from "../engine.ts";
import type { Schedule } from "../sqs/long-poll.ts";
import type { AlarmStore } from "./alarm-store.ts";

export interface AlarmEventRelay {
  /** Looks for events. */
  wake(): void;
  /** Stops; resolves when nothing is under way. */
  close(): Promise<void>;
}

const batch = 100;
const retryMilliseconds = 1000;

/** @param publish takes an event durably when it returns or resolves; throws when it cannot */
export function relayAlarmEvents(
  store: Pick<AlarmStore, "pendingEvents" | "forgetEvent">,
  publish: (event: BusEvent) => void | Promise<void>,
  schedule: Schedule,
): AlarmEventRelay {
  let running: Promise<void> | undefined;
  let closed = false;
  let wokenAgain = false;
  let cancelRetry: (() => void) | undefined;

  async function handOver(): Promise<void> {
    try {
      for (let events = store.pendingEvents(batch); events.length > 0; events = store.pendingEvents(batch)) {
        for (const { sequence, event } of events) {
          await publish(event);
          if (closed) return; // the store may be shut: the event comes again, which is allowed
          store.forgetEvent(sequence);
        }
      }
    } catch (error) {
      process.stderr.write(`cloudwatch: an alarm's event was not taken: ${String(error)}\n`);
      cancelRetry?.();
      if (!closed) cancelRetry = schedule(wake, retryMilliseconds);
    }
  }

  function wake(): void {
    if (closed) return;
    if (running) {
      wokenAgain = true;
      return;
    }
    running = handOver().finally(() => {
      running = undefined;
      if (!wokenAgain) return;
      wokenAgain = false;
      wake();
    });
  }

  return {
    wake,
    async close() {
      closed = true;
      cancelRetry?.();
      // An event whose taker never answers is not waited for: it is still in the outbox.
      await Promise.race([running, new Promise((resolve) => setImmediate(resolve))]);
    },
  };
}
