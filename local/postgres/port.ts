// The server's port: chosen free once, then kept, because it is part of the connection strings of running tasks.
import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { writeFileAtomically } from "../loadbalancer/atomic-file.ts";

/**
 * The port this folder's server uses: the one asked for, else the one it has always had, else a free one, written down
 * before it is first used.
 */
export async function settlePort(folder: string, wanted: number | undefined): Promise<number> {
  const file = join(folder, "port");
  const kept = existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
  const port = wanted ?? (Number.isInteger(kept) ? kept : undefined) ?? (await freePort());
  if (port !== kept) writeFileAtomically(file, `${port}\n`);
  return port;
}

/**
 * Refuses a port that somebody else listens on.
 * @throws PortTaken, which says what to do
 */
export async function requireFree(port: number): Promise<void> {
  if (!(await canListen(port))) throw new PortTaken(port);
}

export class PortTaken extends Error {
  readonly port: number;
  constructor(port: number) {
    super(
      `PostgreSQL cannot start: port ${port} on 127.0.0.1 is taken by another process. The port is part of the ` +
        `connection strings of running tasks, so Hangar does not change it by itself. Stop the process that holds it ` +
        `("ss -ltnp 'sport = :${port}'" names it), then try again.`,
    );
    this.name = "PortTaken";
    this.port = port;
  }
}

/** Below the range systems hand out to outgoing connections (32768 up), so that none of those is in the way later. */
async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(15_000, 30_000);
    if (await canListen(port)) return port;
  }
  throw new Error("PostgreSQL cannot start: 200 random ports between 15000 and 30000 on 127.0.0.1 are all taken.");
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
