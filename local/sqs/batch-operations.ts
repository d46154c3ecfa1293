// The three batch operations: up to ten entries, each with its own outcome, under one commit where it is a send.
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import { principalId } from "../sts/principal.ts";
import { batchFailureCode, sqsError } from "./errors.ts";
import { requiredText, structureList } from "./input.ts";
import { messageSize, readMessage, refuseTooLong, requiredTimeout } from "./message-operations.ts";
import type { NewMessage } from "./message-store.ts";
import type { Messaging } from "./messaging.ts";
import { numericAttribute } from "./queue-attributes.ts";
import { queueNameOf } from "./queue-url.ts";

const maximumEntries = 10;
const smallestBatchLimit = 262_144;

interface Outcome {
  readonly Successful: readonly JsonInput[];
  readonly Failed: readonly JsonInput[];
}

/** The table of batch operations over one messaging core. */
export function batchOperations(
  messaging: Messaging,
  options: { readonly accountId: string; readonly now: () => number },
): Readonly<Record<string, JsonOperation>> {
  const { accountId, now } = options;
  const queueOf = (input: JsonInput) => messaging.queue(queueNameOf(requiredText(input, "QueueUrl"), accountId));

  return {
    async SendMessageBatch(input, request) {
      const queue = queueOf(input);
      const entries = batchEntries(input, "SendMessageBatchRequestEntry");
      const senderId = principalId(request.caller.arn);
      const accepted: NewMessage[] = [];
      let bytes = 0;
      const outcome = eachEntry(entries, (entry) => {
        const { message, receipt } = readMessage(entry, queue, senderId, now());
        bytes += messageSize(message);
        refuseTooLong(message, queue);
        accepted.push(message);
        return receipt;
      });
      // One message of the largest size the queue takes always fits; together they may not be more than that.
      const limit = Math.max(smallestBatchLimit, numericAttribute(queue.attributes, "MaximumMessageSize"));
      if (bytes > limit) {
        const message = `Batch requests cannot be longer than ${limit} bytes. You have sent ${bytes} bytes.`;
        throw sqsError("BatchRequestTooLong", message);
      }
      if (accepted.length > 0) await messaging.send(queue, accepted);
      return outcome;
    },

    DeleteMessageBatch(input) {
      const queue = queueOf(input);
      return eachEntry(batchEntries(input, "DeleteMessageBatchRequestEntry"), (entry) => {
        messaging.delete(queue, requiredText(entry, "ReceiptHandle"));
        return {};
      });
    },

    ChangeMessageVisibilityBatch(input) {
      const queue = queueOf(input);
      return eachEntry(batchEntries(input, "ChangeMessageVisibilityBatchRequestEntry"), (entry) => {
        messaging.changeVisibility(queue, requiredText(entry, "ReceiptHandle"), requiredTimeout(entry));
        return {};
      });
    },
  };
}

function batchEntries(input: JsonInput, entryName: string): readonly JsonInput[] {
  const entries = structureList(input, "Entries");
  if (entries.length === 0) {
    throw sqsError("EmptyBatchRequest", `There should be at least one ${entryName} in the request.`);
  }
  if (entries.length > maximumEntries) {
    const message = `Maximum number of entries per request are ${maximumEntries}. You have sent ${entries.length}.`;
    throw sqsError("TooManyEntriesInBatchRequest", message);
  }
  const seen = new Set<string>();
  for (const entry of entries) {
    const id = requiredText(entry, "Id");
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(id)) {
      const rule = "A batch entry id can only contain alphanumeric characters, hyphens and underscores.";
      throw sqsError("InvalidBatchEntryId", `${rule} It can be at most 80 letters long.`);
    }
    if (seen.has(id)) throw sqsError("BatchEntryIdsNotDistinct", `Id ${id} repeated.`);
    seen.add(id);
  }
  return entries;
}

function eachEntry(entries: readonly JsonInput[], carryOut: (entry: JsonInput) => JsonInput): Outcome {
  const Successful: JsonInput[] = [];
  const Failed: JsonInput[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry["Id"], ...carryOut(entry) });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      Failed.push({ Id: entry["Id"], SenderFault: true, Code: batchFailureCode(error), Message: error.message });
    }
  }
  return { Successful, Failed };
}
