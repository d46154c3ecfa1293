// Reminders to scaling.
import { SQSClient } from "@aws-sdk/client-sqs";
import { sqsReminders } from "../../aws/sqs-reminders.ts";
import { once, pool } from "../environment.ts";

export const reminders = once(() => sqsReminders(new SQSClient(), { queueUrl: pool().scalingQueueUrl }));
