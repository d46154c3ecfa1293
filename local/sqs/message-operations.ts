// The operations on single messages: send, receive, delete, change visibility.
import { createHash, randomUUID } from "node:crypto";
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { principalId } from "../sts/principal.ts";
import { sqsError } from "./errors.ts";
import { optionalInteger, optionalText, requiredText, textList } from "./input.ts";
import {
  attributesSize,
  md5OfAttributes,
  readMessageAttributes,
  readSystemAttributes,
  selectAttributes,
} from "./message-attributes.ts";
import type { NewMessage, TakenMessage } from "./message-store.ts";
import type { Messaging } from "./messaging.ts";
import { numericAttribute } from "./queue-attributes.ts";
import type { Queue } from "./queue-store.ts";
import { queueNameOf } from "./queue-url.ts";

/** Longest a message may be hidden, in seconds. */
export const longestVisibilityTimeout = 43_200;
const longestDelay = 900;
const longestWait = 20;

/** The table of single-message operations over one messaging core. */
export function messageOperations(
  messaging: Messaging,
  options: { readonly accountId: string; readonly now: () => number },
): Readonly<Record<string, JsonOperation>> {
  const { accountId, now } = options;
  const nameOf = (input: JsonInput) => queueNameOf(requiredText(input, "QueueUrl"), accountId);

  return {
    async SendMessage(input, request) {
      const queue = messaging.queue(nameOf(input));
      const { message, receipt } = readMessage(input, queue, principalId(request.caller.arn), now());
      refuseTooLong(message, queue);
      await messaging.send(queue, [message]);
      return receipt;
    },

    async ReceiveMessage(input, request) {
      const name = nameOf(input);
      const maxMessages = optionalInteger(input, "MaxNumberOfMessages", 1, 10) ?? 1;
      const waitSeconds = optionalInteger(input, "WaitTimeSeconds", 0, longestWait);
      const visibilityTimeoutSeconds = optionalInteger(input, "VisibilityTimeout", 0, longestVisibilityTimeout);
      const system = [...textList(input, "AttributeNames"), ...textList(input, "MessageSystemAttributeNames")];
      const user = textList(input, "MessageAttributeNames");
      const signal = request.hungUp;
      const taken = await messaging.receive(name, { maxMessages, waitSeconds, visibilityTimeoutSeconds, signal });
      return taken.length > 0 ? { Messages: taken.map((message) => wireMessage(message, system, user)) } : {};
    },

    DeleteMessage(input) {
      messaging.delete(messaging.queue(nameOf(input)), requiredText(input, "ReceiptHandle"));
      return {};
    },

    ChangeMessageVisibility(input) {
      const queue = messaging.queue(nameOf(input));
      messaging.changeVisibility(queue, requiredText(input, "ReceiptHandle"), requiredTimeout(input));
      return {};
    },
  };
}

/** Reads one message of a send, single or batch, and prepares what the sender is told about it. */
export function readMessage(
  input: JsonInput,
  queue: Queue,
  senderId: string,
  now: number,
): { readonly message: NewMessage; readonly receipt: JsonInput } {
  const body = requiredText(input, "MessageBody");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters SQS does not take
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(body) || !body.isWellFormed()) {
    throw sqsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  }
  if (optionalText(input, "MessageDeduplicationId") !== undefined) {
    const message = "The request includes a parameter that is not valid for this queue type: MessageDeduplicationId.";
    throw sqsError("InvalidParameterValueException", message);
  }
  const attributes = readMessageAttributes(input, "MessageAttributes");
  const system = readSystemAttributes(input);
  const groupId = optionalText(input, "MessageGroupId");
  const delay =
    optionalInteger(input, "DelaySeconds", 0, longestDelay) ?? numericAttribute(queue.attributes, "DelaySeconds");
  const message: NewMessage = {
    id: randomUUID(),
    body,
    attributes,
    systemAttributes: {
      SenderId: senderId,
      ...(system["AWSTraceHeader"] ? { AWSTraceHeader: system["AWSTraceHeader"].StringValue ?? "" } : {}),
      ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
    },
    visibleAt: now + 1000 * delay,
  };
  const receipt = {
    MessageId: message.id,
    MD5OfMessageBody: md5(body),
    ...present("MD5OfMessageAttributes", md5OfAttributes(attributes)),
    ...present("MD5OfMessageSystemAttributes", md5OfAttributes(system)),
  };
  return { message, receipt };
}

/** Bytes of a message as SQS counts them: body and attributes. */
export function messageSize(message: NewMessage): number {
  return Buffer.byteLength(message.body) + attributesSize(message.attributes);
}

/** Refuses a message larger than its queue takes. */
export function refuseTooLong(message: NewMessage, queue: Queue): void {
  const limit = numericAttribute(queue.attributes, "MaximumMessageSize");
  if (messageSize(message) <= limit) return;
  const reason = `Message must be shorter than ${limit} bytes.`;
  throw sqsError("InvalidParameterValueException", `One or more parameters are invalid. Reason: ${reason}`);
}

/** The VisibilityTimeout of a change, which has no default. */
export function requiredTimeout(input: JsonInput): number {
  const seconds = optionalInteger(input, "VisibilityTimeout", 0, longestVisibilityTimeout);
  if (seconds !== undefined) return seconds;
  throw sqsError("MissingRequiredParameterException", "The request must contain the parameter VisibilityTimeout.");
}

/** The attributes a message carries on its way out, system ones included. */
export function systemAttributesOf(message: TakenMessage): Readonly<Record<string, string>> {
  return {
    ...message.systemAttributes,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
}

/** MD5 in hex, as SQS reports it for bodies. */
export function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

function wireMessage(message: TakenMessage, system: readonly string[], user: readonly string[]): JsonInput {
  const all = Object.entries(systemAttributesOf(message));
  const wanted = all.filter(([name]) => system.includes("All") || system.includes(name));
  const attributes = selectAttributes(message.attributes, user);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {}),
    ...(Object.keys(attributes).length > 0 ? { MessageAttributes: attributes } : {}),
    ...present("MD5OfMessageAttributes", md5OfAttributes(attributes)),
  };
}

function present(name: string, value: string | undefined): JsonInput {
  return value === undefined ? {} : { [name]: value };
}
