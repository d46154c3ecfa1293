import { describe, expect, it } from "vitest";
import { plannedAt } from "../testing/planned.ts";
import { recordOn, upgradePool } from "../testing/planned-upgrade.ts";
import type { EnvironmentItem } from "./items.ts";
import type { Snapshot } from "./snapshot-item.ts";
import { planRestore, type RestoreInput } from "./plan-restore.ts";
import { upgradePreview } from "./upgrade-preview.ts";
import { upgradeView } from "./upgrade-view.ts";

const { environmentId } = recordOn("3.3.1");
const snapshot: Snapshot = {
  ...{ name: `hangar_${environmentId}`, role: `hangar_${environmentId}`, airflowVersion: "2.11.2" },
  ...{ createdAt: plannedAt - 86_400_000, expiresAt: plannedAt + 1, operationId: "x", queue: "queue-then" },
};
const live = { metadataDatabase: `hangar_${environmentId}_g2`, metadataRole: `hangar_${environmentId}_g2` };
const record = (changes: Partial<EnvironmentItem> = {}, version = "3.3.1"): EnvironmentItem => {
  const one = recordOn(version, { snapshots: [snapshot], resourceGeneration: 2, ...changes });
  return { ...one, names: { ...one.names, ...live } };
};
const plan = (more: Partial<RestoreInput> = {}) =>
  planRestore({
    ...{ environment: record(), name: snapshot.name, since: { runs: 12, taskInstances: 1 }, pool: upgradePool },
    ...{ operationId: "r".repeat(26), caller: "somebody", now: plannedAt },
    ...more,
  });

describe("the plan of a restore", () => {
  it("copies the snapshot, keeps the live database as one, and touches neither afterwards", () => {
    const { databases, copying, snapshot: kept, queue } = plan().plan;
    expect(databases.original).toEqual({ database: snapshot.name, role: snapshot.role });
    expect(databases.source.database).toBe(live.metadataDatabase);
    expect(copying.task.environment).toMatchObject({
      HANGAR_COPY_SOURCE: snapshot.name,
      HANGAR_COPY_TARGET: `hangar_${environmentId}_g3`,
    });
    expect(kept).toMatchObject({ name: live.metadataDatabase, airflowVersion: "3.3.1" });
    expect(queue).toEqual({ from: "queue-then", to: `airflow-celery-${environmentId}-g3` });
  });

  it("changes nothing of the settings but the version, and builds the layer anew for that one's image", () => {
    const { before, after, layer, services } = plan().plan;
    expect(after.settings).toEqual({ ...before.settings, airflowVersion: "2.11.2" });
    expect(layer).toMatchObject({ kind: "build", build: { airflowVersion: "2.11.2" } });
    expect(services.every(({ task }) => task.image === "hangar/airflow:2.11.2")).toBe(true);
  });

  it("of the version that runs keeps the layer, and shows the database as what changes", () => {
    const same = plan({ environment: record({}, "2.11.2") }).plan;
    expect(same.layer.kind).toBe("keep");
    expect(same.changes.map(({ member }) => member)).toEqual(["Database"]);
  });

  it.each([
    [`hangar_${environmentId}`, "g1"],
    [`hangar_${environmentId}_g4`, "g4"],
  ])("of %s, which is older than the member that names its queue, knows the queue by its name", (name, generation) => {
    const { queue: _, ...older } = { ...snapshot, name };
    const { queue } = plan({ name, environment: record({ snapshots: [older] }) }).plan;
    expect(queue.from).toBe(`airflow-celery-${environmentId}-${generation}`);
  });

  it("says what is lost, by count; where nobody could count, that", () => {
    expect(plan().plan.losses).toEqual([
      expect.stringContaining("12 DAG runs and 1 task instance began since"),
      expect.stringContaining("does not know of them"),
    ]);
    expect(plan({ since: null }).plan.losses[0]).toContain("cannot be counted");
  });

  it("is shown as a restore, which can be regretted", () => {
    expect(upgradeView(plan().plan)).toMatchObject({ How: "RESTORE", Restores: snapshot.name, To: "2.11.2" });
    const view = upgradePreview(plan().plan, []);
    expect(view["Reversible"]).toMatchObject({ Possible: true, Reason: expect.stringContaining("restoring that one") });
    expect(view["Order"]).toContainEqual(expect.stringContaining(`copy ${snapshot.name}, which stays one`));
  });

  it.each<[string, Partial<RestoreInput>, string]>([
    ["a name it does not keep", { name: "hangar_other" }, "keeps no snapshot hangar_other"],
    ["one whose time is over", { now: snapshot.expiresAt }, "keeps no snapshot"],
    [
      "a version without an image",
      { pool: { ...upgradePool, images: { "2.11.2": { reason: "no Python for it." } } } },
      "no Python for it. Have",
    ],
    ["an environment that is busy", { environment: record({ status: "UPDATING", operationId: "o" }) }, "UPDATING"],
    [
      "a setting that is not for that version",
      {
        environment: record({
          settings: { ...recordOn("3.3.1").settings, webserverAccessMode: "PUBLIC_AND_PRIVATE" },
        }),
      },
      "needs Airflow 3.2",
    ],
  ])("refuses %s", (_, more, message) => expect(() => plan(more)).toThrow(message));
});
