// The status an environment shows while an upgrade is in flight, written into its record. Which one it is says the journal
// alone; so it does not matter which step writes it, nor how often.
import type { EnvironmentEvent } from "../domain/status.ts";
import { transition } from "../domain/status.ts";
import { type UpgradePhase, upgradePhase } from "../domain/upgrade-ladder.ts";
import type { Environments } from "../ports/environments.ts";
import type { Operations } from "../ports/operations.ts";
import { retryConcurrent } from "./retry-concurrent.ts";

const attempts = 6;

const events: Readonly<Record<UpgradePhase, EnvironmentEvent>> = {
  UPDATING: "snapshot-ended",
  MAINTENANCE: "maintenance-went-on",
  CREATING_SNAPSHOT: "snapshot-began",
  ROLLING_BACK: "rollback-began",
};

/**
 * Brings the record's status level with the journal of the upgrade it points to. A step calls it first of all, once its
 * beginning is in the journal. Safe to repeat, and to be called late by a step that was taken for dead: the operation is
 * read after the record, so what is written is never older than what it replaces.
 * @returns the status shown; undefined when the record does not point to this operation (any more)
 * @throws ConcurrentChange after losing several races
 */
export async function showUpgradePhase(
  subject: { readonly operationId: string; readonly environmentName: string },
  { environments, operations }: { readonly environments: Environments; readonly operations: Operations },
): Promise<UpgradePhase | undefined> {
  return retryConcurrent(attempts, async () => {
    const environment = await environments.get(subject.environmentName);
    const operation = await operations.get(subject.operationId);
    if (!operation || environment?.operationId !== subject.operationId) return undefined;
    const phase = upgradePhase(operation);
    if (environment.status === phase) return phase;
    const status = transition(environment.status, events[phase]);
    await environments.replace(
      { ...environment, status, generation: environment.generation + 1 },
      environment.generation,
    );
    return phase;
  });
}
