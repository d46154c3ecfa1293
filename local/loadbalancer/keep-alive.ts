// Keeps one process of ours alive: looks at it, and starts it again when it is gone, with a growing pause while it does
// not stay. The process itself outlives us; we only watch.
import type { ChildProcess } from "node:child_process";
import { isAlive, type ProcessIdentity } from "../process-identity.ts";

/** A process that runs; `child` when it is our own child, so that its end is heard of at once. */
export interface RunningProcess {
  readonly identity: ProcessIdentity;
  readonly child?: ChildProcess | undefined;
}

export interface KeepAliveOptions<Running extends RunningProcess> {
  /** For the log, e.g. `PostgreSQL`. */
  readonly name: string;
  readonly log: (line: string) => void;
  /** How often to look, in milliseconds. */
  readonly intervalMilliseconds: number;
  /** Starts it again, or finds the one that somebody else started meanwhile. */
  readonly again: () => Promise<Running>;
}

export interface Watch<Running> {
  current(): Running;
  /** Calls `listener` each time the process was brought back. Returns how to stop listening. */
  onRestart(listener: () => void): () => void;
  /** Stops watching, a restart under way included; the process goes on. */
  close(): Promise<void>;
}

const firstPauseMilliseconds = 100;
const longestPauseMilliseconds = 10_000;
/** A process that lived this long is not in a crash loop: the next restart is immediate again. */
const steadyMilliseconds = 10_000;

export function keepAlive<Running extends RunningProcess>(
  first: Running,
  options: KeepAliveOptions<Running>,
): Watch<Running> {
  const listeners = new Set<() => void>();
  let running = first;
  let since = performance.now();
  let closed = false;
  let pause = 0;
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> = Promise.resolve();
  let busy = false;

  const schedule = (milliseconds: number) => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(look, milliseconds);
  };
  const look = () => {
    if (closed || busy) return;
    if (isAlive(running.identity)) return schedule(options.intervalMilliseconds);
    busy = true;
    work = bringBack().finally(() => {
      busy = false;
    });
  };
  const follow = () => running.child?.once("exit", () => schedule(0));
  const bringBack = async () => {
    if (performance.now() - since >= steadyMilliseconds) pause = 0;
    if (pause > 0) await wait(pause);
    if (closed) return;
    pause = Math.min(Math.max(pause * 2, firstPauseMilliseconds), longestPauseMilliseconds);
    options.log(`${options.name} (process ${running.identity.pid}) is gone; starting it again`);
    try {
      running = await options.again();
      since = performance.now();
      follow();
      options.log(`${options.name} is back: process ${running.identity.pid}`);
      if (!closed) for (const listener of listeners) listener();
    } catch (error) {
      options.log(`${(error as Error).message} Next try in ${pause} ms.`);
    }
    schedule(isAlive(running.identity) ? options.intervalMilliseconds : 0);
  };
  const wait = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
      wake = resolve;
    });
  let wake = () => {};

  follow();
  schedule(options.intervalMilliseconds);
  return {
    current: () => running,
    onRestart: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      wake();
      await work;
    },
  };
}
