// Names and ARNs of log groups and streams: their rules, and the forms a request may name a group in.
import type { JsonInput } from "../json-protocol.ts";
import { constraint, logsError, optionalText, requiredText } from "./errors.ts";
import type { LogGroup, LogStore } from "./log-store.ts";

export interface LogNames {
  /** The ARN of a group, without the `:*` that some members carry behind it. */
  arn(group: string): string;
  /** The name in an ARN of this region, with or without `:*`; undefined for any other ARN. */
  nameOf(arn: string): string | undefined;
  /** The group a request means by `logGroupName` or `logGroupIdentifier` (name or ARN). @throws ResourceNotFoundException */
  group(input: JsonInput): LogGroup;
  /** The same, by `logGroupName` alone, for the operations that have no other member. */
  groupByName(input: JsonInput): LogGroup;
}

/** The rules for one region. */
export function createLogNames(store: LogStore, region: string, accountId: string): LogNames {
  const prefix = `arn:aws:logs:${region}:${accountId}:log-group:`;
  const nameOf = (arn: string) => (arn.startsWith(prefix) ? arn.slice(prefix.length).replace(/:\*$/, "") : undefined);

  function find(name: string | undefined): LogGroup {
    const found = name === undefined ? undefined : store.group(name);
    if (found) return found;
    throw logsError("ResourceNotFoundException", "The specified log group does not exist.");
  }

  return {
    arn: (group) => `${prefix}${group}`,
    nameOf,
    group(input) {
      const identifier = optionalText(input, "logGroupIdentifier", 2048);
      const name = optionalText(input, "logGroupName");
      if ((identifier === undefined) === (name === undefined)) {
        const message = "Exactly one of logGroupName and logGroupIdentifier must be given.";
        throw logsError("InvalidParameterException", message);
      }
      return find(identifier?.startsWith("arn:") ? nameOf(identifier) : (identifier ?? name));
    },
    groupByName: (input) => find(requiredText(input, "logGroupName")),
  };
}

/** A well-formed name for a new group. */
export function newGroupName(input: JsonInput): string {
  const name = requiredText(input, "logGroupName");
  if (/^[.\-_/#A-Za-z0-9]+$/.test(name)) return name;
  throw constraint(
    "logGroupName",
    name,
    String.raw`Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`,
  );
}

/** A well-formed name for a new stream. */
export function newStreamName(input: JsonInput): string {
  const name = requiredText(input, "logStreamName");
  if (/^[^:*]*$/.test(name)) return name;
  throw constraint("logStreamName", name, "Member must satisfy regular expression pattern: [^:*]*");
}
