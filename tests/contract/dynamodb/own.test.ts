import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, describe, expect, test } from "vitest";
import { startDynamo } from "../../../local/dynamodb/start-dynamo.ts";
import { behindFrontDoor } from "../behind-front-door.ts";
import { dynamodbContract } from "./suite.ts";

const cleanUps: (() => Promise<void> | void)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

async function open(folder: string) {
  const engine = await startDynamo({ folder });
  const door = await behindFrontDoor(engine);
  const client = new DynamoDBClient({ ...door.client, maxAttempts: 1 });
  const close = async () => {
    client.destroy();
    await door.close();
    await engine.close();
  };
  return { client, close };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "hangar-dynamodb-"));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("the region's DynamoDB", () => {
  dynamodbContract(async () => {
    const { client, close } = await open(temporaryFolder());
    cleanUps.push(close);
    return client;
  });

  test("refuses what it does not implement by DynamoDB's own error", async () => {
    const { client, close } = await open(temporaryFolder());
    const transaction = new TransactWriteItemsCommand({ TransactItems: [] });
    await expect(client.send(transaction)).rejects.toMatchObject({ name: "UnknownOperationException" });
    await close();
  });
});
