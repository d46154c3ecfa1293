import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { roomyRecord } from "../testing/planned-update.ts";
import type { EnvironmentItem } from "./items.ts";
import { planUpgrade } from "./plan-upgrade.ts";
import { upgradeLadder, upgradePhase } from "./upgrade-ladder.ts";

const images = Object.fromEntries(
  ["2.10.3", "2.11.2", "3.2.1", "3.3.1"].map((version) => [version, { image: `hangar/airflow:${version}` }]),
);
const pool = { ...testPool, images };
const record = (airflowVersion: string, changes: Partial<EnvironmentItem> = {}): EnvironmentItem => {
  const roomy = roomyRecord(changes);
  return { ...roomy, settings: { ...roomy.settings, airflowVersion }, image: `hangar/airflow:${airflowVersion}` };
};
const plan = (from: string, to: string, more: Partial<Parameters<typeof planUpgrade>[0]> = {}) =>
  planUpgrade({ environment: record(from), to, pool, snapshots: [], operationId: "o".repeat(26), ...more });

describe("the plan of an upgrade", () => {
  it("gives the new generation names of its own for all that the old one writes to: neither can reach the other's", () => {
    const { before, after, databases, services, retired, canary } = plan("2.11.2", "3.3.1");
    const writes = ({ names }: typeof after) => [
      ...[names.metadataDatabase, names.metadataRole, names.celeryDatabase, names.celeryRole, names.queue],
      ...[names.targetGroup, ...Object.values(names.services)],
    ];
    expect(writes(after).filter((name) => writes(before).includes(name))).toEqual([]);
    expect(writes(after)).not.toContain(canary.queue);
    expect(databases.source.database).toBe(before.names.metadataDatabase);
    expect(databases.copy.database).toBe(after.names.metadataDatabase);
    expect(services.map(({ name }) => name).filter((name) => retired.includes(name))).toEqual([]);
    expect(services.every(({ task }) => task.image === "hangar/airflow:3.3.1")).toBe(true);
  });

  it("keeps what an environment has for life, and changes nothing of its settings but the version", () => {
    const { before, after } = plan("2.11.2", "3.3.1");
    for (const name of ["secret", "signInSecret", "prefix", "webHost", "webserver", "webUrl"] as const)
      expect(after.names[name]).toBe(before.names[name]);
    expect({ ...after.settings, airflowVersion: "2.11.2" }).toEqual(before.settings);
  });

  it("names databases and roles as PostgreSQL and Hangar allow, however often it was upgraded", () => {
    const environment = record("3.2.1", { resourceGeneration: 98 });
    const { databases } = plan("3.2.1", "3.3.1", { environment });
    for (const name of [databases.copy, databases.results.after].flatMap(({ database, role }) => [database, role]))
      expect(name).toMatch(/^hangar_[a-z0-9_]{1,56}$/);
    const again = plan("3.2.1", "3.3.1", {
      environment: { ...environment, ...plan("3.2.1", "3.3.1").after, settings: environment.settings },
    });
    expect(again.databases.copy.database).toBe(`hangar_${environment.environmentId}_g99`);
  });

  it("keeps the original as a snapshot for a week, pauses for a quarter of an hour, and says what that may end", () => {
    const usual = plan("2.11.2", "3.3.1");
    expect(usual.snapshot).toEqual({
      ...{ name: usual.databases.source.database, airflowVersion: "2.11.2", retentionSeconds: 604_800 },
    });
    expect(usual.pause).toEqual({ deadlineSeconds: 900, atDeadline: "retry" });
    expect(usual.losses).toEqual([expect.stringContaining("900 s")]);
    expect(plan("2.11.2", "3.3.1", { pause: { atDeadline: "abort" } }).losses).toEqual([]);
  });

  it("builds the layer anew for the target's image, from the files it was made of", () => {
    expect(plan("2.11.2", "3.3.1").layer).toMatchObject({ kind: "build", build: { airflowVersion: "3.3.1" } });
    expect(plan("2.11.2", "3.3.1", { environment: record("2.11.2", { layer: null }) }).layer).toEqual({
      ...{ kind: "keep", layer: null },
    });
  });

  it("has a deadline for every check of the ladder", () => {
    const checks = upgradeLadder.rungs.filter(({ kind }) => kind === "check").map(({ step }) => step);
    expect(Object.keys(plan("2.11.2", "3.3.1").deadlineSeconds).toSorted()).toEqual(checks.toSorted());
  });

  it.each([
    ["2.10.3", "3.3.1", "upgrade to 2.11.2 first"],
    ["3.3.1", "2.11.2", "no snapshot taken on 2.11.2 is kept"],
    ["2.11.2", "3.0.6", "kombu"],
  ])("%s to %s is refused: %s", (from, to, reason) => expect(() => plan(from, to)).toThrow(reason));

  it("is refused downwards also where a snapshot is kept: that is a restore, and loses what was written since", () => {
    expect(() => plan("3.3.1", "2.11.2", { snapshots: ["2.11.2"] })).toThrow(
      /what was written since is lost.*npx hangar snapshot restore first <snapshot>$/,
    );
  });
});

describe("the status while an upgrade is in flight", () => {
  const journal = (...steps: string[]) => Object.fromEntries(steps.map((step) => [`run:${step}`, { startedAt: 0 }]));
  it.each([
    [[], "forward", "UPDATING"],
    [["pause-scheduling"], "forward", "UPDATING"],
    [["close-door"], "forward", "CREATING_SNAPSHOT"],
    [["close-door", "copy-database"], "forward", "CREATING_SNAPSHOT"],
    [["close-door", "copy-database", "migrate-database"], "forward", "UPDATING"],
    [["close-door", "copy-database"], "undoing", "ROLLING_BACK"],
  ] as const)("after %j, %s: %s", (steps, direction, status) => {
    expect(upgradePhase({ journal: journal(...steps), direction })).toBe(status);
  });
});
