// What there is of an upgrade check: its task, and what the step at hand was to bring about.
import type { CheckProduct, CheckSeen } from "../domain/upgrade-check.ts";
import { checkNames, checkResultKey, type CheckStep, type UpgradeCheck } from "../domain/upgrade-check-item.ts";
import { parseCheckResult, type UpgradeCheckResult } from "../domain/upgrade-check-result.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import type { Containers } from "../ports/containers.ts";
import type { ControlBucket } from "../ports/control-bucket.ts";
import type { DatabaseCopies } from "../ports/database-copies.ts";

interface LookPorts {
  readonly containers: Containers;
  readonly controlBucket: ControlBucket;
  readonly databaseCopies: DatabaseCopies;
}

/** The task is looked at first: what it brought about last is seen then. */
export async function lookAtCheck(
  environment: EnvironmentItem,
  check: UpgradeCheck,
  step: CheckStep,
  ports: LookPorts,
): Promise<CheckSeen> {
  const { copyFamily, migrateFamily, tryFamily, copy } = checkNames(environment.environmentId, check);
  const family = { copy: copyFamily, migrate: migrateFamily, try: tryFamily }[step];
  const task = await ports.containers.describeOnce(family, family);
  const looks: Readonly<Record<CheckStep, () => Promise<CheckProduct>>> = {
    copy: async () => {
      const target = await ports.databaseCopies.lookAtTarget(copy.database);
      return target?.whole ? { state: "there", detail: target.size } : { state: "none" };
    },
    migrate: async () => {
      const facts = await ports.databaseCopies.lookAtCopy(copy, environment.names.queue);
      const migration = facts?.migration;
      if (migration?.state === "done") return { state: "there", detail: migration.seconds };
      return migration?.state === "failed" ? { state: "failed", reason: migration.reason } : { state: "none" };
    },
    try: async () =>
      (await readCheckResult(environment, check, ports)) ? { state: "there", detail: 0 } : { state: "none" },
  };
  return { task, product: await looks[step]() };
}

/** What the task found; undefined: nothing yet, or nothing that can be read. */
export async function readCheckResult(
  { names }: Pick<EnvironmentItem, "names">,
  { id }: Pick<UpgradeCheck, "id">,
  { controlBucket }: Pick<LookPorts, "controlBucket">,
): Promise<UpgradeCheckResult | undefined> {
  const found = await controlBucket.getLayerText(names.prefix, checkResultKey(id));
  return found && parseCheckResult(found.text, id);
}
