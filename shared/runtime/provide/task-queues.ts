// The Celery queues.
import { SQSClient } from "@aws-sdk/client-sqs";
import { sqsTaskQueues } from "../../aws/sqs-task-queues.ts";
import { once } from "../environment.ts";

export const taskQueues = once(() => sqsTaskQueues(new SQSClient()));
