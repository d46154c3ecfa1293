// What the commit of an upgrade writes into the record: the new generation, and what it leaves of the old one.
import type { EnvironmentItem, LeftBehind, OperationItem } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";
import type { UpgradePlan } from "./plan-upgrade.ts";
import { canaryQueue } from "./upgrade-tasks.ts";

/**
 * Members of the record after the commit; the layer apart, which the journal knows. From here on the database it was
 * copied from is a snapshot.
 * @param now milliseconds since the epoch
 */
export function upgraded(
  environment: EnvironmentItem,
  { operationId }: Pick<OperationItem, "operationId">,
  plan: UpgradePlan,
  now: number,
): Partial<EnvironmentItem> {
  const { before, databases, snapshot } = plan;
  const taken: Snapshot = {
    name: snapshot.name,
    role: databases.source.role,
    airflowVersion: snapshot.airflowVersion,
    createdAt: now,
    expiresAt: now + snapshot.retentionSeconds * 1000,
    operationId,
    queue: before.names.queue,
  };
  const left: LeftBehind = {
    queues: [before.names.queue, canaryQueue(before.names)],
    results: databases.results.before,
    targetGroup: before.names.targetGroup,
    tasks: [plan.migration.family, plan.trying.family],
  };
  return {
    ...plan.after,
    retired: [...environment.retired, ...plan.retired],
    snapshots: [taken, ...(environment.snapshots ?? [])],
    leftBehind: [...(environment.leftBehind ?? []), left],
    toOpen: { operationId },
  };
}

/** Versions that snapshots were taken on whose time is not over: one that is may be dropped at any moment. */
export const snapshotVersions = (environment: Pick<EnvironmentItem, "snapshots">, now: number): readonly string[] =>
  keptSnapshots(environment, now).map(({ airflowVersion }) => airflowVersion);

/** Those that are there and whose time is not over. @param now milliseconds since the epoch */
export const keptSnapshots = (environment: Pick<EnvironmentItem, "snapshots">, now: number) =>
  listedSnapshots(environment, now).filter(({ state }) => state === undefined);

/** The same, with those that are being copied, and those whose copying failed a while ago. */
export const listedSnapshots = ({ snapshots = [] }: Pick<EnvironmentItem, "snapshots">, now: number) =>
  snapshots.filter(({ expiresAt }) => expiresAt > now);
