import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { expect, onTestFinished, test } from "vitest";
import { startDynamo } from "../../../local/dynamodb/start-dynamo.ts";
import { behindFrontDoor } from "../behind-front-door.ts";

test("the region's DynamoDB keeps every acknowledged write when the process is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hangar-dynamodb-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "writer.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    acknowledged.push(line);
    if (acknowledged.length === 300) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
  const engine = await startDynamo({ folder: join(folder, "engine") });
  const door = await behindFrontDoor(engine);
  const client = new DynamoDBClient({ ...door.client, maxAttempts: 1 });
  for (const id of acknowledged) {
    const { Item } = await client.send(new GetItemCommand({ TableName: "kill", Key: { id: { S: id } } }));
    expect(Item).toBeDefined();
  }
  client.destroy();
  await door.close();
  await engine.close();
});
