// Operation items in DynamoDB: put once, then written under their own counter.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { OperationItem } from "../domain/items.ts";
import type { Operations } from "../ports/operations.ts";
import { conditionalTable } from "./conditional-table.ts";
import { operationKey, operationPlace } from "./table-schema.ts";

/** @param settings.tableName a table made from `tableSchema` */
export function dynamodbOperations(client: DynamoDBClient, settings: { readonly tableName: string }): Operations {
  const table = conditionalTable(client, settings.tableName);
  const place = (item: OperationItem) => operationPlace(item.environmentName, item.createdAt, item.operationId);

  return {
    get: (operationId) => table.get<OperationItem>(operationKey(operationId)),
    async create(item) {
      await table.put(operationKey(item.operationId), item, "absent", place(item));
    },
    async update(item, changes) {
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
