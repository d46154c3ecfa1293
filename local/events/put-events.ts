// PutEvents: each entry is checked and taken, or refused, for itself.
import type { BusEvent } from "../engine.ts";
import { isDefaultBus } from "./default-bus.ts";
import { type JsonInput, ServiceError } from "../json-protocol.ts";

export interface PutEventsContext {
  /** Keeps the event durably. @returns its id */
  readonly publish: (entry: Pick<BusEvent, "source" | "detail-type" | "resources" | "detail" | "time">) => string;
  readonly now: () => number;
}

const maximumEntries = 10;
const maximumBytes = 262_144;

/** @throws ServiceError ValidationException when the request as a whole is over a limit */
export function putEvents(input: JsonInput, context: PutEventsContext) {
  const entries = input["Entries"];
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > maximumEntries) {
    throw new ServiceError("ValidationException", `'Entries' must hold between 1 and ${maximumEntries} entries.`);
  }
  const bytes = entries.reduce<number>((sum, entry) => sum + entryBytes(entry as JsonInput), 0);
  if (bytes > maximumBytes) {
    throw new ServiceError(
      "ValidationException",
      `Total size of the entries in the request is over the limit of ${maximumBytes} bytes.`,
    );
  }
  const results = entries.map((entry) => putOne(entry as JsonInput, context));
  return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
}

function putOne(
  entry: JsonInput,
  context: PutEventsContext,
): { EventId: string } | { ErrorCode: string; ErrorMessage: string } {
  const { Source, DetailType, Detail, EventBusName, Resources } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (typeof value !== "string" || value === "")
      return refused("InvalidArgument", `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
  }
  if (!isDefaultBus(EventBusName)) {
    return refused("InvalidArgument", `Event bus ${String(EventBusName)} does not exist.`);
  }
  if (String(Source).startsWith("aws.")) {
    return refused("NotAuthorizedForSourceException", `Not authorized for the source ${String(Source)}.`);
  }
  const detail = parseObject(String(Detail));
  if (detail === undefined) return refused("MalformedDetail", "Detail is malformed.");
  const EventId = context.publish({
    source: String(Source),
    "detail-type": String(DetailType),
    resources: Array.isArray(Resources) ? Resources.map(String) : [],
    detail,
    time: eventTime(entry["Time"], context.now()),
  });
  return { EventId };
}

/** Whole seconds, as the bus writes them. */
function eventTime(time: unknown, now: number): string {
  const milliseconds = typeof time === "number" ? time * 1000 : now;
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** As AWS counts: 14 bytes for a time, and the UTF-8 of every text. */
function entryBytes(entry: JsonInput): number {
  const texts = [entry["Source"], entry["DetailType"], entry["Detail"], ...((entry["Resources"] as unknown[]) ?? [])];
  return texts.reduce<number>(
    (sum, text) => sum + Buffer.byteLength(String(text ?? "")),
    entry["Time"] === undefined ? 0 : 14,
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function refused(ErrorCode: string, ErrorMessage: string) {
  return { ErrorCode, ErrorMessage };
}
