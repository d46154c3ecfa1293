// The operations on queues themselves: create, find, list, attributes, tags, purge, delete.
import type { ServiceRequest } from "../engine.ts";
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { sqsError } from "./errors.ts";
import { optionalInteger, optionalText, requiredText, textList, textMap } from "./input.ts";
import type { Messaging } from "./messaging.ts";
import { checkAttributeNames, checkAttributes, defaultAttributes, type QueueAttributes } from "./queue-attributes.ts";
import type { Queue } from "./queue-store.ts";
import { queueNameOf, queueUrl } from "./queue-url.ts";

/** SQS lets a name rest for a minute after its queue was deleted, and a queue between two purges. */
const restMilliseconds = 60_000;
const pageSize = 1000;
const maximumTags = 50;

/** The table of queue operations over one messaging core. */
export function queueOperations(
  messaging: Messaging,
  options: { readonly accountId: string; readonly now: () => number },
): Readonly<Record<string, JsonOperation>> {
  const { accountId, now } = options;
  const { queues } = messaging;
  const named = (input: JsonInput) => messaging.queue(queueNameOf(requiredText(input, "QueueUrl"), accountId));
  const urlOf = (name: string, request: ServiceRequest) => queueUrl(request.endpoint, accountId, name);

  return {
    CreateQueue(input, request) {
      const name = requiredText(input, "QueueName");
      const attributes = textMap(input, "Attributes");
      const tags = checkedTags(textMap(input, input["tags"] === undefined ? "Tags" : "tags"));
      checkName(name, attributes);
      checkAttributes(attributes, messaging.exists);
      const existing = queues.get(name);
      if (existing) {
        refuseDifference(existing, attributes);
        return { QueueUrl: urlOf(name, request) };
      }
      if (now() - queues.deletedAt(name) < restMilliseconds) {
        const message =
          "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
        throw sqsError("QueueDeletedRecently", message);
      }
      queues.put({ name, attributes, tags, createdAt: now(), modifiedAt: now(), purgedAt: 0 });
      return { QueueUrl: urlOf(name, request) };
    },

    DeleteQueue(input) {
      const { name } = named(input);
      queues.remove(name, now());
      messaging.wake(name);
      return {};
    },

    GetQueueUrl(input, request) {
      const name = requiredText(input, "QueueName");
      const owner = optionalText(input, "QueueOwnerAWSAccountId") ?? accountId;
      if (owner !== accountId) throw sqsError("QueueDoesNotExist", "The specified queue does not exist.");
      return { QueueUrl: urlOf(messaging.queue(name).name, request) };
    },

    ListQueues(input, request) {
      const prefix = optionalText(input, "QueueNamePrefix") ?? "";
      const asked = optionalInteger(input, "MaxResults", 1, pageSize);
      const token = optionalText(input, "NextToken");
      const names = queues.list(prefix, decodeToken(token), (asked ?? pageSize) + 1);
      const page = names.slice(0, asked ?? pageSize);
      // Without MaxResults the answer is one page and no token, as in SQS.
      const more = asked !== undefined && names.length > page.length;
      return {
        ...(page.length > 0 ? { QueueUrls: page.map((name) => urlOf(name, request)) } : {}),
        ...(more ? { NextToken: Buffer.from(page.at(-1)!).toString("base64") } : {}),
      };
    },

    GetQueueAttributes(input) {
      const queue = named(input);
      const names = textList(input, "AttributeNames");
      checkAttributeNames(names);
      const all = currentAttributes(messaging, queue);
      const wanted = names.includes("All") ? Object.keys(all) : names.filter((name) => Object.hasOwn(all, name));
      return wanted.length > 0 ? { Attributes: Object.fromEntries(wanted.map((name) => [name, all[name]])) } : {};
    },

    SetQueueAttributes(input) {
      const queue = named(input);
      const changes = textMap(input, "Attributes");
      checkAttributes(changes, messaging.exists);
      const attributes = Object.fromEntries(
        // An empty policy takes the policy away.
        Object.entries({ ...queue.attributes, ...changes }).filter(([, value]) => value !== ""),
      );
      queues.put({ ...queue, attributes, modifiedAt: now() });
      // A shorter visibility or retention holds for what is received from now on; whoever waits looks again.
      messaging.wake(queue.name);
      return {};
    },

    PurgeQueue(input) {
      const queue = named(input);
      if (now() - queue.purgedAt < restMilliseconds) {
        const message = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
        throw sqsError("PurgeQueueInProgress", message);
      }
      messaging.purge(queue);
      queues.put({ ...queue, purgedAt: now() });
      return {};
    },

    TagQueue(input) {
      const queue = named(input);
      queues.put({ ...queue, tags: checkedTags({ ...queue.tags, ...textMap(input, "Tags") }) });
      return {};
    },

    UntagQueue(input) {
      const queue = named(input);
      const gone = textList(input, "TagKeys");
      const tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !gone.includes(key)));
      queues.put({ ...queue, tags });
      return {};
    },

    ListQueueTags(input) {
      const { tags } = named(input);
      return Object.keys(tags).length > 0 ? { Tags: tags } : {};
    },
  };
}

/** All attributes of a queue as of now; the counts are computed, so a passed timeout shows at once. */
export function currentAttributes(messaging: Messaging, queue: Queue): QueueAttributes {
  const counts = messaging.counts(queue);
  return {
    ...queue.attributes,
    QueueArn: messaging.arn(queue.name),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
  };
}

function checkName(name: string, attributes: QueueAttributes): void {
  if (name.endsWith(".fifo") && attributes["FifoQueue"] !== undefined) {
    throw sqsError("UnsupportedOperation", "FIFO queues are not implemented by this one-machine region.");
  }
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name)) return;
  const message = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
  throw sqsError("InvalidParameterValueException", message);
}

function refuseDifference(existing: Queue, attributes: QueueAttributes): void {
  const current = { ...defaultAttributes, ...existing.attributes };
  const different = Object.keys(attributes).find((name) => attributes[name] !== (current[name] ?? ""));
  if (different === undefined) return;
  const message = `A queue already exists with the same name and a different value for attribute ${different}`;
  throw sqsError("QueueNameExists", message);
}

function checkedTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const count = Object.keys(tags).length;
  if (count > maximumTags) {
    throw sqsError(
      "InvalidParameterValueException",
      `Too many tags added for queue: ${count}, at most ${maximumTags}.`,
    );
  }
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128 || value.length > 256) {
      throw sqsError(
        "InvalidParameterValueException",
        `Tag ${key} is invalid: key 1 to 128, value up to 256 characters.`,
      );
    }
  }
  return tags;
}

function decodeToken(token: string | undefined): string {
  if (token === undefined) return "";
  const name = Buffer.from(token, "base64").toString();
  if (/^[A-Za-z0-9_-]{1,80}$/.test(name)) return name;
  throw sqsError("InvalidParameterValueException", "Invalid or expired next token.");
}
