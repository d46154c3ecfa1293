// The SQS adapter on the region's SQS.
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSqsEngine, type SqsEngine } from "../../../local/sqs/engine.ts";
import { sqsTaskQueues } from "../../../shared/aws/sqs-task-queues.ts";
import { type EngineUnderTest, serveEngine } from "../serve.ts";
import { taskQueuesContract } from "./task-queues.suite.ts";

let served: EngineUnderTest<SqsEngine>;
let client: SQSClient;

beforeAll(async () => {
  served = await serveEngine((context) => createSqsEngine(context));
  client = new SQSClient(served.client);
});

afterAll(async () => {
  client.destroy();
  await served.close();
});

taskQueuesContract(() => ({
  queues: sqsTaskQueues(client),
  visibilityTimeoutSeconds: (name) =>
    served.engine.exists(name) ? Number(served.engine.attributes(name)["VisibilityTimeout"]) : undefined,
}));

test("messages outlive an environment that stands still over a holiday", async () => {
  await sqsTaskQueues(client).ensure("airflow-celery-e3-g1", { visibilityTimeoutSeconds: 60 });
  expect(served.engine.attributes("airflow-celery-e3-g1")["MessageRetentionPeriod"]).toBe(String(14 * 24 * 3600));
});
