import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordOn, upgradePool } from "../testing/planned-upgrade.ts";
import { layerStandings } from "./layer-rollback.ts";
import { canRollBackHere, planRollback, type RollbackInput, rollbackView, versionsOf } from "./plan-rollback.ts";
import type { HistoryEntry } from "./release-history.ts";
import type { Snapshot } from "./snapshot-item.ts";

const now = Date.UTC(2026, 0, 8);
const snapshot = (airflowVersion: string, name: string, changes: Partial<Snapshot> = {}): Snapshot => ({
  ...{ name, role: name, airflowVersion, createdAt: now - 86_400_000, expiresAt: now + 1, operationId: "o" },
  ...changes,
});
const input = (changes: Partial<Omit<RollbackInput, "request">> & { request?: object } = {}): RollbackInput => ({
  environment: recordOn("3.3.1", { snapshots: [snapshot("2.11.2", "hangar_e1")] }),
  ...{ versions: ["3.3.1"], standing: "SAME", pool: upgradePool, now },
  ...changes,
  request: { Name: "first", Number: 4, ...changes.request },
});
const way = (changes: Parameters<typeof input>[0] = {}) => planRollback(input(changes));

describe("the way back to a release", () => {
  it("is the pointer alone where it was live on the version that runs, whatever else it was live on", () => {
    expect(way()).toMatchObject({ way: "pointer", reason: expect.stringContaining("no task restarts") });
    expect(way({ versions: ["2.11.2", "3.3.1"] })).toMatchObject({ way: "pointer" });
  });

  it("is the pointer where it is not on record, and says so", () => {
    expect(way({ versions: null })).toMatchObject({ way: "pointer", reason: expect.stringContaining("not on record") });
  });

  it("is a roll where its layer is asked for and differs", () => {
    expect(way({ standing: "DIFFERENT", request: { Layers: true } })).toMatchObject({ way: "roll" });
    expect(way({ standing: "ROLLING", request: { Layers: true } })).toMatchObject({ way: "roll" });
    expect(way({ standing: "DIFFERENT" })).toMatchObject({ way: "pointer" });
    expect(way({ standing: "SAME", request: { Layers: true } })).toMatchObject({ way: "pointer" });
  });

  it("is the newest kept snapshot of its version where it ran on another alone, and says what is lost", () => {
    const snapshots = [
      snapshot("2.11.2", "hangar_old", { createdAt: 1 }),
      snapshot("2.11.2", "hangar_new"),
      snapshot("2.10.3", "hangar_other", { createdAt: now }),
    ];
    const environment = recordOn("3.3.1", { snapshots });
    expect(way({ environment, versions: ["2.11.2"] })).toMatchObject({
      way: "restore",
      snapshot: { name: "hangar_new" },
      reason: expect.stringContaining("is lost"),
    });
  });

  it("is none where no such snapshot is kept, its time is over, or nothing here runs its version", () => {
    const of = (snapshots: readonly Snapshot[], pool = upgradePool) =>
      way({ environment: recordOn("3.3.1", { snapshots }), versions: ["2.11.2"], pool });
    expect(of([])).toMatchObject({ way: "refused", reason: expect.stringContaining("no snapshot of that version") });
    expect(of([snapshot("2.11.2", "hangar_e1", { expiresAt: now })])).toMatchObject({ way: "refused" });
    const bare = of([snapshot("2.11.2", "hangar_e1")], { ...upgradePool, images: {} });
    expect(bare).toMatchObject({ way: "refused", reason: expect.stringContaining("no image") });
  });

  it("leads upwards by an upgrade first, where no snapshot does", () => {
    const environment = recordOn("2.11.2", { snapshots: [] });
    expect(way({ environment, versions: ["3.3.1"] })).toMatchObject({
      way: "refused",
      reason: expect.stringContaining("upgrade to 3.3.1 first"),
    });
  });

  it("is the pointer for its files alone, whatever it ran on", () => {
    expect(way({ versions: ["2.11.2"], request: { FilesOnly: true } })).toMatchObject({
      way: "pointer",
      reason: expect.stringContaining("will run on 3.3.1"),
    });
  });

  it("never loses anything unless it ran on another version alone, and never restores one that is not kept", () => {
    const version = fc.constantFrom<string[]>("2.10.3", "2.11.2", "3.2.1", "3.3.1");
    const kept = fc.record({ version, lives: fc.boolean() });
    fc.assert(
      fc.property(
        version,
        fc.option(fc.uniqueArray(version, { minLength: 1 })),
        fc.array(kept),
        fc.constantFrom(...layerStandings),
        fc.boolean(),
        (runs, versions, all, standing, Layers) => {
          const snapshots = all.map((one, at) =>
            snapshot(one.version, `hangar_e${at}`, { expiresAt: one.lives ? now + 1 : now }),
          );
          const plan = way({ environment: recordOn(runs, { snapshots }), versions, standing, request: { Layers } });
          const fits = versions === null || versions.includes(runs);
          expect(plan.way === "pointer" || plan.way === "roll").toBe(fits);
          if (plan.way === "restore") {
            expect(plan.snapshot.expiresAt).toBeGreaterThan(now);
            expect(versions).toContain(plan.snapshot.airflowVersion);
          }
          if (!fits)
            expect(plan.way === "restore").toBe(
              snapshots.some((one) => one.expiresAt > now && versions.includes(one.airflowVersion)),
            );
        },
      ),
    );
  });
});

describe("a rollback by the pointer's call", () => {
  it("is refused where it would need a restore, with both ways to go on", () => {
    const asked = input({ versions: ["2.11.2"] });
    const refused = () => canRollBackHere(planRollback(asked), asked.request);
    expect(refused).toThrow(expect.objectContaining({ name: "VersionChangeRefused" }));
    expect(refused).toThrow(/snapshots\/hangar_e1\/restore with "Release": 4.*--yes.*"FilesOnly": true/);
    expect(() => canRollBackHere(planRollback(input()), asked.request)).not.toThrow();
  });

  it("shows its plan with versions, snapshot and layer", () => {
    const asked = input({ versions: ["2.11.2"], standing: "UNKNOWN" });
    expect(rollbackView(planRollback(asked), asked)).toMatchObject({
      ...{ Way: "RESTORE", Release: 4, AirflowVersions: ["2.11.2"], Snapshot: "hangar_e1" },
      Layer: { Standing: "UNKNOWN" },
    });
    expect(rollbackView(planRollback(input({ versions: null })), input({ versions: null }))).toMatchObject({
      ...{ Way: "POINTER", AirflowVersions: [] },
    });
  });
});

describe("the versions a release was live on", () => {
  const entry = (airflowVersion?: string) => (airflowVersion ? { airflowVersion } : {}) as HistoryEntry;
  it.each([
    [
      "its own, and the one it was replaced on",
      entry("2.10.3"),
      [entry("2.11.2"), entry("2.11.2")],
      undefined,
      ["2.10.3", "2.11.2"],
    ],
    ["its own, and the one that runs while it is live", entry("2.11.2"), [], "3.3.1", ["2.11.2", "3.3.1"]],
    ["not on record of an old entry", entry(), [entry("3.3.1")], undefined, null],
    ["not on record without an entry", undefined, [], undefined, null],
  ])("are %s", (_, own, later, current, versions) => {
    expect(versionsOf(own, later, current)).toEqual(versions);
  });
});
