// Starts the S3 engine in a thread of its own and keeps it running: a thread that dies is started again, and hands over
// again whatever events were not acknowledged.
import { Worker } from "node:worker_threads";
import type { BusEvent } from "../engine.ts";
import type { MessageFromWorker, MessageToWorker, WorkerSettings } from "./worker.ts";

export interface S3Options extends WorkerSettings {
  /**
   * Takes one "Object Created" or "Object Deleted" event. It counts as delivered when the promise resolves; when it
   * rejects, or the process dies first, the event comes again. Events come in order, but are not waited for one by one.
   */
  readonly onEvent: (event: BusEvent) => Promise<void> | void;
}

const firstPause = 100;
const longestPause = 5000;
const closeMilliseconds = 10_000;
// sun_path of a unix socket, less its closing zero.
const longestSocketPath = 107;

/**
 * Starts S3 on a unix socket. Resolves when it takes requests.
 * @throws Error when the socket's path is too long, or the thread cannot start (its own error)
 */
export async function startS3(options: S3Options): Promise<{ close(): Promise<void> }> {
  if (Buffer.byteLength(options.socketPath) > longestSocketPath) {
    throw new Error(
      `The socket path ${options.socketPath} is longer than ${longestSocketPath} bytes; use a shorter state folder.`,
    );
  }
  let closing = false;
  let pause = firstPause;
  let timer: NodeJS.Timeout | undefined;
  let current = startThread(options);
  const watch = (): void => {
    current.ready.then(
      () => {
        pause = firstPause;
      },
      () => undefined,
    );
    void current.ended.then(() => {
      if (closing) return;
      process.stderr.write(`s3: the thread ended; starting it again in ${pause} ms\n`);
      timer = setTimeout(() => {
        current = startThread(options);
        watch();
      }, pause);
      pause = Math.min(longestPause, pause * 2);
    });
  };
  await current.ready;
  watch();
  return {
    async close() {
      closing = true;
      clearTimeout(timer);
      current.send({ kind: "close" });
      const cut = setTimeout(() => void current.worker.terminate(), closeMilliseconds);
      await current.ended;
      clearTimeout(cut);
    },
  };
}

interface Thread {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  send(message: MessageToWorker): void;
}

function startThread(options: S3Options): Thread {
  const { folder, socketPath, region, accountId } = options;
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { folder, socketPath, region, accountId } satisfies WorkerSettings,
  });
  const send = (message: MessageToWorker): void => worker.postMessage(message);
  const ready = new Promise<void>((resolve, reject) => {
    let failure: unknown = new Error("The S3 thread ended before it was ready.");
    worker.on("error", (error: unknown) => {
      failure = error;
      process.stderr.write(`s3: ${error instanceof Error ? error.stack : String(error)}\n`);
    });
    worker.on("exit", () => reject(failure));
    worker.on("message", (message: MessageFromWorker) => {
      if (message.kind === "ready") resolve();
      else deliver(message, options.onEvent, send);
    });
  });
  const ended = new Promise<void>((resolve) => worker.on("exit", () => resolve()));
  return { worker, ready, ended, send };
}

function deliver(
  { sequence, event }: Extract<MessageFromWorker, { kind: "event" }>,
  onEvent: S3Options["onEvent"],
  send: Thread["send"],
): void {
  // Inside `then`, so that a handler that throws at once is refused like one that rejects.
  Promise.resolve()
    .then(() => onEvent(event))
    .then(
      () => send({ kind: "delivered", sequence }),
      (error: unknown) => {
        process.stderr.write(`s3: event ${event.id} was not taken and will come again: ${String(error)}\n`);
        send({ kind: "refused", sequence });
      },
    );
}
