// Operations that a dry run judges the time of another one by.
import type { OperationItem } from "../domain/items.ts";
import { historyLength } from "../domain/update-preview.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";

interface Ports {
  readonly environments: Environments;
  readonly operations: Operations;
}

/** This environment's own operations first, then others', until there are enough to judge by. */
export async function operationHistory(
  name: string,
  { environments, operations }: Ports,
): Promise<readonly OperationItem[]> {
  const { names } = await environments.listNames(undefined, historyLength);
  const found: OperationItem[] = [];
  for (const one of [name, ...names.filter((other) => other !== name)]) {
    if (found.length >= historyLength) break;
    found.push(...(await operations.listOf(one, { after: undefined, limit: historyLength })).items);
  }
  return found;
}
