// What Hangar's store asks of DynamoDB, and no more: conditional writes, queries, one index, pages, the item limit.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** @param connect a client of a service that has no table of the suite's name yet */
export function dynamodbContract(
  connect: () => Promise<DynamoDBClient>,
  /** Why writers do race with each other in this implementation: the guarantee against it is then not run. */
  racesBecause?: string,
): void {
  const TableName = "hangar-contract";
  let client: DynamoDBClient;
  const key = (environment: string, item: string) => ({ pk: { S: environment }, sk: { S: item } });
  const put = (environment: string, item: string, rest = {}) =>
    client.send(new PutItemCommand({ TableName, Item: { ...key(environment, item), ...rest } }));
  const get = async (environment: string, item: string) =>
    (await client.send(new GetItemCommand({ TableName, Key: key(environment, item), ConsistentRead: true }))).Item;

  beforeAll(async () => {
    client = await connect();
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "S" },
          { AttributeName: "listing", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: "listing",
            KeySchema: [
              { AttributeName: "listing", KeyType: "HASH" },
              { AttributeName: "pk", KeyType: "RANGE" },
            ],
            Projection: { ProjectionType: "ALL" },
          },
        ],
      }),
    );
    for (let tries = 0; tries < 100; tries++) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      if (Table?.TableStatus === "ACTIVE") return;
    }
    throw new Error("The table never became ACTIVE.");
  });
  afterAll(async () => {
    await client.send(new DeleteTableCommand({ TableName }));
    client.destroy();
  });

  describe("a table", () => {
    test("cannot be created twice", async () => {
      const again = new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      });
      await expect(client.send(again)).rejects.toMatchObject({ name: "ResourceInUseException" });
    });

    test("that is not there is refused by name", async () => {
      const command = new GetItemCommand({ TableName: "no-such-table", Key: key("a", "b") });
      await expect(client.send(command)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });
  });

  describe("a conditional write", () => {
    test("put-if-absent succeeds once", async () => {
      const command = new PutItemCommand({
        TableName,
        Item: { ...key("absent", "environment"), generation: { N: "1" } },
        ConditionExpression: "attribute_not_exists(pk)",
      });
      await client.send(command);
      await expect(client.send(command)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    });

    test("of a generation that has moved on changes nothing", async () => {
      await put("moved", "environment", { generation: { N: "2" }, status: { S: "AVAILABLE" } });
      const update = new UpdateItemCommand({
        TableName,
        Key: key("moved", "environment"),
        UpdateExpression: "SET generation = :next, #status = :status",
        ConditionExpression: "generation = :read",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":read": { N: "1" }, ":next": { N: "2" }, ":status": { S: "UPDATING" } },
      });
      await expect(client.send(update)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
      expect((await get("moved", "environment"))?.["status"]).toEqual({ S: "AVAILABLE" });
    });

    if (racesBecause === undefined)
      test("lets exactly one of twenty racing writers through", async () => {
        await put("race", "environment", { generation: { N: "1" } });
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, writer) =>
            client.send(
              new UpdateItemCommand({
                TableName,
                Key: key("race", "environment"),
                UpdateExpression: "SET generation = generation + :one, writer = :writer",
                ConditionExpression: "generation = :read AND attribute_not_exists(writer)",
                ExpressionAttributeValues: {
                  ":one": { N: "1" },
                  ":read": { N: "1" },
                  ":writer": { N: String(writer) },
                },
              }),
            ),
          ),
        );
        expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
        expect((await get("race", "environment"))?.["generation"]).toEqual({ N: "2" });
      });

    test("delete on a condition leaves what no longer matches", async () => {
      await put("delete", "operation", { id: { S: "new" } });
      const command = (id: string) =>
        new DeleteItemCommand({
          TableName,
          Key: key("delete", "operation"),
          ConditionExpression: "id = :id",
          ExpressionAttributeValues: { ":id": { S: id } },
        });
      await expect(client.send(command("old"))).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
      await client.send(command("new"));
      expect(await get("delete", "operation")).toBeUndefined();
    });
  });

  describe("an update", () => {
    test("sets, adds, removes and appends inside nested documents, and returns the new item", async () => {
      await put("nested", "operation", {
        journal: { M: { a: { S: "1" } } },
        events: { L: [{ S: "started" }] },
        superseded: { S: "x" },
        count: { N: "1" },
      });
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName,
          Key: key("nested", "operation"),
          UpdateExpression:
            "SET journal.#step = :done, events = list_append(events, :more), attempt = if_not_exists(attempt, :one) REMOVE superseded ADD #count :one",
          ExpressionAttributeNames: { "#step": "create-queue", "#count": "count" },
          ExpressionAttributeValues: {
            ":done": { M: { at: { S: "now" } } },
            ":more": { L: [{ S: "done" }] },
            ":one": { N: "1" },
          },
          ReturnValues: "ALL_NEW",
        }),
      );
      expect(Attributes).toEqual({
        ...key("nested", "operation"),
        journal: { M: { a: { S: "1" }, "create-queue": { M: { at: { S: "now" } } } } },
        events: { L: [{ S: "started" }, { S: "done" }] },
        attempt: { N: "1" },
        count: { N: "2" },
      });
    });

    test("can be conditional on a nested key not being there yet", async () => {
      await put("journal", "operation", { journal: { M: {} } });
      const write = new UpdateItemCommand({
        TableName,
        Key: key("journal", "operation"),
        UpdateExpression: "SET journal.#step = :done",
        ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(journal.#step)",
        ExpressionAttributeNames: { "#step": "clone" },
        ExpressionAttributeValues: { ":done": { BOOL: true } },
      });
      await client.send(write);
      await expect(client.send(write)).rejects.toMatchObject({ name: "ConditionalCheckFailedException" });
    });
  });

  describe("reading", () => {
    test("a query returns the items of one key in order, by prefix, backwards and in pages", async () => {
      for (const name of ["operation#3", "operation#1", "environment", "operation#2"]) await put("ordered", name);
      const query = (more = {}) =>
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues: { ":pk": { S: "ordered" }, ":prefix": { S: "operation#" } },
            ConsistentRead: true,
            ...more,
          }),
        );
      const names = (items: Record<string, unknown>[] = []) => items.map((item) => (item["sk"] as { S: string }).S);
      expect(names((await query()).Items)).toEqual(["operation#1", "operation#2", "operation#3"]);
      expect(names((await query({ ScanIndexForward: false, Limit: 1 })).Items)).toEqual(["operation#3"]);
      const first = await query({ Limit: 2 });
      const second = await query({ Limit: 2, ExclusiveStartKey: first.LastEvaluatedKey });
      expect(names(second.Items)).toEqual(["operation#3"]);
      expect(second.LastEvaluatedKey).toBeUndefined();
    });

    test("the index lists only items that have its key, in pages", async () => {
      for (const name of ["gsi-b", "gsi-a", "gsi-c"])
        await put(name, "environment", { listing: { S: "environments" } });
      await put("gsi-d", "environment");
      const seen: (string | undefined)[] = [];
      let from: Record<string, never> | undefined;
      for (let page = 0; page < 5; page++) {
        const reply = await client.send(
          new QueryCommand({
            TableName,
            IndexName: "listing",
            KeyConditionExpression: "listing = :listing",
            ExpressionAttributeValues: { ":listing": { S: "environments" } },
            Limit: 2,
            ExclusiveStartKey: from,
          }),
        );
        seen.push(...(reply.Items ?? []).map((item) => item["pk"]?.S));
        from = reply.LastEvaluatedKey as Record<string, never> | undefined;
        if (from === undefined) break;
      }
      expect(seen).toEqual(["gsi-a", "gsi-b", "gsi-c"]);
    });

    test("a filter and a projection keep what they say", async () => {
      await put("filter", "a", { state: { S: "open" }, large: { S: "x".repeat(100) } });
      await put("filter", "b", { state: { S: "closed" } });
      const { Items } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk",
          FilterExpression: "#state = :open",
          ProjectionExpression: "sk",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: { ":pk": { S: "filter" }, ":open": { S: "open" } },
        }),
      );
      expect(Items).toEqual([{ sk: { S: "a" } }]);
    });

    test("a scan reaches every item, page by page", async () => {
      await client.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [TableName]: Array.from({ length: 25 }, (_, i) => ({
              PutRequest: { Item: { ...key("scan", `item-${i}`), state: { S: "scanned" } } },
            })),
          },
        }),
      );
      let found = 0;
      let from: Record<string, never> | undefined;
      for (let page = 0; page < 50; page++) {
        const reply = await client.send(
          new ScanCommand({
            TableName,
            Limit: 10,
            FilterExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": { S: "scan" } },
            ExclusiveStartKey: from,
          }),
        );
        found += reply.Items?.length ?? 0;
        from = reply.LastEvaluatedKey as Record<string, never> | undefined;
        if (from === undefined) break;
      }
      expect(found).toBe(25);
    });

    test("a batch returns the items that are there", async () => {
      await put("batch", "a");
      const { Responses } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key("batch", "a"), key("batch", "none")] } } }),
      );
      expect(Responses?.[TableName]).toEqual([key("batch", "a")]);
    });

    test("a batch sees every write that was answered before it", async () => {
      const keys = Array.from({ length: 100 }, (_, at) => key(`strong-${at}`, "environment"));
      const command = () =>
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } });
      for (const round of ["1", "2"]) {
        for (const { pk } of keys) await put(pk.S, "environment", { round: { N: round } });
        const found = (await client.send(command())).Responses?.[TableName] ?? [];
        expect(found.map((item) => item["round"]?.N)).toEqual(keys.map(() => round));
      }
    });

    test("what does not fit into a batch's answer is named, so that nothing is taken for absent", async () => {
      const keys = Array.from({ length: 6 }, (_, at) => key(`wide-${at}`, "environment"));
      for (const { pk } of keys) await put(pk.S, "environment", { text: { S: "x".repeat(390_000) } });
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } }),
      );
      const read = (Responses?.[TableName] ?? []).map(({ pk }) => pk?.S);
      const left = (UnprocessedKeys?.[TableName]?.Keys ?? []).map(({ pk }) => pk?.S);
      expect([...read, ...left].toSorted()).toEqual(keys.map(({ pk }) => pk.S));
      expect(read.length).toBeGreaterThan(0);
    });

    test("a batch of more than a hundred keys, or of one key twice, is refused", async () => {
      const many = Array.from({ length: 101 }, (_, at) => key(`over-${at}`, "environment"));
      for (const Keys of [many, [key("twice", "a"), key("twice", "a")]])
        await expect(
          client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } })),
        ).rejects.toMatchObject({ name: "ValidationException" });
    });
  });

  describe("limits", () => {
    test("an item over 400 KB is refused, one just under is kept", async () => {
      await put("large", "fits", { text: { S: "x".repeat(400_000) } });
      expect((await get("large", "fits"))?.["text"]?.S).toHaveLength(400_000);
      await expect(put("large", "too-large", { text: { S: "x".repeat(409_600) } })).rejects.toMatchObject({
        name: "ValidationException",
      });
      expect(await get("large", "too-large")).toBeUndefined();
    });

    test("an empty key is refused", async () => {
      await expect(put("", "item")).rejects.toMatchObject({ name: "ValidationException" });
    });
  });
}
