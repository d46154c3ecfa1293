// Writes items to a store until it is killed, and prints each id once its write is acknowledged. Used by kill.test.ts.
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { startDynamo } from "../../../local/dynamodb/start-dynamo.ts";
import { behindFrontDoor } from "../behind-front-door.ts";

const folder = process.argv[2] ?? "";
const engine = await startDynamo({ folder: join(folder, "engine") });
const client = new DynamoDBClient((await behindFrontDoor(engine, folder)).client);
await client.send(
  new CreateTableCommand({
    TableName: "kill",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  }),
);
let next = 0;
await Promise.all(
  Array.from({ length: 8 }, async () => {
    for (let id = String(next++); next < 100_000; id = String(next++)) {
      await client.send(new PutItemCommand({ TableName: "kill", Item: { id: { S: id } } }));
      process.stdout.write(`${id}\n`);
    }
  }),
);
