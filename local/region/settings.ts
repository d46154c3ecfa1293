// What is decided at a region's first start and then kept: its ports stand in the settings of running tasks. Until the
// region has bound them once they are provisional: of two first starts at one moment both may have found the same port free.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { writeFileAtomically } from "../loadbalancer/atomic-file.ts";
import { type UnkindSettings, unkindFault } from "../unkind/settings.ts";
import { type ScalingSettings, scalingFault } from "./scaling-settings.ts";

export interface RegionSettings {
  readonly region: string;
  readonly accountId: string;
  /** The front door's port. */
  readonly port: number;
  /** The one port every environment's own address listens on. */
  readonly webPort: number;
  /** Written in by whoever keeps the machine; the usual facts apply without (scaling-settings.ts). */
  readonly scaling?: Partial<ScalingSettings>;
  /** Written in likewise; the usual ones apply without (docs/api.md, `GET /offerings`). */
  readonly quotas?: { readonly environments?: number; readonly workers?: number };
  /** Written in likewise, or by `hangar up --unkind`: the region is as unkind as AWS is now and then. */
  readonly unkind?: UnkindSettings;
}

/** As the file has it. */
type Stored = RegionSettings & { readonly provisional?: true };

const usualPorts = { port: 4566, webPort: 8080 };

/** Reads the settings, or makes them: the usual ports if they are free, others if they are not. */
export async function settleSettings(file: string): Promise<RegionSettings> {
  const prepared = preparedOnly(file);
  if (existsSync(file) && !prepared) {
    const { provisional: _, ...settled } = parse(file);
    return settled;
  }
  const port = await freePort(usualPorts.port, []);
  const webPort = await freePort(usualPorts.webPort, [port]);
  const settings = { region: "us-east-1", accountId: "000000000000", port, webPort, ...prepared };
  write(file, { ...settings, provisional: true });
  return settings;
}

/** The region has bound its ports: from now on they are what tasks and people know, and never chosen again. */
export function confirmSettings(file: string): void {
  const { provisional, ...settings } = parse(file);
  if (provisional) write(file, settings);
}

/**
 * Takes a port that another program came first to out of the settings of a region that never served.
 * @returns whether another was put in its place, so that a second start is worth while; false once they are confirmed
 */
export async function replacePort(file: string, taken: number): Promise<boolean> {
  if (!existsSync(file)) return false;
  const settings = parse(file);
  const member = (["port", "webPort"] as const).find((name) => settings[name] === taken);
  if (!settings.provisional || member === undefined) return false;
  // never one of the usual ones: that is where others look first, too
  write(file, { ...settings, [member]: await anyPort([settings.port, settings.webPort]) });
  return true;
}

/**
 * Writes down that the region of a home shall be unkind from its next start on, or no more. What is put off stays so.
 * @param seed undefined: kind again
 */
export function keepUnkind(file: string, seed: number | undefined): void {
  const { unkind, ...settings }: Partial<Stored> = (existsSync(file) && readStored(file)) || {};
  write(file, seed === undefined ? settings : { ...settings, unkind: { ...unkind, seed } });
}

/** What was written into settings ahead of a region's first start, if nothing else stands there. */
function preparedOnly(file: string): Pick<RegionSettings, "scaling" | "quotas" | "unkind"> | undefined {
  const value = existsSync(file) ? readStored(file) : undefined;
  if (!value || Object.keys(value).some((name) => !["scaling", "quotas", "unkind"].includes(name))) return undefined;
  const fault = optionalFault(value);
  if (fault === undefined) return value;
  throw new Error(`${file} ${fault}. Correct it, or delete it.`);
}

const write = (file: string, settings: Partial<Stored>): void =>
  writeFileAtomically(file, `${JSON.stringify(settings, null, 2)}\n`);

function parse(file: string): Stored {
  const value = readStored(file);
  const fault = faultOf(value);
  if (fault === undefined) return value as Stored;
  throw new Error(
    `${file} ${fault}. Correct or restore it, or delete it while the region is down: new ports are then chosen.`,
  );
}

/** @returns undefined for half a settings file, which is none */
function readStored(file: string): Partial<Stored> | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as Partial<Stored> | null) ?? undefined;
  } catch {
    return undefined;
  }
}

function faultOf(value: Partial<Stored> | undefined): string | undefined {
  if (!value?.region || !value.accountId || !value.port || !value.webPort)
    return "is not readable as the region's settings";
  return optionalFault(value);
}

function optionalFault(value: Partial<Stored>): string | undefined {
  if (!quotasFit(value.quotas)) return "has quotas that are no whole numbers from 1";
  return scalingFault(value.scaling) ?? unkindFault(value.unkind);
}

const quotasFit = (quotas: RegionSettings["quotas"]): boolean =>
  Object.values(quotas ?? {}).every((most) => Number.isInteger(most) && most >= 1);

async function freePort(wanted: number, taken: readonly number[]): Promise<number> {
  if (!taken.includes(wanted) && (await tryPort(wanted))) return wanted;
  return anyPort(taken);
}

async function anyPort(taken: readonly number[]): Promise<number> {
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
