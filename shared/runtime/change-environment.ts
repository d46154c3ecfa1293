// Changes to a record that are no operation: small, safe to repeat, tried again when another writer came first.
import type { EnvironmentItem } from "../domain/items.ts";
import type { Environments } from "../ports/environments.ts";
import { retryConcurrent } from "./retry-concurrent.ts";

const attempts = 6;

/**
 * Reads the record, applies a change and writes it under the condition of what was read.
 * @param change the members to write; undefined when there is nothing to do; may throw a catalogue error
 * @returns the record afterwards; undefined when no environment of that name and id is there (any more)
 * @throws ConcurrentChange after losing several races
 */
export async function changeEnvironment(
  subject: { readonly name: string; readonly environmentId?: string },
  change: (environment: EnvironmentItem) => Partial<EnvironmentItem> | undefined,
  { environments }: { readonly environments: Environments },
): Promise<EnvironmentItem | undefined> {
  return retryConcurrent(attempts, async () => {
    const environment = await environments.get(subject.name);
    if (!environment || (subject.environmentId ?? environment.environmentId) !== environment.environmentId)
      return undefined;
    const changes = change(environment);
    if (!changes) return environment;
    const next = { ...environment, ...changes, generation: environment.generation + 1 };
    await environments.replace(next, environment.generation);
    return next;
  });
}
