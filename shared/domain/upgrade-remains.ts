// What upgrades may have left of an environment beside what its record names: snapshots, what one that got stuck had begun, what
// the end of one was cut off from removing. A name that was never used is removed for nothing.
import { liveGeneration } from "./control-document.ts";
import type { EnvironmentItem } from "./items.ts";
import { onlineFamily } from "./online-copy.ts";
import { onlineNames } from "./online-snapshot.ts";
import { type DatabaseNames, generationNames, metadataOf, resultsOf } from "./plan-upgrade.ts";
import type { Pool } from "./pool.ts";
import { checkNames, openChecks } from "./upgrade-check-item.ts";
import { canaryQueue, oneOffNames } from "./upgrade-tasks.ts";

export interface UpgradeRemains {
  /** Login roles, first of all: one that still copies must not finish a copy afterwards. */
  readonly copiers: readonly string[];
  /** Copies come before what they are copies of: objects in them may belong to the older role. */
  readonly databases: readonly DatabaseNames[];
  readonly queues: readonly string[];
  readonly secrets: readonly string[];
  /** Login roles that read a database in use, once what they own is dropped. Absent from plans of before. */
  readonly readers?: readonly { readonly role: string; readonly source: string }[];
  /** Families of one-off tasks; each is its start token too. */
  readonly tasks: readonly string[];
  readonly targetGroups: readonly string[];
}

/** Of an environment no operation is at work on. Only the newest generation can be one that was begun and not committed. */
export function upgradeRemains(environment: EnvironmentItem, pool: Pool): UpgradeRemains {
  const { environmentId, names, resourceGeneration, snapshots = [], leftBehind = [] } = environment;
  const brought = generationOfDatabase(names.metadataDatabase);
  const live = brought === undefined ? [] : [brought];
  const begun = resourceGeneration > liveGeneration(names) ? [resourceGeneration] : [];
  const begunNames = begun.map((generation) => generationNames(environment, generation, pool));
  const online = snapshots.flatMap(({ name, copying }) =>
    copying ? [{ ...onlineNames(environmentId, name), source: copying.source }] : [],
  );
  const cloned = environment.clonedFrom === undefined ? [] : [1];
  const tasks = [...new Set([...cloned, ...live, ...begun])].map((generation) =>
    oneOffNames(environmentId, generation),
  );
  const checks = openChecks(environment.upgradeChecks).map((check) => ({
    source: check.source,
    ...checkNames(environmentId, check),
  }));
  return {
    copiers: tasks.map(({ role }) => role),
    databases: [
      ...checks.map(({ copy }) => copy),
      ...begunNames.flatMap((one) => [metadataOf(one), resultsOf(one)]),
      ...leftBehind.map(({ results }) => results),
      ...snapshots.map(({ name, role }) => ({ database: name, role })),
    ],
    queues: [
      ...[canaryQueue(names), ...begunNames.flatMap((one) => [one.queue, canaryQueue(one)])],
      ...leftBehind.flatMap(({ queues }) => queues),
    ],
    secrets: [...tasks, ...checks, ...online].map(({ secretName }) => secretName),
    readers: [...checks, ...online].map(({ reader: role, source }) => ({ role, source })),
    tasks: [
      ...new Set([
        ...tasks.flatMap(({ copyFamily, migrateFamily, imageFamily }) => [copyFamily, migrateFamily, imageFamily]),
        ...leftBehind.flatMap((left) => left.tasks),
        ...online.map(({ id }) => onlineFamily(environmentId, id)),
        ...checks.flatMap(({ copyFamily, migrateFamily, tryFamily }) => [copyFamily, migrateFamily, tryFamily]),
      ]),
    ],
    targetGroups: [
      ...begunNames.map(({ targetGroup }) => targetGroup),
      ...leftBehind.map(({ targetGroup }) => targetGroup),
    ],
  };
}

/** The generation an upgrade brought, which its database is called after; undefined: the one it was created with. */
export function generationOfDatabase(metadataDatabase: string): number | undefined {
  const generation = /_g(\d+)$/.exec(metadataDatabase)?.[1];
  return generation === undefined ? undefined : Number(generation);
}
