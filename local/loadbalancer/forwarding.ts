// One request, or one upgraded connection, carried to a target of its group and back. The carrying is http-proxy-3's;
// ours is which target, what may be tried again, and what is said when it fails.
import { Agent, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { createProxyServer } from "http-proxy-3";
import { malformed, noTarget, sendAnswer, sendRawAnswer, targetFailed, targetTimedOut } from "./answers.ts";
import { keyOf, type Lease, type TargetGroup } from "./target-group.ts";

export interface Forwarder {
  forward(request: IncomingMessage, response: ServerResponse, group: TargetGroup): void;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, group: TargetGroup): void;
  /** Closes the idle connections to targets. */
  close(): void;
}

export interface ForwarderOptions {
  /** How long a target may send nothing, in milliseconds. Default 120,000. */
  readonly silenceMilliseconds?: number;
}

const connectTimeoutMilliseconds = 5_000;
/** Shorter than any web server's own (uvicorn 5 s), so that we are the side that closes. */
const idleConnectionMilliseconds = 3_000;
const longestReplayableBody = 64 * 1024;
const mostAttempts = 4;
/** Safe to send twice, therefore also safe on a kept connection that may be closing under our hands. */
const repeatableMethods = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const neverConnected = new Set(["ECONNREFUSED", "ECONNECT_TIMEOUT", "EADDRNOTAVAIL", "EHOSTUNREACH", "ENETUNREACH"]);

/** State of one request on its way, by which the library's events find back to it. */
interface Exchange {
  readonly wantsClose: boolean;
  timedOut: boolean;
  answered: boolean;
}

export function createForwarder(options: ForwarderOptions = {}): Forwarder {
  const silence = options.silenceMilliseconds ?? 120_000;
  const agent = new Agent({ keepAlive: true, timeout: idleConnectionMilliseconds, maxFreeSockets: 16 });
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  // toProxy: the path goes through as it came, neither resolved nor re-encoded.
  const proxy = createProxyServer({ connectTimeout: connectTimeoutMilliseconds, toProxy: true });

  proxy.on("error", () => {}); // every call below brings its own callback; this one hears of clients that vanish
  proxy.on("proxyReq", (outgoing, request) => {
    outgoing.once("timeout", () => {
      const exchange = exchanges.get(request);
      if (exchange) exchange.timedOut = true;
    });
  });
  proxy.on("proxyRes", (incoming, request, response) => {
    const exchange = exchanges.get(request);
    if (exchange) exchange.answered = true;
    // The connection to the target and the one to the client live lives of their own.
    incoming.headers.connection = exchange?.wantsClose ? "close" : "keep-alive";
    delete incoming.headers["keep-alive"];
    // A target that dies in the middle must not look like one that has finished, nor leave the client waiting.
    incoming.once("close", () => {
      if (!incoming.complete) response.destroy();
    });
  });

  const attempt = (
    request: IncomingMessage,
    response: ServerResponse,
    group: TargetGroup,
    replay: (() => Readable) | undefined,
    failed: ReadonlySet<string>,
  ) => {
    if (response.destroyed) return;
    const exchange = exchanges.get(request);
    const lease = group.acquire(failed, () => response.destroy());
    if (!exchange || !lease) return sendAnswer(request, response, noTarget);
    response.once("close", lease.release);
    const buffer = replay?.();
    let settled = false;
    proxy.web(
      request,
      response,
      {
        target: { host: lease.target.address, port: lease.target.port, protocol: "http:" },
        proxyTimeout: silence,
        ...(repeatableMethods.has(request.method ?? "") && replay ? { agent } : {}),
        ...(buffer ? { buffer } : {}),
      },
      (error: NodeJS.ErrnoException) => {
        if (settled) return;
        settled = true;
        const unreached = neverConnected.has(error.code ?? "");
        if (error.code === "ECONNREFUSED") lease.refused();
        lease.release();
        const repeatable = unreached || (!exchange.timedOut && repeatableMethods.has(request.method ?? ""));
        if (replay && repeatable && !exchange.answered && !response.headersSent && failed.size + 1 < mostAttempts) {
          return attempt(request, response, group, replay, new Set([...failed, attemptKey(lease, failed)]));
        }
        sendAnswer(request, response, exchange.timedOut ? targetTimedOut : unreached ? noTarget : targetFailed);
      },
    );
  };

  return {
    forward: (request, response, group) => {
      if (!request.url?.startsWith("/")) return sendAnswer(request, response, malformed);
      const wantsClose = /\bclose\b/i.test(request.headers.connection ?? "") || request.httpVersion === "1.0";
      exchanges.set(request, { wantsClose, timedOut: false, answered: false });
      dropConnectionHeaders(request);
      addForwardedHeaders(request);
      const length = Number(request.headers["content-length"] ?? 0);
      if (request.headers["transfer-encoding"] !== undefined || length > longestReplayableBody) {
        attempt(request, response, group, undefined, new Set());
      } else {
        readBody(request).then(
          (body) => attempt(request, response, group, () => Readable.from(body), new Set()),
          () => response.destroy(), // the client went away in the middle of its own request
        );
      }
    },
    upgrade: (request, socket, head, group) => {
      socket.on("error", () => socket.destroy());
      if (!request.url?.startsWith("/")) return sendRawAnswer(request, socket, malformed);
      const lease = group.acquire(new Set(), () => socket.destroy());
      if (!lease) return sendRawAnswer(request, socket, noTarget);
      socket.once("close", lease.release);
      addForwardedHeaders(request);
      const { address: host, port } = lease.target;
      proxy.ws(request, socket, head, { target: { host, port, protocol: "http:" } }, (error: NodeJS.ErrnoException) => {
        if (error.code === "ECONNREFUSED") lease.refused();
        if (socket.bytesWritten === 0 && socket.writable) sendRawAnswer(request, socket, targetFailed);
      });
    },
    close: () => agent.destroy(),
  };
}

/** The target that failed; a number after it when it is the only one and failed again, so that attempts still count. */
function attemptKey(lease: Lease, failed: ReadonlySet<string>): string {
  const key = keyOf(lease.target);
  return failed.has(key) ? `${key} again ${failed.size}` : key;
}

/** Connection management is between neighbours; it is never passed on. */
function dropConnectionHeaders(request: IncomingMessage): void {
  for (const name of (request.headers.connection ?? "").split(",")) delete request.headers[name.trim().toLowerCase()];
  for (const name of ["connection", "keep-alive", "proxy-connection", "expect"]) delete request.headers[name];
}

/** Says who asked. The list of addresses grows at its end; the rest is what this load balancer itself saw. */
function addForwardedHeaders(request: IncomingMessage): void {
  const { headers, socket } = request;
  const before = headers["x-forwarded-for"];
  headers["x-forwarded-for"] = [before, socket.remoteAddress].flat().filter(Boolean).join(", ");
  headers["x-forwarded-proto"] = "http";
  headers["x-forwarded-port"] = String(socket.localPort);
  headers["x-forwarded-host"] = headers.host;
}

async function readBody(request: IncomingMessage): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks;
}
