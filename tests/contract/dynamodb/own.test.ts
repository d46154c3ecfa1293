import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DynamoDBClient, GetItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
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

  test("keeps every acknowledged write when the process is killed", { timeout: 20_000 }, async () => {
    const folder = temporaryFolder();
    const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "writer.ts"), folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    cleanUps.push(() => void child.kill("SIGKILL"));
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      acknowledged.push(line);
      if (acknowledged.length === 300) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(child.signalCode).toBe("SIGKILL");
    const { client, close } = await open(join(folder, "engine"));
    for (const id of acknowledged) {
      const { Item } = await client.send(new GetItemCommand({ TableName: "kill", Key: { id: { S: id } } }));
      expect(Item).toBeDefined();
    }
    await close();
  });
});
