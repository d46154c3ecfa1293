// The sockets the load balancer listens on: one server an address, all on the one web port.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { isLoopbackAddress } from "./addresses.ts";
import type { ListenerProblem } from "./status.ts";

export interface Listeners {
  /** Opens and closes servers until exactly these are wanted; resolves when each is open or has said why not. */
  listenOn(addresses: readonly string[], port: number): Promise<void>;
  listening(): string[];
  problems(): ListenerProblem[];
  /** Takes no new connection; what is being answered goes on. */
  close(): void;
}

export interface ListenerHandlers {
  readonly request: (address: string, request: IncomingMessage, response: ServerResponse) => void;
  readonly upgrade: (address: string, request: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** Longer than HTTP clients keep theirs (httpx 5 s, botocore 12 s…): whoever sends on a kept connection finds it open. */
const idleClientMilliseconds = 75_000;

interface Listener {
  readonly address: string;
  readonly port: number;
  readonly server: Server;
  problem: ListenerProblem | undefined;
}

export function createListeners(handlers: ListenerHandlers): Listeners {
  const listeners = new Map<string, Listener>();

  const open = (address: string, port: number) => {
    if (!isLoopbackAddress(address)) throw new Error(`The load balancer listens on loopback only, not on ${address}.`);
    const server = createServer({
      keepAliveTimeout: idleClientMilliseconds,
      // Anything else offered (h2c, say) is declined by answering as if it had not been.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
    });
    server.on("request", (request, response) => handlers.request(address, request, response));
    server.on("upgrade", (request, socket, head) => handlers.upgrade(address, request, socket as Socket, head));
    const listener: Listener = { address, port, server, problem: undefined };
    listeners.set(`${address}:${port}`, listener);
    return new Promise<void>((resolve) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        listener.problem = { address, port, code: error.code ?? error.message };
        resolve();
      });
      server.listen({ host: address, port }, () => resolve());
    });
  };
  const shut = (key: string, listener: Listener) => {
    listeners.delete(key);
    listener.server.close();
    listener.server.closeIdleConnections();
  };

  return {
    listenOn: async (addresses, port) => {
      const wanted = new Set(addresses.map((address) => `${address}:${port}`));
      for (const [key, listener] of [...listeners]) if (!wanted.has(key) || listener.problem) shut(key, listener);
      const missing = [...new Set(addresses)].filter((address) => !listeners.has(`${address}:${port}`));
      await Promise.all(missing.map((address) => open(address, port)));
    },
    listening: () => [...listeners.values()].filter(({ problem }) => !problem).map(({ address }) => address),
    problems: () => [...listeners.values()].flatMap(({ problem }) => (problem ? [problem] : [])),
    close: () => {
      for (const [key, listener] of [...listeners]) shut(key, listener);
    },
  };
}
