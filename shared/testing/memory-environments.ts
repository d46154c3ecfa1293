// Environment items and release pointers in memory, under the conditions of the DynamoDB adapter.
import { HangarError } from "../domain/errors.ts";
import type { EnvironmentItem, ReleaseItem } from "../domain/items.ts";
import type { Environments } from "../ports/environments.ts";
import { storedCopy } from "./stored-copy.ts";

export interface MemoryEnvironments extends Environments {
  /** By environment name, as stored. */
  readonly items: Map<string, EnvironmentItem>;
  /** By environment name and id, with a space between. */
  readonly releases: Map<string, ReleaseItem>;
}

/** An empty store. */
export function memoryEnvironments(): MemoryEnvironments {
  const items = new Map<string, EnvironmentItem>();
  const releases = new Map<string, ReleaseItem>();
  const names = () => [...items.keys()].sort();
  const removeRelease = async (name: string, environmentId: string) => {
    releases.delete(releaseKey(name, environmentId));
  };

  return {
    items,
    releases,
    get: async (name) => storedCopy(items.get(name)),
    async listNames(after, limit) {
      const rest = names().filter((name) => after === undefined || name > after);
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      return rest.length > limit && last !== undefined ? { names: page, next: last } : { names: page };
    },
    all: async () => names().map((name) => storedCopy(items.get(name)!)),
    async create(item) {
      if (items.has(item.name)) return false;
      items.set(item.name, storedCopy(item));
      return true;
    },
    async replace(item, expectedGeneration) {
      const found = items.get(item.name);
      if (found?.generation !== expectedGeneration || found.environmentId !== item.environmentId) {
        throw new HangarError(
          "ConcurrentChange",
          `Environment ${item.name} was changed by another request at the same time. Try again.`,
        );
      }
      items.set(item.name, storedCopy(item));
    },
    async settle(item, { generation, operationId }) {
      const found = items.get(item.name);
      if (found?.generation !== generation || found.operationId !== operationId) return false;
      items.set(item.name, storedCopy(item));
      return true;
    },
    async remove(name, operationId) {
      const found = items.get(name);
      if (!found) return true;
      if (found.operationId !== operationId) return false;
      await removeRelease(name, found.environmentId);
      items.delete(name);
      return true;
    },
    getRelease: async (name, environmentId) => storedCopy(releases.get(releaseKey(name, environmentId))),
    async putRelease(item, expectedGeneration) {
      const key = releaseKey(item.environmentName, item.environmentId);
      if ((releases.get(key)?.generation ?? 0) !== expectedGeneration) return false;
      releases.set(key, storedCopy(item));
      return true;
    },
    removeRelease,
  };
}

const releaseKey = (name: string, environmentId: string) => `${name} ${environmentId}`;
