// Snapshots that outlive their environments, in DynamoDB: one item each, under its own counter.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SnapshotItem } from "../domain/snapshot-item.ts";
import type { Snapshots } from "../ports/snapshots.ts";
import { conditionalTable } from "./conditional-table.ts";
import { snapshotKey, snapshotKind, snapshotPlace } from "./table-schema.ts";

/** More than a server could hold; a listing beyond it would be a fault. */
const mostSnapshots = 10_000;

/** @param settings.tableName a table made from `tableSchema` */
export function dynamodbSnapshots(client: DynamoDBClient, settings: { readonly tableName: string }): Snapshots {
  const table = conditionalTable(client, settings.tableName);
  const place = ({ name, createdAt }: SnapshotItem) => snapshotPlace(name, createdAt);

  return {
    get: (name) => table.get<SnapshotItem>(snapshotKey(name)),
    async all() {
      // the index may be a moment behind: what it names is read strongly, and may be gone
      const sorts = await table.sorts(snapshotKind, undefined, mostSnapshots, "newest first");
      const names = sorts.map((sort) => sort.slice(sort.lastIndexOf("#") + 1));
      const items = await table.getAll<SnapshotItem>([...new Set(names)].map(snapshotKey));
      return items.filter((item) => item !== undefined);
    },
    async create(item) {
      await table.put(snapshotKey(item.name), item, "absent", place(item));
    },
    replace: (item, expectedGeneration) =>
      table.put(snapshotKey(item.name), item, { generation: expectedGeneration }, place(item)),
    remove: (name, expectedGeneration) => table.remove(snapshotKey(name), { generation: expectedGeneration }),
  };
}
