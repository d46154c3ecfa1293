// What is decided at a region's first start and then kept: its ports stand in the settings of running tasks.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { writeFileAtomically } from "../loadbalancer/atomic-file.ts";

export interface RegionSettings {
  readonly region: string;
  readonly accountId: string;
  /** The front door's port. */
  readonly port: number;
  /** The one port every environment's own address listens on. */
  readonly webPort: number;
}

const usualPorts = { port: 4566, webPort: 8080 };

/** Reads the settings, or makes them: the usual ports if they are free, others if they are not. */
export async function settleSettings(file: string): Promise<RegionSettings> {
  if (existsSync(file)) return parse(file);
  const port = await freePort(usualPorts.port, []);
  const webPort = await freePort(usualPorts.webPort, [port]);
  const settings = { region: "us-east-1", accountId: "000000000000", port, webPort };
  writeFileAtomically(file, `${JSON.stringify(settings, null, 2)}\n`);
  return settings;
}

function parse(file: string): RegionSettings {
  try {
    const value = JSON.parse(readFileSync(file, "utf8")) as Partial<RegionSettings>;
    if (value.region && value.accountId && value.port && value.webPort) return value as RegionSettings;
  } catch {
    // answered below: half a settings file is no settings file
  }
  throw new Error(
    `${file} is not readable as the region's settings. Restore it, or delete it while the region is down: new ports are then chosen.`,
  );
}

async function freePort(wanted: number, taken: readonly number[]): Promise<number> {
  if (!taken.includes(wanted) && (await tryPort(wanted))) return wanted;
  for (let tries = 0; tries < 20; tries++) {
    const port = await tryPort(0);
    if (port && !taken.includes(port)) return port;
  }
  throw new Error("No free loopback port was found. Stop a program that listens on 127.0.0.1 and try again.");
}

/** Binds and lets go. Other addresses of 127/8 use the same number, so the whole machine is asked on 127.0.0.1. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
    });
  });
}
