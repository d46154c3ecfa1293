// Celery queues on SQS.
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { TaskQueues } from "../ports/task-queues.ts";

/** SQS's longest: a message must outlive an environment that stands still over a holiday. */
const retentionSeconds = 14 * 24 * 3600;

/** Both wire names: the JSON protocol's, and the Query protocol's that SQS still sends beside it. */
const missing = new Set(["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"]);
const exists = new Set(["QueueNameExists", "QueueAlreadyExists"]);

/** Task queues of one account and Region. */
export function sqsTaskQueues(client: SQSClient): TaskQueues {
  const url = async (name: string) => (await client.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl!;

  return {
    async ensure(name, { visibilityTimeoutSeconds }) {
      const Attributes = {
        VisibilityTimeout: String(visibilityTimeoutSeconds),
        MessageRetentionPeriod: String(retentionSeconds),
      };
      try {
        return (await client.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl!;
      } catch (error) {
        if (!named(error, exists)) throw error;
        const QueueUrl = await url(name);
        await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
        return QueueUrl;
      }
    },
    async remove(name) {
      try {
        await client.send(new DeleteQueueCommand({ QueueUrl: await url(name) }));
      } catch (error) {
        if (!named(error, missing)) throw error;
      }
    },
  };
}

const named = (error: unknown, names: ReadonlySet<string>): boolean => error instanceof Error && names.has(error.name);
