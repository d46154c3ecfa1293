// Items as an earlier version of Hangar stored them, read as they are today. Written anew only with their next change.
import type { EnvironmentItem, OperationItem, OperationPlan, ReleaseItem } from "./items.ts";
import { type LayerPlan, usualLayerSeconds } from "./layer.ts";
import { serviceGeneration } from "./names.ts";

/** What version 1 of the record did not have. */
type Later = "schemaVersion" | "access" | "drains" | "retired" | "image" | "workers" | "resourceGeneration" | "layer";

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
  // files were kept and not installed before there were layers
  if (stored.schemaVersion === 2)
    return (stored.layer === undefined ? { ...stored, layer: null } : stored) as EnvironmentItem;
  return {
    layer: null,
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

/** The operation with every member of today. One from before there were layers builds none. */
export const currentOperation = (stored: StoredOperation): OperationItem => ({
  ...stored,
  plan: currentPlan(stored.plan),
  attemptStartedAt: stored.attemptStartedAt ?? stored.createdAt,
  endedAt: stored.endedAt ?? null,
});

function currentPlan(plan: OperationPlan): OperationPlan {
  if (plan.type === "delete-environment" || (plan.layer as LayerPlan | undefined) !== undefined) return plan;
  const deadlineSeconds = { ...plan.deadlineSeconds, layer: usualLayerSeconds };
  return { ...plan, layer: { kind: "keep", layer: null }, deadlineSeconds } as OperationPlan;
}

/** The release item as it was before candidates: what runs is what was seen. */
export type StoredRelease = Omit<ReleaseItem, "candidate" | "seen" | "lastNumber"> &
  Partial<Pick<ReleaseItem, "candidate" | "seen" | "lastNumber">>;

/** The release item with every member of today. */
export const currentRelease = (stored: StoredRelease): ReleaseItem => ({
  candidate: null,
  seen: stored.release.contentHash,
  lastNumber: stored.release.number,
  ...stored,
});
