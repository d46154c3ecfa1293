// An HTTP server on loopback and nowhere else, with the bounds that keep a slow or greedy client from holding it.
// There is no option for another address.
import { chmodSync, lstatSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { dirname, join } from "node:path";
import { exitCodes, Failure } from "../failure.ts";

export interface ListenerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Listens on `::1` as well, with the same port. */
  readonly ipv6?: boolean;
  /** Listens there as well; only this user can connect. */
  readonly unixSocket?: string | undefined;
  /** Answers every request; `port` is the listener's. */
  readonly answer: (request: IncomingMessage, response: ServerResponse, port: number) => Promise<void>;
  readonly requestTimeoutMilliseconds?: number;
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

const maximumConnections = 32;

/** Opens all addresses, or none. @throws Failure when one is taken or not there */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  if (options.port !== 0 && (!Number.isInteger(options.port) || options.port < 1024 || options.port > 65_535)) {
    // Browsers leave out port 80, and a Host without our port is refused.
    throw new Failure(`${options.port} is not a port the proxy can use`, {
      fix: "use 0 (any free one) or 1024 to 65535",
      exitCode: exitCodes.usage,
    });
  }
  const opened: Server[] = [];
  const closeAll = async () => void (await Promise.all(opened.map(closeServer)));
  let port = options.port;
  const open = async (listen: (server: Server) => void) => {
    const server = makeServer(options, () => port);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).once("listening", resolve);
      listen(server);
    });
    opened.push(server);
    return server;
  };
  try {
    const first = await open((server) => server.listen({ port, host: "127.0.0.1", exclusive: true }));
    port = (first.address() as AddressInfo).port;
    if (options.ipv6) await open((server) => server.listen({ port, host: "::1", ipv6Only: true, exclusive: true }));
    const socket = options.unixSocket;
    if (socket !== undefined) await listenPrivately(socket, (path) => open((server) => server.listen({ path })));
  } catch (error) {
    await closeAll();
    throw explained(error, port);
  }
  return {
    port,
    async close() {
      await closeAll();
      if (options.unixSocket !== undefined) rmSync(options.unixSocket, { force: true });
    },
  };
}

function makeServer(options: ListenerOptions, port: () => number): Server {
  const server = createServer({
    // A missing Host is answered by our own rule, like any other foreign one.
    requireHostHeader: false,
    maxHeaderSize: 32 * 1024,
    headersTimeout: 10_000,
    requestTimeout: options.requestTimeoutMilliseconds ?? 60_000,
    connectionsCheckingInterval: 5000,
    keepAliveTimeout: 65_000,
    noDelay: true,
  });
  server.maxConnections = maximumConnections;
  server.on("request", (request, response) => {
    options.answer(request, response, port()).catch((error: unknown) => {
      process.stderr.write(`proxy fault: ${error instanceof Error ? error.stack : String(error)}\n`);
      response.destroy();
    });
  });
  // Nothing behind the proxy speaks WebSocket; whoever asks for one, from wherever, is turned away.
  server.on("upgrade", (_request, socket) => {
    socket.on("error", () => socket.destroy());
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  return server;
}

/**
 * The socket is made in a folder only we can enter, closed to others there, and only then moved to its place: at no
 * moment could somebody else connect. A socket nobody answers is what a killed proxy left, and is replaced.
 */
async function listenPrivately(path: string, listen: (path: string) => Promise<Server>): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && (!there.isSocket() || (await answers(path)))) {
    throw new Failure(`${path} is in use`, {
      why: there.isSocket() ? "another process listens there" : "there is something that is not a socket",
      fix: "give --unix-socket another path",
    });
  }
  const folder = mkdtempSync(join(dirname(path), ".hangar-"));
  try {
    await listen(join(folder, "s"));
    chmodSync(join(folder, "s"), 0o600);
    renameSync(join(folder, "s"), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
      .on("connect", () => resolve(true))
      .on("error", () => resolve(false))
      .on("close", () => socket.destroy());
    socket.on("connect", () => socket.destroy());
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

function explained(error: unknown, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new Failure(`port ${port} is taken by another process`, { fix: "leave the port out, or give another one" });
  }
  if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") {
    return new Failure("this machine has no ::1", { fix: "leave out --ipv6", cause: error });
  }
  return error;
}
