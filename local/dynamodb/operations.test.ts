import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import database, { type Store } from "dynalite/db/index.js";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readLocally } from "./local-reads.ts";
import { carryOut } from "./operations.ts";

let folder: string;
let store: Store;
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hangar-dynamo-"));
  store = database.create({ path: join(folder, "leveldb"), createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await store.db.open();
  readLocally(store);
  const dynalite = createRequire(import.meta.url)("dynalite") as (options: object) => Server;
  server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const table = {
    TableName: "things",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: ["pk", "sk", "kind"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
    KeySchema: keySchema("pk", "sk"),
    GlobalSecondaryIndexes: [
      { IndexName: "byKind", KeySchema: keySchema("kind", "sk"), Projection: { ProjectionType: "KEYS_ONLY" } },
    ],
  };
  for (const carry of [ours, theirs]) {
    expect((await carry("CreateTable", JSON.stringify(table))).status).toBe(200);
    await active(carry);
    for (const [pk, sk, kind] of ["aab", "aba", "bab", "bba", "cab", "ccb", "cba"].map((word) => [...word]))
      await carry(
        "PutItem",
        JSON.stringify({ TableName: "things", Item: { pk: { S: pk }, sk: { S: sk }, kind: { S: kind } } }),
      );
  }
});
afterAll(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await store.lifecycleManager.gracefulClose();
  rmSync(folder, { recursive: true, force: true });
});

const keySchema = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: "HASH" },
  { AttributeName: range, KeyType: "RANGE" },
];
type Carry = (operation: string, body: string) => Promise<{ status: number; document: unknown }>;
const ours: Carry = (operation, body) => carryOut(store, `DynamoDB_20120810.${operation}`, body);
/** The library's own server, with the signature it wants to see. */
const theirs: Carry = async (operation, body) => {
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${operation}`,
    authorization:
      "AWS4-HMAC-SHA256 Credential=a/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=a, Signature=0",
    "x-amz-date": "20200101T000000Z",
  };
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });
  return { status: answer.status, document: await answer.json() };
};

async function active(carry: Carry): Promise<void> {
  for (let look = 0; look < 1000; look++) {
    const { document } = await carry("DescribeTable", '{"TableName":"things"}');
    const { Table } = document as { Table: { TableStatus: string; GlobalSecondaryIndexes: { IndexStatus: string }[] } };
    if (Table.TableStatus === "ACTIVE" && Table.GlobalSecondaryIndexes[0]!.IndexStatus === "ACTIVE") return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("The table did not become ACTIVE.");
}

const text = fc.constantFrom("a", "b", "c", "aa", "ä", "");
const value = fc.oneof(
  text.map((S) => ({ S })),
  fc.integer({ min: 0, max: 9 }).map((N) => ({ N: String(N) })),
  fc.constantFrom({ BOOL: true }, { L: [{ S: "x" }] }, { S: 1 }, "wrong"),
);
const key = fc.record({ pk: text.map((S) => ({ S })), sk: text.map((S) => ({ S })) });
const item = fc.tuple(key, fc.option(text.map((S) => ({ S }))), value).map(([at, kind, other]) => ({
  ...at,
  ...(kind ? { kind } : {}),
  other,
}));
const TableName = fc.constantFrom("things", "things", "things", "things", "nothing", "x");
const limit = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
const request = fc.oneof(
  fc.record({ operation: fc.constant("PutItem"), input: fc.record({ TableName, Item: item }) }),
  fc.record({
    operation: fc.constant("PutItem"),
    input: fc.record({ TableName, Item: item, ConditionExpression: fc.constant("attribute_not_exists(pk)") }),
  }),
  fc.record({ operation: fc.constant("GetItem"), input: fc.record({ TableName, Key: key }) }),
  fc.record({ operation: fc.constant("DeleteItem"), input: fc.record({ TableName, Key: key }) }),
  fc.record({
    operation: fc.constant("Query"),
    input: fc.record({
      TableName,
      IndexName: fc.constantFrom("byKind", "byKind", "other"),
      KeyConditionExpression: fc.constantFrom("kind = :k", "kind = :k AND sk > :k", "kind = :k AND sk < :k"),
      ExpressionAttributeValues: text.map((S) => ({ ":k": { S } })),
      ScanIndexForward: fc.boolean(),
      Limit: limit,
    }),
  }),
  fc.record({ operation: fc.constant("Scan"), input: fc.record({ TableName, Limit: limit }) }),
  fc.record({ operation: fc.constantFrom("GetItem", "Unheard"), input: fc.constantFrom([], {}, 7) }),
);

/** Asks both, and for the next page from where the last one ended. */
async function same(operation: string, input: unknown): Promise<void> {
  let start: unknown;
  for (let page = 0; page < 20; page++) {
    const body = JSON.stringify(start === undefined ? input : { ...(input as object), ExclusiveStartKey: start });
    const own = await ours(operation, body);
    expect(own).toEqual(await theirs(operation, body));
    start = (own.document as { LastEvaluatedKey?: unknown }).LastEvaluatedKey;
    if (start === undefined) return;
  }
}

it("any sequence of requests is answered as the library's own server answers it", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 12 }), async (requests) => {
      for (const { operation, input } of requests) await same(operation, input);
    }),
    { numRuns: 75 },
  );
});

it.each(["", "{", "7"])(
  "a body that is no request (%j) is refused as the library's own server refuses it",
  async (body) => {
    for (const operation of ["GetItem", "Unheard", "Get.Item"])
      expect(await ours(operation, body)).toEqual(await theirs(operation, body));
  },
);

it("a body of null, on which the library's own server dies, is refused", async () => {
  expect(await ours("GetItem", "null")).toMatchObject({ status: 400 });
});
