// The operations on log events: put, get in pages by token, filter by time and pattern over streams.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { logsError, optionalInteger, optionalText, optionalTexts, optionalTime, requiredText } from "./errors.ts";
import { filterPattern } from "./filter-pattern.ts";
import { noStream } from "./group-operations.ts";
import { createLogNames } from "./log-names.ts";
import type { LogEvent, LogGroup, LogStore, NewEvent, Position } from "./log-store.ts";

const day = 86_400_000;
const maximumPage = 10_000;
const maximumPageBytes = 1_048_576;
const maximumBatchBytes = 1_048_576;
const bytesPerEvent = 26;
const oldest = 14 * day;
const newest = 2 * 3_600_000;
/** A filter that finds little still answers: it stops after this many events and gives a token to go on from. */
const maximumScanned = 50_000;

/** The table of operations on events. */
export function eventOperations(
  store: LogStore,
  options: { readonly region: string; readonly accountId: string; readonly now: () => number },
): Readonly<Record<string, JsonOperation>> {
  const { now } = options;
  const names = createLogNames(store, options.region, options.accountId);
  const retainedSince = (group: LogGroup) => (group.retentionDays ? now() - group.retentionDays * day : 0);

  return {
    PutLogEvents(input) {
      const group = names.groupByName(input);
      const stream = requiredText(input, "logStreamName");
      if (!store.stream(group.name, stream)) throw noStream();
      const events = readEvents(input);
      const tooOld = now() - oldest;
      const expired = retainedSince(group);
      const tooNew = now() + newest;
      const accepted = events.filter(({ timestamp }) => {
        return timestamp >= tooOld && timestamp >= expired && timestamp <= tooNew;
      });
      if (accepted.length > 0) {
        // What retention no longer covers leaves the disk with the next put; readers never see it anyway.
        if (expired > 0) store.expire(group.name, expired);
        store.addEvents(group.name, stream, accepted, now());
      }
      const ends = {
        // Events are in order of time, so each kind of refused ones is a run at an end of the batch.
        tooNewLogEventStartIndex: firstIndex(events, ({ timestamp }) => timestamp > tooNew),
        tooOldLogEventEndIndex: endIndex(events, ({ timestamp }) => timestamp < tooOld),
        expiredLogEventEndIndex: endIndex(events, ({ timestamp }) => timestamp < expired && timestamp >= tooOld),
      };
      const rejected = Object.values(ends).some((index) => index !== undefined);
      return { nextSequenceToken: "1", ...(rejected ? { rejectedLogEventsInfo: ends } : {}) };
    },

    GetLogEvents(input) {
      const group = names.group(input);
      const stream = requiredText(input, "logStreamName");
      if (!store.stream(group.name, stream)) throw noStream();
      const limit = optionalInteger(input, "limit", 1, maximumPage) ?? maximumPage;
      const token = readToken(optionalText(input, "nextToken", 2048));
      const descending = token ? token.direction === "b" : input["startFromHead"] !== true;
      const found = withinPage(
        store.events(group.name, [stream], {
          from: Math.max(optionalTime(input, "startTime") ?? 0, retainedSince(group)),
          to: optionalTime(input, "endTime") ?? Number.MAX_SAFE_INTEGER,
          beyond: token?.position,
          descending,
          limit,
        }),
      );
      const events = descending ? found.toReversed() : found;
      return {
        events: events.map(({ timestamp, message, ingestedAt }) => ({ timestamp, message, ingestionTime: ingestedAt })),
        nextForwardToken: writeToken("f", events.at(-1) ?? emptyPageEdge("f", token)),
        nextBackwardToken: writeToken("b", events[0] ?? emptyPageEdge("b", token)),
      };
    },

    FilterLogEvents(input) {
      const group = names.group(input);
      const matches = filterPattern(optionalText(input, "filterPattern", 1024));
      const limit = optionalInteger(input, "limit", 1, maximumPage) ?? maximumPage;
      const token = readToken(optionalText(input, "nextToken", 2048));
      const streams = readStreams(
        input,
        store.streams(group.name).map(({ name }) => name),
      );
      const scanned = store.events(group.name, streams, {
        from: Math.max(optionalTime(input, "startTime") ?? 0, retainedSince(group)),
        to: endOfFilter(input),
        beyond: token?.position,
        descending: false,
        limit: maximumScanned,
      });
      const matching = scanned.filter(({ message }) => matches(message));
      const page = withinPage(matching.slice(0, limit));
      const last = page.length < matching.length ? page.at(-1) : scanned.at(-1);
      const more = page.length < matching.length || scanned.length === maximumScanned;
      return {
        events: page.map((event) => ({
          logStreamName: event.stream,
          timestamp: event.timestamp,
          message: event.message,
          ingestionTime: event.ingestedAt,
          eventId: String(event.id).padStart(56, "0"),
        })),
        searchedLogStreams: [],
        ...(more && last ? { nextToken: writeToken("f", last) } : {}),
      };
    },
  };
}

function readEvents(input: JsonInput): readonly NewEvent[] {
  const given = input["logEvents"];
  if (!Array.isArray(given) || given.length < 1 || given.length > 10_000) {
    throw logsError("InvalidParameterException", "logEvents must hold 1 to 10000 events.");
  }
  const events = given.map((event: JsonInput): NewEvent => {
    const timestamp = optionalTime(event, "timestamp");
    const message = event["message"];
    if (timestamp === undefined || typeof message !== "string" || message === "") {
      throw logsError("InvalidParameterException", "Every log event must have a timestamp and a message.");
    }
    return { timestamp, message };
  });
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + bytesPerEvent, 0);
  if (bytes > maximumBatchBytes) {
    throw logsError(
      "InvalidParameterException",
      `Upload too large: ${bytes} bytes exceeds limit of ${maximumBatchBytes}`,
    );
  }
  if (events.some((event, index) => event.timestamp < (events[index - 1]?.timestamp ?? 0))) {
    const message = "Log events in a single PutLogEvents request must be in chronological order.";
    throw logsError("InvalidParameterException", message);
  }
  if (events.at(-1)!.timestamp - events[0]!.timestamp > day) {
    const message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
    throw logsError("InvalidParameterException", message);
  }
  return events;
}

function readStreams(input: JsonInput, all: readonly string[]): readonly string[] {
  const wanted = optionalTexts(input, "logStreamNames");
  const prefix = optionalText(input, "logStreamNamePrefix");
  if (wanted && prefix !== undefined) {
    throw logsError("InvalidParameterException", "logStreamNames and logStreamNamePrefix exclude each other.");
  }
  if (!wanted) return all.filter((name) => name.startsWith(prefix ?? ""));
  const missing = wanted.find((name) => !all.includes(name));
  if (missing !== undefined) throw noStream();
  return wanted;
}

/** FilterLogEvents takes events up to and including its end; GetLogEvents up to but not including it. */
function endOfFilter(input: JsonInput): number {
  const end = optionalTime(input, "endTime");
  return end === undefined ? Number.MAX_SAFE_INTEGER : end + 1;
}

/** As many of the first events as fit into one answer; always one, so that a reader gets on. */
function withinPage(events: readonly LogEvent[]): readonly LogEvent[] {
  let bytes = 0;
  const end = events.findIndex((event, index) => {
    bytes += Buffer.byteLength(event.message) + bytesPerEvent;
    return bytes > maximumPageBytes && index > 0;
  });
  return end < 0 ? events : events.slice(0, end);
}

/**
 * Where a token of `direction` stands after a page without events. In the direction of reading it does not move: by an
 * unchanged token a client sees that it has read all for now. The other way it stands so that the edge event is read.
 */
function emptyPageEdge(direction: "f" | "b", token: PageToken | undefined): Position {
  if (!token) return direction === "f" ? { timestamp: 0, id: 0 } : { timestamp: Number.MAX_SAFE_INTEGER, id: 0 };
  const { timestamp, id } = token.position;
  if (token.direction === direction) return token.position;
  return { timestamp, id: direction === "b" ? id + 1 : Math.max(0, id - 1) };
}

interface PageToken {
  readonly direction: "f" | "b";
  readonly position: Position;
}

function writeToken(direction: "f" | "b", { timestamp, id }: Position): string {
  return `${direction}/${timestamp}.${id}`;
}

function readToken(token: string | undefined): PageToken | undefined {
  if (token === undefined) return undefined;
  const match = /^([fb])\/(\d{1,16})\.(\d{1,16})$/.exec(token);
  if (!match) throw logsError("InvalidParameterException", "The specified nextToken is invalid.");
  return { direction: match[1] as "f" | "b", position: { timestamp: Number(match[2]), id: Number(match[3]) } };
}

function firstIndex(events: readonly NewEvent[], matches: (event: NewEvent) => boolean): number | undefined {
  const index = events.findIndex(matches);
  return index < 0 ? undefined : index;
}

function endIndex(events: readonly NewEvent[], matches: (event: NewEvent) => boolean): number | undefined {
  const index = events.findLastIndex(matches);
  return index < 0 ? undefined : index + 1;
}
