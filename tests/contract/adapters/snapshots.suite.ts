// What every store of snapshots must guarantee: each write is conditional on what was read.
import { expect, test } from "vitest";
import type { SnapshotItem } from "../../../shared/domain/snapshot-item.ts";
import type { Snapshots } from "../../../shared/ports/snapshots.ts";

const item = (name: string, changes: Partial<SnapshotItem> = {}): SnapshotItem => ({
  ...{ name, role: name, generation: 1, airflowVersion: "3.3.1", queue: "airflow-celery-e1-g1" },
  ...{ createdAt: 1_800_000_000_000, expiresAt: 1_800_604_800_000, operationId: "o".repeat(26) },
  ...{ environmentName: "first", environmentId: "e0000000001", environmentClass: "mw1.small" },
  ...{ secret: `hangar/snapshots/${name}`, prefix: `environments/${name}/`, release: null, size: 8_000_000 },
  ...changes,
});

/** Runs in one store; each test uses names of its own. */
export function snapshotsContract(snapshots: () => Snapshots): void {
  test("a snapshot is put once: a repeat changes nothing", async () => {
    await snapshots().create(item("once"));
    await snapshots().create(item("once", { expiresAt: 5 }));
    expect(await snapshots().get("once")).toEqual(item("once"));
    expect(await snapshots().get("never-made")).toBeUndefined();
  });

  test("a change counts only against the generation that was read", async () => {
    await snapshots().create(item("changed"));
    expect(await snapshots().replace(item("changed", { generation: 2, expiresAt: 7 }), 1)).toBe(true);
    expect(await snapshots().replace(item("changed", { generation: 2, expiresAt: 9 }), 1)).toBe(false);
    expect(await snapshots().get("changed")).toMatchObject({ generation: 2, expiresAt: 7 });
    expect(await snapshots().replace(item("never-made"), 1)).toBe(false);
    expect(await snapshots().get("never-made")).toBeUndefined();
  });

  test("one that was changed meanwhile is not removed; gone already is fine", async () => {
    await snapshots().create(item("removed", { generation: 2 }));
    expect(await snapshots().remove("removed", 1)).toBe(false);
    expect(await snapshots().get("removed")).toMatchObject({ generation: 2 });
    expect(await snapshots().remove("removed", 2)).toBe(true);
    expect(await snapshots().remove("removed", 2)).toBe(true);
    expect(await snapshots().get("removed")).toBeUndefined();
  });

  test("all of them come, the newest first, as they were last written", async () => {
    for (const { name, generation } of await snapshots().all()) await snapshots().remove(name, generation);
    for (const at of [2, 3, 1]) await snapshots().create(item(`listed-${at}`, { createdAt: 1_800_000_000_000 + at }));
    const later = item("listed-2", { createdAt: 1_800_000_000_002, generation: 2, expiresAt: 7 });
    await snapshots().replace(later, 1);
    const all = await snapshots().all();
    expect(all.map(({ name }) => name)).toEqual(["listed-3", "listed-2", "listed-1"]);
    expect(all[1]).toEqual(later);
  });
}
