// Items as an earlier version of Hangar stored them, read as they are today. Written anew only with their next change.
import type { EnvironmentItem, OperationItem } from "./items.ts";
import { serviceGeneration } from "./names.ts";

/** What version 1 of the record did not have. */
type Later = "schemaVersion" | "access" | "drains" | "retired" | "image" | "workers" | "resourceGeneration";

export type StoredEnvironment = Omit<EnvironmentItem, Later> & { readonly schemaVersion: 1 | 2 } & Partial<
    Pick<EnvironmentItem, Exclude<Later, "schemaVersion">>
  >;
export type StoredOperation = Omit<OperationItem, "attemptStartedAt" | "endedAt"> &
  Partial<Pick<OperationItem, "attemptStartedAt" | "endedAt">>;

/**
 * The record with every member of today. One of version 1 belongs to its creator, has never been updated, and runs the
 * image its version had on one machine.
 */
export function currentEnvironment(stored: StoredEnvironment): EnvironmentItem {
  if (stored.schemaVersion === 2) return stored as EnvironmentItem;
  return {
    access: [{ principal: stored.createdBy, role: "Admin" }],
    drains: [],
    retired: [],
    image: `hangar/airflow:${stored.settings.airflowVersion}`,
    workers: stored.settings.minWorkers,
    resourceGeneration: Math.max(...Object.values(stored.names.services).map(serviceGeneration)),
    ...stored,
    names: { ...stored.names, signInSecret: stored.names.signInSecret ?? "" },
    schemaVersion: 2,
  };
}

/** The operation with every member of today. */
export const currentOperation = (stored: StoredOperation): OperationItem => ({
  ...stored,
  attemptStartedAt: stored.attemptStartedAt ?? stored.createdAt,
  endedAt: stored.endedAt ?? null,
});
