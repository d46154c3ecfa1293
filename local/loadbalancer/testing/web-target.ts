// A real web server to stand behind the load balancer in tests, and a client that can speak to any loopback address.
import {
  type Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { createHash, randomInt } from "node:crypto";
import type { Duplex } from "node:stream";
import type { LoadBalancerConfiguration, RuleConfiguration, TargetConfiguration } from "../configuration.ts";

export interface WebTarget {
  readonly name: string;
  readonly port: number;
  readonly target: TargetConfiguration;
  readonly server: Server;
  healthy: boolean;
  /** Requests it has begun to answer, health checks aside. */
  served: number;
  close(): Promise<void>;
}

/** Answers `/health` by `healthy`, everything else by `handle` (default: its name and what it was asked). */
export async function startWebTarget(
  name: string,
  handle: (request: IncomingMessage, response: ServerResponse) => void = answerName(name),
): Promise<WebTarget> {
  const upgraded: Duplex[] = [];
  const server = createServer((request, response) => {
    if (request.url === "/health") {
      response.writeHead(target.healthy ? 200 : 500).end();
      return;
    }
    target.served += 1;
    handle(request, response);
  });
  server.on("upgrade", (request, socket) => {
    const accept = createHash("sha1").update(
      `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept.digest("base64")}\r\n\r\n`,
    );
    socket.on("data", (frame: Buffer) => {
      socket.write(echoFrame(frame));
      if (frame[0] === 0x88) socket.end(); // the server is the one that closes the connection
    });
    socket.on("error", () => socket.destroy());
    upgraded.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const target: WebTarget = {
    name,
    port,
    target: { id: name, address: "127.0.0.1", port },
    server,
    healthy: true,
    served: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
  return target;
}

/** A client's frame, masked, comes back unmasked, a closing one too: short frames are all a test sends. */
function echoFrame(frame: Buffer): Buffer {
  const length = (frame[1] ?? 0) & 0x7f;
  const mask = frame.subarray(2, 6);
  const text = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([frame[0] ?? 0, length]), text]);
}

function answerName(name: string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name, method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AskOptions {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
}

/** One request to `host:port`; rejects when the connection breaks before the answer is whole. */
export function ask(host: string, port: number, options: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { path = "/", method = "GET", body, headers = {}, agent } = options;
    const asked = request({ host, port, path, method, headers, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** The name in a target's answer, or the status when the load balancer answered by itself. */
export async function askWho(host: string, port: number, options: AskOptions = {}): Promise<string> {
  const answer = await ask(host, port, options);
  return answer.status === 200 ? (JSON.parse(answer.text) as { name: string }).name : String(answer.status);
}

/** A configuration of one group a host. `targets` by host. */
export function configure(
  epoch: number,
  port: number,
  targets: Readonly<Record<string, readonly WebTarget[]>>,
  options: { readonly deregistrationDelaySeconds?: number; readonly intervalSeconds?: number } = {},
): LoadBalancerConfiguration {
  const healthCheck = {
    path: "/health",
    intervalSeconds: options.intervalSeconds ?? 0.1,
    timeoutSeconds: 1,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    successCodes: "200",
  };
  const hosts = Object.keys(targets);
  return {
    epoch,
    port,
    rules: hosts.map(
      (host, index): RuleConfiguration => ({ priority: index + 1, hosts: [host], targetGroup: `group ${host}` }),
    ),
    targetGroups: Object.fromEntries(
      hosts.map((host) => [
        `group ${host}`,
        {
          healthCheck,
          deregistrationDelaySeconds: options.deregistrationDelaySeconds ?? 30,
          targets: (targets[host] ?? []).map(({ target }) => target),
        },
      ]),
    ),
  };
}

/** A port that is free on every loopback address now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(15_000, 30_000);
    const server = createNetServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error("no free port in 50 tries");
}

/** Waits, looking every few milliseconds, until `look` gives something. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds = 8_000,
): Promise<T> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
