// Entry of the S3 thread: the engine behind an HTTP server on a unix socket. Own thread, because its index is synchronous
// and would stall the long polls of the other engines. `start.ts` is the other side of the messages.
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import type { OutgoingEvent } from "./outbox.ts";
import { relayEvents } from "./relay-events.ts";
import { createS3Listener } from "./server.ts";

export interface WorkerSettings {
  readonly folder: string;
  readonly socketPath: string;
  readonly region: string;
  readonly accountId: string;
}

export type MessageFromWorker = { readonly kind: "ready" } | ({ readonly kind: "event" } & OutgoingEvent);
export type MessageToWorker =
  | { readonly kind: "delivered"; readonly sequence: number }
  | { readonly kind: "refused"; readonly sequence: number }
  | { readonly kind: "close" };

const port = parentPort!;
const settings = workerData as WorkerSettings;
// Requests in flight get this long at the end.
const closeMilliseconds = 3000;

const listener = createS3Listener({ ...settings, now: Date.now, onEvents: () => relay.wake() });
const relay = relayEvents(listener, (event) => send({ kind: "event", ...event }));
const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, highWaterMark: 256 * 1024 }, listener);
// The listener bounds idle connections itself while a request is under way; between requests the front door may keep them.
server.timeout = 0;

rmSync(settings.socketPath, { force: true });
server.listen(settings.socketPath, () => {
  chmodSync(settings.socketPath, 0o600);
  send({ kind: "ready" });
  relay.wake();
});

port.on("message", (message: MessageToWorker) => {
  if (message.kind === "delivered") relay.delivered(message.sequence);
  else if (message.kind === "refused") relay.refused(message.sequence);
  else void close();
});

async function close(): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), closeMilliseconds);
  await new Promise((closed) => {
    server.close(closed);
    server.closeIdleConnections();
  });
  clearTimeout(cut);
  await relay.close();
  await listener.close();
  port.close();
}

function send(message: MessageFromWorker): void {
  port.postMessage(message);
}
