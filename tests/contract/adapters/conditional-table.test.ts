// Reading in batches, against a service that hands keys back.
import { type AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test } from "vitest";
import { conditionalTable } from "../../../shared/aws/conditional-table.ts";
import { environmentKey } from "../../../shared/aws/table-schema.ts";
import { clientDefaults, type ServedEngine, serve } from "../serve.ts";

type Key = Record<string, AttributeValue>;
/** Of the keys of one request: how many are read; the rest is handed back. */
let read: (keys: readonly Key[], request: number) => number;
let asked: Key[][];
let pauses: number[];
let served: ServedEngine;
let client: DynamoDBClient;

beforeEach(async () => {
  [asked, pauses] = [[], []];
  served = await serve({
    signingNames: ["dynamodb"],
    async handle(request) {
      const input = JSON.parse(request.body.toString("utf8")) as {
        RequestItems: { table: { Keys: Key[]; ConsistentRead?: boolean } };
      };
      const { Keys, ConsistentRead } = input.RequestItems.table;
      asked.push(Keys);
      const count = read(Keys, asked.length);
      const items = Keys.slice(0, count).filter(({ pk }) => pk?.S !== "environment#gone");
      const body = {
        // in no order, as the service says
        Responses: { table: items.toReversed().map((key) => ({ ...key, item: { M: { name: key["pk"] } } })) },
        UnprocessedKeys: count < Keys.length ? { table: { Keys: Keys.slice(count), ConsistentRead } } : {},
      };
      return { status: ConsistentRead ? 200 : 400, headers: {}, body: JSON.stringify(body) };
    },
    close: async () => undefined,
  });
  client = new DynamoDBClient({ ...clientDefaults, endpoint: served.url });
});
afterEach(async () => {
  client.destroy();
  await served.close();
});

const keys = (...names: string[]) => names.map(environmentKey);
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `e${at}`);
const table = () => conditionalTable(client, "table", async (milliseconds) => void pauses.push(milliseconds));
const named = (names: readonly string[]) => names.map((name) => ({ name: `environment#${name}` }));

test("items come in the order of their keys, a hundred keys a request, undefined for what is not there", async () => {
  read = (asked) => asked.length;
  const names = [...numbered(249), "gone"];
  expect(await table().getAll(keys(...names))).toEqual([...named(names.slice(0, 249)), undefined]);
  expect(asked.map((batch) => batch.length)).toEqual([100, 100, 50]);
  expect(await table().getAll([])).toEqual([]);
  expect(asked).toHaveLength(3);
});

test("keys handed back are asked for again until all are read, without a pause while some are", async () => {
  read = () => 3;
  expect(await table().getAll(keys(...numbered(100)))).toEqual(named(numbered(100)));
  expect(asked).toHaveLength(34);
  expect(pauses).toEqual([]);
});

test("a request that read nothing is repeated after a pause that doubles, and one that did starts it anew", async () => {
  read = (_, request) => (request === 4 || request === 6 ? 1 : 0);
  expect(await table().getAll(keys("a", "b"))).toEqual(named(["a", "b"]));
  expect(pauses).toEqual([25, 50, 100, 25]);
});

test("a service that reads nothing is given up as unavailable, not asked for ever and not taken for an empty table", async () => {
  read = () => 0;
  await expect(table().getAll(keys("a"))).rejects.toMatchObject({ name: "DependencyUnavailable" });
  expect(asked.length).toBeLessThanOrEqual(8);
});
