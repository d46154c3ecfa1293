// Receives that wait: first come, first served, woken by a send and by the moment a hidden message turns visible.

/** Calls back once after that many milliseconds; the answer cancels it. Injected, so that tests need not wait. */
export type Schedule = (callback: () => void, milliseconds: number) => () => void;

/** The real thing. Does not keep the process alive. */
export const scheduleByTimer: Schedule = (callback, milliseconds) => {
  const timer = setTimeout(callback, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
};

export interface LongPolls {
  /**
   * Tries at once, then again at every wake-up, until something came, the time is over or the client hung up.
   * `attempt` is never called once `signal` is aborted, so nothing is handed to a client that is gone.
   */
  wait<Item>(queue: string, attempt: () => readonly Item[], options: WaitOptions): Promise<readonly Item[]>;
  /** Something may have turned visible in that queue. */
  wake(queue: string): void;
  /** Answers all that wait with nothing. */
  close(): void;
}

export interface WaitOptions {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

interface Waiter {
  /** Tries once; true when this waiter is answered (or refused) and must be forgotten. */
  readonly serve: () => boolean;
  readonly giveUp: () => void;
}

/**
 * @param nextVisibleAt the next moment a hidden message of the queue turns visible, if any
 */
export function createLongPolls(options: {
  readonly now: () => number;
  readonly schedule: Schedule;
  readonly nextVisibleAt: (queue: string) => number | undefined;
}): LongPolls {
  const { now, schedule, nextVisibleAt } = options;
  const waiting = new Map<string, Set<Waiter>>();
  const alarms = new Map<string, () => void>();
  let closed = false;

  function wake(queue: string): void {
    for (const waiter of waiting.get(queue) ?? []) {
      if (!waiter.serve()) break;
    }
    setAlarm(queue);
  }

  function setAlarm(queue: string): void {
    alarms.get(queue)?.();
    alarms.delete(queue);
    if (!waiting.has(queue)) return;
    const at = nextVisibleAt(queue);
    if (at !== undefined)
      alarms.set(
        queue,
        schedule(() => wake(queue), Math.max(1, at - now())),
      );
  }

  function forget(queue: string, waiter: Waiter): void {
    const waiters = waiting.get(queue);
    waiters?.delete(waiter);
    if (waiters?.size !== 0) return;
    waiting.delete(queue);
    setAlarm(queue);
  }

  return {
    async wait<Item>(queue: string, attempt: () => readonly Item[], { milliseconds, signal }: WaitOptions) {
      if (signal.aborted) return [];
      const first = attempt();
      if (first.length > 0 || milliseconds <= 0 || closed) return first;
      return new Promise<readonly Item[]>((resolve, reject) => {
        const finish = (settle: () => void) => {
          forget(queue, waiter);
          cancelDeadline();
          signal.removeEventListener("abort", giveUp);
          settle();
        };
        const giveUp = () => finish(() => resolve([]));
        const waiter: Waiter = {
          giveUp,
          serve() {
            try {
              const items = attempt();
              if (items.length === 0) return false;
              finish(() => resolve(items));
            } catch (error) {
              finish(() => reject(error));
            }
            return true;
          },
        };
        const cancelDeadline = schedule(giveUp, milliseconds);
        signal.addEventListener("abort", giveUp, { once: true });
        const waiters = waiting.get(queue) ?? new Set();
        waiting.set(queue, waiters.add(waiter));
        setAlarm(queue);
      });
    },
    wake,
    close() {
      closed = true;
      for (const waiters of [...waiting.values()]) for (const waiter of [...waiters]) waiter.giveUp();
    },
  };
}
