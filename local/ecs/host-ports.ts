// Gives every container port of a task a loopback port of its own on this machine.
import { createServer } from "node:net";

/**
 * Ports below the systems' ephemeral ranges (32768 on Linux, 49152 on macOS): a server may take seconds before it
 * binds, and no outgoing connection may take its port meanwhile.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * Finds a port nobody listens on and no live task was given.
 * @param taken ports already handed out
 * @param start where to begin looking, from 0 up to (not including) 1: chance is an argument
 */
export async function freeHostPort(taken: ReadonlySet<number>, start: number): Promise<number> {
  const size = HIGHEST - LOWEST;
  const first = Math.floor(start * size);
  for (let step = 0; step < size; step += 1) {
    const port = LOWEST + ((first + step) % size);
    if (!taken.has(port) && (await canListen(port))) return port;
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1: stop what uses them`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
