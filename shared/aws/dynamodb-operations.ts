// Operation items in DynamoDB: put once, then written under their own counter.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { OperationItem } from "../domain/items.ts";
import { currentOperation, type StoredOperation } from "../domain/stored-items.ts";
import type { Operations } from "../ports/operations.ts";
import { conditionalTable } from "./conditional-table.ts";
import { expiryAttribute, operationKey, operationPlace } from "./table-schema.ts";

/**
 * An operation nothing points to never begins, and nobody will ask for it. Far longer than any that is pointed to waits for
 * its first step: a service away for so long would be the smaller trouble.
 */
const beginsWithinSeconds = 30 * 24 * 3600;

/** @param settings.tableName a table made from `tableSchema` */
export function dynamodbOperations(client: DynamoDBClient, settings: { readonly tableName: string }): Operations {
  const table = conditionalTable(client, settings.tableName);
  const place = (item: OperationItem) => operationPlace(item.environmentName, item.createdAt, item.operationId);

  return {
    async get(operationId) {
      const stored = await table.get<StoredOperation>(operationKey(operationId));
      return stored && currentOperation(stored);
    },
    async create(item) {
      const expiry = { [expiryAttribute]: Math.floor(item.createdAt / 1000) + beginsWithinSeconds };
      await table.put(operationKey(item.operationId), item, "absent", { ...place(item), ...expiry });
    },
    async listOf(environmentName, { after, limit }) {
      const kind = operationPlace(environmentName, 0, "").kind;
      const sorts = await table.sorts(kind, after, limit + 1, "newest first");
      const page = sorts.slice(0, limit);
      const read = await table.getAll<StoredOperation>(
        page.map((sort) => operationKey(sort.slice(sort.lastIndexOf("#") + 1))),
      );
      const items = read.filter((item) => item !== undefined).map(currentOperation);
      const last = page.at(-1);
      return sorts.length > limit && last !== undefined ? { items, next: last } : { items };
    },
    async update(item, changes) {
      // written without an expiry: whatever is changed of it, it has begun
      const next: OperationItem = { ...item, ...changes, generation: item.generation + 1 };
      const written = await table.put(
        operationKey(item.operationId),
        next,
        { generation: item.generation },
        place(item),
      );
      return written ? next : undefined;
    },
  };
}
