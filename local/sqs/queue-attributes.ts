// The attributes of a queue: which there are, their defaults and bounds. Counts are not here: they are never stored.
import { invalidParameter, sqsError } from "./errors.ts";

export type QueueAttributes = Readonly<Record<string, string>>;

/** What a queue has before anybody sets anything. 256 KiB is the region's payload limit; a queue may ask for 1 MiB. */
export const defaultAttributes: QueueAttributes = {
  DelaySeconds: "0",
  MaximumMessageSize: "262144",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  VisibilityTimeout: "30",
  SqsManagedSseEnabled: "true",
};

const bounds: Readonly<Record<string, readonly [least: number, most: number]>> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
};

const firstInFirstOut = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

/** Attributes that are computed at read time; naming one in a write is refused. */
export const readOnlyAttributes = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
] as const;

const settable = [...Object.keys(bounds), "Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"];
const known = new Set<string>(["All", ...settable, "SqsManagedSseEnabled", ...readOnlyAttributes, ...firstInFirstOut]);

/** Where undeliverable messages go, and after how many receives. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/**
 * Checks attributes of CreateQueue or SetQueueAttributes.
 * @param deadLetterExists says whether a queue of this region has that ARN
 * @throws InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue, or UnsupportedOperation for FIFO queues
 */
export function checkAttributes(attributes: QueueAttributes, deadLetterExists: (arn: string) => boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (firstInFirstOut.includes(name)) {
      throw sqsError("UnsupportedOperation", "FIFO queues are not implemented by this one-machine region.");
    }
    if (!settable.includes(name) && name !== "SqsManagedSseEnabled") {
      throw sqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    }
    const range = bounds[name];
    if (range && !isIntegerBetween(value, range[0], range[1])) {
      throw sqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    }
    if (name === "SqsManagedSseEnabled" && value !== "true" && value !== "false") {
      throw sqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    }
    if (name.endsWith("Policy") && value !== "") parseObject(name, value);
    if (name === "RedrivePolicy" && value !== "") {
      const policy = redrivePolicy({ RedrivePolicy: value });
      if (!policy)
        throw invalidParameter(name, value, "Redrive policy must have deadLetterTargetArn and maxReceiveCount.");
      if (policy.maxReceiveCount < 1 || policy.maxReceiveCount > 1000) {
        throw invalidParameter(name, value, "Invalid value for maxReceiveCount: must be between 1 and 1000.");
      }
      if (!deadLetterExists(policy.deadLetterTargetArn)) {
        throw invalidParameter(name, value, "Dead letter target does not exist.");
      }
    }
  }
}

/** Refuses names that GetQueueAttributes does not know. */
export function checkAttributeNames(names: readonly string[]): void {
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw sqsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
}

/** The redrive policy in a queue's attributes, or undefined when there is none. The count may be text or number. */
export function redrivePolicy(attributes: QueueAttributes): RedrivePolicy | undefined {
  const text = attributes["RedrivePolicy"];
  if (!text) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = parseObject("RedrivePolicy", text);
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== "string" || !Number.isInteger(count)) return undefined;
  return { deadLetterTargetArn, maxReceiveCount: count };
}

/** A number among the attributes of a stored queue: its own value, or the default. */
export function numericAttribute(attributes: QueueAttributes, name: string): number {
  return Number(attributes[name] ?? defaultAttributes[name]);
}

function isIntegerBetween(text: string, least: number, most: number): boolean {
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
}

function parseObject(name: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // refused below, with the value in the sentence
  }
  throw invalidParameter(name, text, "Value is not a JSON object.");
}
