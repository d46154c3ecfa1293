// Environment items and release pointers in DynamoDB. Every change is one conditional write on one item.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HangarError } from "../domain/errors.ts";
import {
  currentEnvironment,
  currentRelease,
  type StoredEnvironment,
  type StoredRelease,
} from "../domain/stored-items.ts";
import type { Environments } from "../ports/environments.ts";
import { conditionalTable } from "./conditional-table.ts";
import { environmentKey, environmentPlace, releaseKey } from "./table-schema.ts";

/** More than a pool could hold; a listing beyond it would be a fault. */
const mostEnvironments = 10_000;

/** @param settings.tableName a table made from `tableSchema` */
export function dynamodbEnvironments(client: DynamoDBClient, settings: { readonly tableName: string }): Environments {
  const table = conditionalTable(client, settings.tableName);
  const get = async (name: string) => {
    const stored = await table.get<StoredEnvironment>(environmentKey(name));
    return stored && currentEnvironment(stored);
  };
  const removeRelease = async (name: string, environmentId: string) => {
    await table.remove(releaseKey(name, environmentId), { environmentId });
  };

  return {
    get,
    async listNames(after, limit) {
      // one more than asked: only a name that exists is worth going on from
      const names = await table.sorts("environment", after, limit + 1);
      const page = names.slice(0, limit);
      const last = page.at(-1);
      return names.length > limit && last !== undefined ? { names: page, next: last } : { names: page };
    },
    async all() {
      // the index may be a moment behind: what it names is read strongly, and may be gone
      const names = await table.sorts("environment", undefined, mostEnvironments);
      const items = await table.getAll<StoredEnvironment>(names.map(environmentKey));
      return items.filter((item) => item !== undefined).map(currentEnvironment);
    },
    create: (item) => table.put(environmentKey(item.name), item, "absent", environmentPlace(item.name)),
    async replace(item, expectedGeneration) {
      const { name, environmentId } = item;
      const expected = { generation: expectedGeneration, environmentId };
      if (await table.put(environmentKey(name), item, expected, environmentPlace(name))) return;
      throw new HangarError(
        "ConcurrentChange",
        `Environment ${name} was changed by another request at the same time. Try again.`,
      );
    },
    settle: (item, { generation, operationId }) =>
      table.put(environmentKey(item.name), item, { generation, operationId }, environmentPlace(item.name)),
    async remove(name, operationId) {
      const item = await get(name);
      if (!item) return true;
      if (item.operationId !== operationId) return false;
      // before, because a kill after the commit leaves nobody to do it; and again after, for a release that came between
      await removeRelease(name, item.environmentId);
      const gone = await table.remove(environmentKey(name), { operationId });
      if (gone) await removeRelease(name, item.environmentId);
      return gone;
    },

    async getRelease(name, environmentId) {
      const stored = await table.get<StoredRelease>(releaseKey(name, environmentId));
      return stored && currentRelease(stored);
    },
    putRelease: (item, expectedGeneration) =>
      table.put(
        releaseKey(item.environmentName, item.environmentId),
        item,
        expectedGeneration === 0 ? "absent" : { generation: expectedGeneration },
      ),
    removeRelease,
  };
}
