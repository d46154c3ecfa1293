import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { askJson } from "../sqs/testing/small-engine.ts";
import { type CarryOut, withOldReads } from "./old-reads.ts";
import { startDynamo } from "./start-dynamo.ts";

type Truth = Awaited<ReturnType<typeof startDynamo>>;
const folder = mkdtempSync(join(tmpdir(), "hangar-old-reads-"));
let engine: Truth;
let now = 0;
let strikes: boolean;
let carryOut: CarryOut;

beforeAll(async () => {
  engine = await startDynamo({ folder });
  const attributes = { AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }] };
  const keys = { KeySchema: [{ AttributeName: "id", KeyType: "HASH" }], BillingMode: "PAY_PER_REQUEST" };
  await truth("DynamoDB_20120810.CreateTable", JSON.stringify({ TableName: "items", ...attributes, ...keys }));
  await vi.waitFor(async () => {
    const { document } = await truth("DynamoDB_20120810.DescribeTable", '{"TableName":"items"}');
    expect(document).toMatchObject({ Table: { TableStatus: "ACTIVE" } });
  });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  now += 60_000;
  strikes = false;
  carryOut = withOldReads(truth, { strikes: () => (strikes ? 0.5 : undefined) }, () => now);
});

function target(operation: string, input: object) {
  const headers = { "x-amz-target": `DynamoDB_20120810.${operation}`, "content-type": "application/x-amz-json-1.0" };
  return { headers, body: Buffer.from(JSON.stringify(input)) };
}
const truth: CarryOut = async (name, body) => {
  const { status, ...document } = await askJson(engine, "", {}, target(name.split(".")[1]!, JSON.parse(body)));
  return { status, document };
};
const ask = async (operation: string, input: object) =>
  // biome-ignore lint/suspicious/noExplicitAny: answers as the wire has them
  (await carryOut(`DynamoDB_20120810.${operation}`, JSON.stringify({ TableName: "items", ...input }))).document as any;
const put = (id: string, value: string) => ask("PutItem", { Item: { id: { S: id }, value: { S: value } } });
const get = async (id: string, input: object = {}) =>
  (await ask("GetItem", { Key: { id: { S: id } }, ...input })).Item?.value.S;

it("a read that did not ask for consistency can tell what was true a second ago, and no longer", async () => {
  await put("a", "old");
  expect(await get("a")).toBe("old");
  await put("a", "new");
  strikes = true;
  expect(await get("a")).toBe("old");
  now += 1100;
  expect(await get("a")).toBe("new");
});

it("a consistent read tells the truth", async () => {
  await put("b", "old");
  await get("b", { ConsistentRead: true });
  await put("b", "new");
  strikes = true;
  expect(await get("b", { ConsistentRead: true })).toBe("new");
});

it("a listing can miss an item that was just made, counts included; a consistent one cannot", async () => {
  await put("c", "here");
  now += 60_000;
  await put("d", "just made");
  await put("c", "changed, not made");
  strikes = true;
  const listed = await ask("Scan", {});
  const ids = listed.Items.map((item: { id: { S: string } }) => item.id.S);
  expect(ids).toContain("c");
  expect(ids).not.toContain("d");
  expect(listed.Count).toBe(ids.length);
  expect((await ask("Scan", { ConsistentRead: true })).Items.map((item: { id: { S: string } }) => item.id.S)).toContain(
    "d",
  );
});
