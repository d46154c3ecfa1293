// The operations on log groups and streams themselves: create, describe, delete, retention, tags.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { logsError, optionalInteger, optionalText, optionalTexts, requiredText, textMap } from "./errors.ts";
import { createLogNames, newGroupName, newStreamName } from "./log-names.ts";
import type { LogGroup, LogStore, LogStream } from "./log-store.ts";

const retentionChoices = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const maximumTags = 50;
const mostIdentifiers = 50;

/** The table of operations on groups and streams. */
export function groupOperations(
  store: LogStore,
  options: { readonly region: string; readonly accountId: string; readonly now: () => number },
): Readonly<Record<string, JsonOperation>> {
  const { now } = options;
  const names = createLogNames(store, options.region, options.accountId);

  function tagged(input: JsonInput): LogGroup {
    const name = names.nameOf(requiredText(input, "resourceArn", 1011));
    const group = name === undefined ? undefined : store.group(name);
    if (group) return group;
    throw logsError("ResourceNotFoundException", "The specified resource does not exist.");
  }

  return {
    CreateLogGroup(input) {
      const name = newGroupName(input);
      const tags = checkedTags(textMap(input, "tags"));
      if (optionalText(input, "logGroupClass") === "DELIVERY") {
        throw logsError("InvalidParameterException", "Log groups of class DELIVERY are not implemented here.");
      }
      if (store.group(name)) throw alreadyExists("log group");
      store.putGroup({ name, createdAt: now(), retentionDays: undefined, tags });
      return undefined;
    },

    DeleteLogGroup(input) {
      store.removeGroup(names.groupByName(input).name);
      return undefined;
    },

    DescribeLogGroups(input) {
      const prefix = optionalText(input, "logGroupNamePrefix");
      const pattern = optionalText(input, "logGroupNamePattern");
      if (prefix !== undefined && pattern !== undefined) {
        throw logsError("InvalidParameterException", "logGroupNamePrefix and logGroupNamePattern exclude each other.");
      }
      const identifiers = optionalTexts(input, "logGroupIdentifiers");
      if (identifiers && (identifiers.length > mostIdentifiers || prefix !== undefined || pattern !== undefined)) {
        const message = `logGroupIdentifiers takes up to ${mostIdentifiers} groups and no other filter.`;
        throw logsError("InvalidParameterException", message);
      }
      const wanted = identifiers?.map((one) => (one.startsWith("arn:") ? names.nameOf(one) : one));
      const ofOtherClass = (optionalText(input, "logGroupClass") ?? "STANDARD") !== "STANDARD";
      const matching = store.groups().filter(({ name }) => {
        if (ofOtherClass || (wanted && !wanted.includes(name))) return false;
        if (pattern !== undefined) return name.toLowerCase().includes(pattern.toLowerCase());
        return name.startsWith(prefix ?? "");
      });
      const { page, nextToken } = pageOf(input, matching, 50);
      return {
        logGroups: page.map((group) => ({
          logGroupName: group.name,
          creationTime: group.createdAt,
          metricFilterCount: 0,
          arn: `${names.arn(group.name)}:*`,
          logGroupArn: names.arn(group.name),
          storedBytes: store.storedBytes(group.name),
          logGroupClass: "STANDARD",
          retentionInDays: group.retentionDays,
        })),
        nextToken,
      };
    },

    CreateLogStream(input) {
      const group = names.groupByName(input);
      const name = newStreamName(input);
      if (store.stream(group.name, name)) throw alreadyExists("log stream");
      store.addStream(group.name, name, now());
      return undefined;
    },

    DescribeLogStreams(input) {
      const group = names.group(input);
      const prefix = optionalText(input, "logStreamNamePrefix");
      const orderBy = optionalText(input, "orderBy") ?? "LogStreamName";
      if (orderBy !== "LogStreamName" && orderBy !== "LastEventTime") {
        throw logsError("InvalidParameterException", `The value ${orderBy} for orderBy is invalid.`);
      }
      if (orderBy === "LastEventTime" && prefix !== undefined) {
        throw logsError("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.");
      }
      const streams = store.streams(group.name).filter(({ name }) => name.startsWith(prefix ?? ""));
      if (orderBy === "LastEventTime") streams.sort((a, b) => (a.lastEventAt ?? 0) - (b.lastEventAt ?? 0));
      if (input["descending"] === true) streams.reverse();
      const { page, nextToken } = pageOf(input, streams, 50);
      return { logStreams: page.map((stream) => wireStream(stream, names.arn(group.name))), nextToken };
    },

    DeleteLogStream(input) {
      const group = names.groupByName(input);
      const name = requiredText(input, "logStreamName");
      if (!store.stream(group.name, name)) throw noStream();
      store.removeStream(group.name, name);
      return undefined;
    },

    PutRetentionPolicy(input) {
      const group = names.groupByName(input);
      const retentionDays = Number(input["retentionInDays"]);
      if (!retentionChoices.includes(retentionDays)) {
        const choices = retentionChoices.join(", ");
        throw logsError("InvalidParameterException", `retentionInDays must be one of ${choices}.`);
      }
      store.putGroup({ ...group, retentionDays });
      return undefined;
    },

    DeleteRetentionPolicy(input) {
      store.putGroup({ ...names.groupByName(input), retentionDays: undefined });
      return undefined;
    },

    TagResource(input) {
      const group = tagged(input);
      store.putGroup({ ...group, tags: checkedTags({ ...group.tags, ...textMap(input, "tags") }) });
      return undefined;
    },

    UntagResource(input) {
      const group = tagged(input);
      const gone = optionalTexts(input, "tagKeys") ?? [];
      const tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !gone.includes(key)));
      store.putGroup({ ...group, tags });
      return undefined;
    },

    ListTagsForResource: (input) => ({ tags: tagged(input).tags }),
  };
}

/** The error of an operation whose stream is not there. */
export function noStream(): Error {
  return logsError("ResourceNotFoundException", "The specified log stream does not exist.");
}

function wireStream(stream: LogStream, groupArn: string): JsonInput {
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    firstEventTimestamp: stream.firstEventAt,
    lastEventTimestamp: stream.lastEventAt,
    lastIngestionTime: stream.lastIngestionAt,
    uploadSequenceToken: "1",
    arn: `${groupArn}:log-stream:${stream.name}`,
    storedBytes: 0,
  };
}

function pageOf<Item>(
  input: JsonInput,
  items: readonly Item[],
  most: number,
): { readonly page: readonly Item[]; readonly nextToken: string | undefined } {
  const size = optionalInteger(input, "limit", 1, most) ?? most;
  const start = Number(Buffer.from(optionalText(input, "nextToken", 2048) ?? "MA==", "base64").toString());
  if (!Number.isSafeInteger(start) || start < 0) {
    throw logsError("InvalidParameterException", "The specified nextToken is invalid.");
  }
  const more = start + size < items.length;
  return {
    page: items.slice(start, start + size),
    nextToken: more ? Buffer.from(String(start + size)).toString("base64") : undefined,
  };
}

function checkedTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(tags);
  if (entries.length > maximumTags) throw logsError("TooManyTagsException", `At most ${maximumTags} tags are allowed.`);
  const wrong = entries.find(([key, value]) => key.length < 1 || key.length > 128 || value.length > 256);
  if (wrong) throw logsError("InvalidParameterException", `The tag ${wrong[0]} is too long or has no key.`);
  return tags;
}

function alreadyExists(what: string): Error {
  return logsError("ResourceAlreadyExistsException", `The specified ${what} already exists`);
}
