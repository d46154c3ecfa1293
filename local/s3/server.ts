// S3 over HTTP: reads a request, runs its operation, writes the answer or the error. Signatures are the front door's work.
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { diskFullCode, isDiskFull } from "../disk-full.ts";
import { S3Error } from "./errors.ts";
import type { OutgoingEvent } from "./outbox.ts";
import { readRequest, type S3Response } from "./request.ts";
import { routeOf } from "./routes.ts";
import { openStore, type Store, type StoreOptions } from "./store.ts";
import { writeXml } from "./xml.ts";

/** A request listener for `http.createServer`, with the store it stands on. */
export interface S3Listener {
  (message: IncomingMessage, response: ServerResponse): void;
  /** The oldest undelivered events after a sequence number. */
  pendingEvents(after: number, limit: number): OutgoingEvent[];
  /** Forgets events that were delivered; resolves when that is on disk. */
  acknowledgeEvents(sequences: readonly number[]): Promise<void>;
  /** Waits for requests in flight, then closes the store. Stop the HTTP server first. */
  close(): Promise<void>;
}

// A client that sends or takes no byte for so long is gone.
const idleMilliseconds = 120_000;
// Up to this much of a body nobody wants is read so that the client sees the answer; beyond it the connection is cut.
const mostUnwanted = 16 * 1024 * 1024;

/**
 * Makes the S3 engine on a folder: path-style addresses, streaming both ways.
 * @param options.onEvents called whenever `pendingEvents` may have more to say
 */
export function createS3Listener(options: StoreOptions): S3Listener {
  const store = openStore(options);
  const inFlight = new Set<Promise<void>>();
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    const answered = answer(message, response, store).finally(() => inFlight.delete(answered));
    inFlight.add(answered);
  };
  return Object.assign(listener, {
    pendingEvents: (after: number, limit: number) => store.outbox.pending(after, limit),
    acknowledgeEvents: (sequences: readonly number[]) => store.commit(() => store.outbox.forget(sequences)),
    async close() {
      await Promise.all(inFlight);
      await store.close();
    },
  });
}

async function answer(message: IncomingMessage, response: ServerResponse, store: Store): Promise<void> {
  const requestId = String(message.headers["x-hangar-request-id"] ?? randomBytes(8).toString("hex").toUpperCase());
  // Node itself destroys a socket whose time is out when nobody listens for it.
  message.socket.setTimeout(idleMilliseconds);
  try {
    let reply: S3Response;
    try {
      const request = readRequest(message, store.accountId, requestId);
      reply = await routeOf(request, store)(request, store);
    } catch (error) {
      // The client hung up: there is nobody to answer.
      if (message.destroyed && !message.complete) return;
      reply = errorReply(error, message, requestId);
    }
    await send(reply, message, response, requestId, store);
  } catch (error) {
    // The head is sent: all that is left to say is that the body is not whole.
    if (!response.writableEnded && !message.socket.destroyed) report(error);
    response.destroy();
  } finally {
    if (message.complete) message.socket.setTimeout(0);
    else discardRest(message);
  }
}

async function send(
  reply: S3Response,
  message: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  store: Store,
): Promise<void> {
  const headers: Record<string, string> = {
    "x-amz-request-id": requestId,
    "x-amz-id-2": hostId,
    server: "AmazonS3",
    ...reply.headers,
  };
  if (reply.content) {
    const { content } = reply;
    const small = store.contents.readSmall(content);
    if (small) {
      response.writeHead(reply.status, headers).end(small);
      return;
    }
    await store.contents.stream(content, (chunks) => {
      response.writeHead(reply.status, headers);
      return pipeline(Readable.from(chunks, { objectMode: false }), response);
    });
    return;
  }
  if (reply.body !== undefined && message.method !== "HEAD") {
    headers["content-type"] = "application/xml";
    headers["content-length"] = String(Buffer.byteLength(reply.body));
    response.writeHead(reply.status, headers).end(reply.body);
    return;
  }
  if (message.method !== "HEAD" && reply.status !== 204 && reply.status !== 304) headers["content-length"] = "0";
  response.writeHead(reply.status, headers).end();
}

function errorReply(error: unknown, message: IncomingMessage, requestId: string): S3Response {
  const known = error instanceof S3Error ? error : new S3Error(isDiskFull(error) ? diskFullCode : "InternalError");
  if (known !== error) report(error);
  return {
    status: known.status,
    headers: known.headers,
    body: writeXml(
      "Error",
      {
        Code: known.code,
        Message: known.message,
        ...known.members,
        Resource: (message.url ?? "/").split("?")[0] ?? "/",
        RequestId: requestId,
        HostId: hostId,
      },
      false,
    ),
  };
}

function report(error: unknown): void {
  process.stderr.write(`s3: ${error instanceof Error ? error.stack : String(error)}\n`);
}

function discardRest(message: IncomingMessage): void {
  if (message.destroyed) return;
  let unwanted = 0;
  message.on("data", (chunk: Buffer) => {
    unwanted += chunk.length;
    if (unwanted > mostUnwanted) message.socket.destroy();
  });
  message.on("error", () => undefined);
  message.resume();
}

const hostId = Buffer.from("hangar one-machine region").toString("base64");
