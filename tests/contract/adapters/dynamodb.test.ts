// The DynamoDB adapters on the region's DynamoDB.
import { CreateTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDynamo } from "../../../local/dynamodb/start-dynamo.ts";
import type { Engine, ServiceRequest } from "../../../local/engine.ts";
import { dynamodbEnvironments } from "../../../shared/aws/dynamodb-environments.ts";
import { dynamodbOperations } from "../../../shared/aws/dynamodb-operations.ts";
import { dynamodbSnapshots } from "../../../shared/aws/dynamodb-snapshots.ts";
import { expiryAttribute, tableSchema } from "../../../shared/aws/table-schema.ts";
import { environmentsContract, operationsContract } from "./items.suite.ts";
import { environmentItem, operationItem } from "./sample-items.ts";
import { snapshotsContract } from "./snapshots.suite.ts";
import { type EngineUnderTest, serveEngine } from "../serve.ts";

/** Answers lost on the way back: the work is done and the client is told 500. */
let answersToLose = 0;
/** What happens when a batch of items is asked for, before it is read. */
let beforeBatch: () => Promise<unknown> = async () => undefined;
let batches = 0;
let served: EngineUnderTest<Engine>;
let client: DynamoDBClient;
const settings = { tableName: "hangar" };

beforeAll(async () => {
  served = await serveEngine(async ({ folder }) => {
    const engine = await startDynamo({ folder });
    return {
      ...engine,
      async handle(request: ServiceRequest) {
        if (request.headers["x-amz-target"]?.endsWith("BatchGetItem")) {
          batches++;
          await beforeBatch();
        }
        const answer = await engine.handle(request);
        if (answersToLose <= 0 || request.headers["x-amz-target"]?.endsWith("GetItem")) return answer;
        answersToLose--;
        return { status: 500, headers: {}, body: "{}" };
      },
    };
  });
  client = new DynamoDBClient({ ...served.client, maxAttempts: 3 });
  await client.send(
    new CreateTableCommand({ TableName: settings.tableName, ...structuredClone(tableSchema) } as never),
  );
});

afterAll(async () => {
  client.destroy();
  await served.close();
});

describe("environments on DynamoDB", () => {
  environmentsContract(() => dynamodbEnvironments(client, settings));

  test("a write whose answer was lost and that the SDK repeats counts as ours", async () => {
    const environments = dynamodbEnvironments(client, settings);
    answersToLose = 1;
    expect(await environments.create(environmentItem("lost-answer"))).toBe(true);
    answersToLose = 1;
    await environments.replace(environmentItem("lost-answer", { generation: 2 }), 1);
    expect(answersToLose).toBe(0);
  });

  test("an environment deleted between the index and the items is not among all, and ninety are one request", async () => {
    const environments = dynamodbEnvironments(client, settings);
    const older = await environments.all();
    await Promise.all(older.map(({ name, operationId }) => environments.remove(name, operationId ?? "")));
    const names = Array.from({ length: 90 }, (_, at) => `gone-${String(at).padStart(3, "0")}`);
    await Promise.all(names.map((name) => environments.create(environmentItem(name))));
    beforeBatch = () => environments.remove("gone-007", "operation-of-gone-007");
    batches = 0;
    const read = await environments.all();
    beforeBatch = async () => undefined;
    const gone = read.map(({ name }) => name).filter((name) => name.startsWith("gone-"));
    expect(gone).toEqual(names.filter((name) => name !== "gone-007"));
    expect(batches).toBe(1);
  });

  test("a listing of more names than one request brings is whole", async () => {
    const environments = dynamodbEnvironments(client, settings);
    const names = Array.from({ length: 30 }, (_, at) => `zz-${String(at).padStart(2, "0")}`);
    await Promise.all(names.map((name) => environments.create(environmentItem(name))));
    const seen: string[] = [];
    for (let after: string | undefined = "zz"; after !== undefined; ) {
      const page = await environments.listNames(after, 7);
      seen.push(...page.names);
      after = page.next;
    }
    expect(seen).toEqual(names);
  });
});

describe("snapshots on DynamoDB", () => {
  snapshotsContract(() => dynamodbSnapshots(client, settings));
});

describe("operations on DynamoDB", () => {
  operationsContract(() => dynamodbOperations(client, settings));

  test("one that never began expires after a month; once it has begun it stays for good", async () => {
    const operations = dynamodbOperations(client, settings);
    const expiryOf = async (operationId: string) => {
      const Key = { pk: { S: `operation#${operationId}` }, sk: { S: "operation" } };
      return (await client.send(new GetItemCommand({ TableName: settings.tableName, Key }))).Item![expiryAttribute];
    };
    const item = operationItem("void", { createdAt: Date.UTC(2026, 0, 1) });
    await operations.create(item);
    expect(await expiryOf("void")).toEqual({ N: String(Date.UTC(2026, 0, 31) / 1000) });
    await operations.update(item, { attempt: 2 });
    expect(await expiryOf("void")).toBeUndefined();
  });

  test("an update whose answer was lost and that the SDK repeats counts as ours", async () => {
    const operations = dynamodbOperations(client, settings);
    await operations.create(operationItem("lost-answer"));
    answersToLose = 1;
    expect(await operations.update(operationItem("lost-answer"), { attempt: 2 })).toMatchObject({
      generation: 2,
      attempt: 2,
    });
  });
});
