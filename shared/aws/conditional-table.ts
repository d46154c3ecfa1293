// Single conditional writes on the one table. A write is named by a token of its own: the SDK repeats a request whose
// answer was lost, and the token tells our own first write from somebody else's.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import { HangarError } from "../domain/errors.ts";
import { type IndexPlace, type ItemKey, kindIndex } from "./table-schema.ts";

/** What must hold of the stored item, or `absent`: nothing may be stored there. */
export type Expectation = "absent" | { readonly [member: string]: string | number };

/** One table, as the two DynamoDB adapters use it. */
export interface ConditionalTable {
  /** Strongly consistent. */
  get<Item>(key: ItemKey): Promise<Item | undefined>;
  /**
   * Strongly consistent, a hundred items a request. One moment for all of them it is not.
   * @param keys each once; the service refuses duplicates
   * @returns in the order of the keys, undefined for what is not there
   * @throws DependencyUnavailable when the service hands keys back again and again without reading any
   */
  getAll<Item>(keys: readonly ItemKey[]): Promise<readonly (Item | undefined)[]>;
  /** Writes the whole item if the expectation holds. @returns whether it was written */
  put(key: ItemKey, item: object, expected: Expectation, place?: IndexPlace): Promise<boolean>;
  /** Removes the item if the expectation holds. @returns whether nothing lies there any more */
  remove(key: ItemKey, expected: Exclude<Expectation, "absent">): Promise<boolean>;
  /** One page of the index, eventually consistent, in the order of `sort`. */
  sorts(
    kind: string,
    after: string | undefined,
    limit: number,
    order?: "oldest first" | "newest first",
  ): Promise<readonly string[]>;
}

/** The pages a listing may take before it is given up: 1 MB of keys each. */
const mostPages = 1000;
/** DynamoDB API: BatchGetItem takes this many keys. */
const keysPerBatch = 100;
/** Requests of one batch in a row that read nothing, before it is given up; each waits twice as long as the one before. */
const mostFruitless = 7;
const firstWaitMilliseconds = 25;

/**
 * Opens a table.
 * @param client its time-outs and retries are the caller's business
 * @param pause waits that many milliseconds; for tests
 */
export function conditionalTable(
  client: DynamoDBClient,
  tableName: string,
  pause: (milliseconds: number) => Promise<unknown> = wait,
): ConditionalTable {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const TableName = tableName;

  const read = async (key: ItemKey) =>
    (await documents.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }))).Item;

  /** The whole of one batch: what the service hands back unread (beyond 16 MB, or throttled) is asked for again. */
  const readBatch = async (keys: readonly ItemKey[]) => {
    const found: Record<string, unknown>[] = [];
    let left: readonly Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }));
    for (let fruitless = 0; fruitless < mostFruitless; ) {
      const RequestItems = { [TableName]: { Keys: [...left], ConsistentRead: true } };
      const answer = await documents.send(new BatchGetCommand({ RequestItems }));
      found.push(...(answer.Responses?.[TableName] ?? []));
      const unread = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
      if (unread.length === 0) return found;
      // fewer keys each time, so that this ends; no fewer is counted
      if (unread.length < left.length) fruitless = 0;
      else await pause(firstWaitMilliseconds * 2 ** fruitless++);
      left = unread;
    }
    throw new HangarError(
      "DependencyUnavailable",
      `DynamoDB left ${left.length} items unread, ${mostFruitless} times in a row: table ${TableName} is throttled. Try again.`,
    );
  };

  return {
    async get<Item>(key: ItemKey) {
      return (await read(key))?.["item"] as Item | undefined;
    },
    async getAll<Item>(keys: readonly ItemKey[]) {
      const found = new Map<string, Item>();
      for (let at = 0; at < keys.length; at += keysPerBatch) {
        const batch = await readBatch(keys.slice(at, at + keysPerBatch));
        for (const stored of batch) found.set(textOf(stored as unknown as ItemKey), stored["item"] as Item);
      }
      return keys.map((key) => found.get(textOf(key)));
    },
    async put(key, item, expected, place) {
      const writtenBy = randomUUID();
      try {
        await documents.send(
          new PutCommand({ TableName, Item: { ...key, ...place, item, writtenBy }, ...condition(expected) }),
        );
        return true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return (await read(key))?.["writtenBy"] === writtenBy;
      }
    },
    async remove(key, expected) {
      try {
        await documents.send(new DeleteCommand({ TableName, Key: key, ...condition(expected) }));
        return true;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return (await read(key)) === undefined;
      }
    },
    async sorts(kind, after, limit, order = "oldest first") {
      const beyond = order === "oldest first" ? ">" : "<";
      const sorts: string[] = [];
      let start: Record<string, unknown> | undefined;
      for (let page = 0; page < mostPages && sorts.length < limit; page++) {
        const answer = await documents.send(
          new QueryCommand({
            TableName,
            IndexName: kindIndex,
            KeyConditionExpression: after === undefined ? "#kind = :kind" : `#kind = :kind AND #sort ${beyond} :after`,
            ExpressionAttributeNames: { "#kind": "kind", ...(after === undefined ? {} : { "#sort": "sort" }) },
            ExpressionAttributeValues: { ":kind": kind, ...(after === undefined ? {} : { ":after": after }) },
            Limit: Math.min(limit - sorts.length, 1000),
            ScanIndexForward: order === "oldest first",
            ExclusiveStartKey: start,
          }),
        );
        for (const entry of answer.Items ?? []) sorts.push(String(entry["sort"]));
        start = answer.LastEvaluatedKey;
        if (!start) break;
      }
      return sorts;
    },
  };
}

const textOf = ({ pk, sk }: ItemKey): string => JSON.stringify([pk, sk]);

function condition(expected: Expectation) {
  if (expected === "absent") return { ConditionExpression: "attribute_not_exists(pk)" };
  const members = Object.entries(expected);
  return {
    ConditionExpression: members.map((_, at) => `#item.#m${at} = :m${at}`).join(" AND "),
    ExpressionAttributeNames: Object.fromEntries([
      ["#item", "item"],
      ...members.map(([name], at) => [`#m${at}`, name]),
    ]),
    ExpressionAttributeValues: Object.fromEntries(members.map(([, value], at) => [`:m${at}`, value])),
  };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && error.name === "ConditionalCheckFailedException";
