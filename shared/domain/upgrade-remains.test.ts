import { describe, expect, it } from "vitest";
import { plannedUpgrade, recordOn, upgradePool } from "../testing/planned-upgrade.ts";
import type { EnvironmentItem } from "./items.ts";
import { committed, settled } from "./outcome.ts";
import { upgradeRemains } from "./upgrade-remains.ts";

const { environment, operation, plan } = plannedUpgrade();
const stuck = settled(environment, operation, "stuck", 1);
const upgraded = committed(environment, operation, 1)!;
const remains = (record: EnvironmentItem) => upgradeRemains(record, upgradePool);

describe("what upgrades may have left of an environment", () => {
  it("is nothing where there was none, but for a queue's name", () => {
    expect(remains(recordOn("2.11.2"))).toEqual({
      ...{ copiers: [], databases: [], secrets: [], readers: [], tasks: [], targetGroups: [] },
      queues: [`${environment.names.queue}-canary`],
    });
  });

  it("after one that got stuck names all it had begun", () => {
    const found = remains(stuck);
    expect(found.copiers).toEqual([plan.copying.role]);
    expect(found.secrets).toEqual([plan.copying.secretName]);
    expect(found.tasks).toEqual([plan.copying.task.family, plan.migration.family, plan.trying.family]);
    expect(found.databases).toEqual([plan.databases.copy, plan.databases.results.after]);
    expect(found.queues).toEqual(expect.arrayContaining([plan.after.names.queue, plan.canary.queue]));
    expect(found.targetGroups).toEqual([plan.address.targetGroup]);
  });

  it("after one that was committed names the snapshot, and what its end may have been cut off from removing", () => {
    const found = remains(upgraded);
    expect(found.databases).toEqual([plan.databases.results.before, plan.databases.source]);
    expect(found.queues).toEqual([
      ...[plan.canary.queue, environment.names.queue, `${environment.names.queue}-canary`],
    ]);
    expect(found.targetGroups).toEqual([environment.names.targetGroup]);
    expect(found.copiers).toEqual([plan.copying.role]);
    for (const { database } of found.databases) expect(database).not.toBe(upgraded.names.metadataDatabase);
  });

  it("after a second one that got stuck names both, the copy before the snapshot", () => {
    const again = plannedUpgrade(
      { AirflowVersion: "3.3.1" },
      { record: { ...upgraded, settings: environment.settings } },
    );
    const found = remains(settled(again.environment, again.operation, "stuck", 2));
    expect(found.databases).toEqual([
      ...[again.plan.databases.copy, again.plan.databases.results.after],
      ...[plan.databases.results.before, plan.databases.source],
    ]);
    expect(found.copiers).toEqual([plan.copying.role, again.plan.copying.role]);
  });
});
