// Accepts a change of an environment: decided, written as an operation and into the record, and its ladder started. UPDATING is
// stored before the answer, and of two changes that come together one wins.
import type { EnvironmentItem, OperationItem } from "../domain/items.ts";
import { executionName } from "../domain/sweep.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";
import type { Workflows } from "../ports/workflows.ts";
import { retryConcurrent } from "./retry-concurrent.ts";

/** What a decision says: the record it was made on, the record to be, and the operation. */
interface Decided {
  readonly before: Pick<EnvironmentItem, "generation">;
  readonly environment: EnvironmentItem;
  readonly operation: OperationItem;
}

const attempts = 3;

/**
 * Decides anew as long as somebody else's write comes first: an upload's writer changes nothing, another update refuses
 * this one.
 * @param decide reads the record and decides; @throws what refuses the change
 * @param prepare what has to lie there before the record names it
 * @returns the decision that was accepted
 */
export async function acceptChange<Decision extends Decided>(
  decide: () => Promise<Decision>,
  ports: { readonly environments: Environments; readonly operations: Operations; readonly workflows: Workflows },
  prepare: (decision: Decision) => Promise<void> = async () => undefined,
): Promise<Decision> {
  const decision = await retryConcurrent(attempts, async () => {
    const decided = await decide();
    const { before, environment, operation } = decided;
    await prepare(decided);
    await ports.operations.create(operation);
    await ports.environments.replace(environment, before.generation);
    return decided;
  });
  const { operation } = decision;
  const input = { operationId: operation.operationId, attempt: 1 };
  await ports.workflows.start(operation.kind, executionName(operation), input);
  return decision;
}
