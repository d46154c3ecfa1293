// Reminders to scaling: delayed messages to the queue that alarms reach it by.
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Reminders } from "../ports/reminders.ts";

export function sqsReminders(client: SQSClient, settings: { readonly queueUrl: string }): Reminders {
  return {
    async remind({ name, environmentId }, delaySeconds) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: settings.queueUrl,
          DelaySeconds: delaySeconds,
          MessageBody: JSON.stringify({ remindOf: { name, environmentId } }),
        }),
      );
    },
  };
}
