// hangar window: when an environment is maintained, what waits for it, and one window skipped or deferred.
import { callApi } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { type Maintenance, maintenanceLines } from "../maintenance.ts";
import { result } from "../print.ts";
import { targetOf } from "../region-process.ts";

interface Options {
  readonly json?: boolean;
}

/** Prints the window, and what waits. */
export const show = (home: string, environment: string, options: Options): Promise<void> =>
  told(home, environment, "GET", ["window"], undefined, options);

/** Prints the window that comes instead. */
export const skip = (home: string, environment: string, options: Options): Promise<void> =>
  told(home, environment, "POST", ["window", "skip"], {}, options);

/**
 * Prints the window as it is to open.
 * @param until an ISO instant, or epoch seconds
 * @throws Failure with exit code 2 for what is no time
 */
export async function defer(home: string, environment: string, until: string, options: Options): Promise<void> {
  const time = /^\d+$/.test(until) ? Number(until) : Date.parse(zoned(until)) / 1000;
  if (!Number.isFinite(time))
    throw new Failure(`${until} is no time`, {
      fix: "a time in UTC, as 2026-01-04T03:30, or seconds since the epoch",
      exitCode: exitCodes.usage,
    });
  await told(home, environment, "POST", ["window", "defer"], { Until: time }, options);
}

/** Takes the change off that waits. Prints the window. */
export const cancel = (home: string, environment: string, options: Options): Promise<void> =>
  told(home, environment, "DELETE", ["pending"], undefined, options);

/** Windows are in UTC; so is a time without a zone. */
const zoned = (text: string): string => (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text) ? `${text}Z` : text);

async function told(
  home: string,
  environment: string,
  method: "GET" | "POST" | "DELETE",
  words: readonly string[],
  body: object | undefined,
  { json }: Options,
): Promise<void> {
  const path = `/environments/${[environment, ...words].map(encodeURIComponent).join("/")}`;
  const { Maintenance: maintenance } = await callApi<{ Maintenance: Maintenance }>(targetOf(home), method, path, body);
  result(json ? JSON.stringify(maintenance, null, 2) : maintenanceLines(maintenance).join("\n"));
}
