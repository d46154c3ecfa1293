// Releases over versions of Airflow, and the way back to one: the real ladders on the in-memory world.
import { beforeEach, describe, expect, it } from "vitest";
import type { Check } from "../../shared/domain/release-check.ts";
import { settleRelease } from "../../shared/runtime/candidate-settler.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { caller, testPool } from "../../state-machines/testing/requests.ts";
import { type Mischief, runLadder } from "../../state-machines/testing/run-ladder.ts";
import { availableOnOld, shortenDeadlines, upgradedFrom, upgradePool } from "../../state-machines/testing/upgrades.ts";
import { getRelease } from "./get-release.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";
import { rollbackRelease } from "./rollback-release.ts";

type World = Awaited<ReturnType<typeof availableOnOld>>["world"];
let world: World;
const ports = () => ({ ...world.ports, pool: upgradePool, sync: testPool.sync });
const record = async () => (await world.environments.get("first"))!;
const live = async () => (await world.environments.getRelease("first", (await record()).environmentId))!;
const rollback = (number: number, more: object = {}) =>
  rollbackRelease({ Name: "first", Number: number, ...more }, ports(), caller);
const restore = async (more: object = {}) => {
  const Snapshot = (await record()).snapshots![0]!.name;
  return restoreSnapshot({ Name: "first", Snapshot, ...more }, ports(), caller);
};
const versionOf = async (number: number) =>
  ((await getRelease({ Name: "first", Number: number }, world.ports))["Release"] as Record<string, unknown>)[
    "AirflowVersion"
  ];

/** The next release goes live, with this content. */
async function release(content: string): Promise<void> {
  world.sourceBuckets.upload("my-dags", "dags/first.py", content);
  const environment = await record();
  await publishRelease(environment, ports(), { by: "anna" });
  const item = await live();
  const files: Check["files"] = {};
  world.controlBucket.putCheck(environment.names.prefix, {
    ...{ schema: 1, candidate: item.candidate!.id, base: item.release.id, taskId: "t", at: world.clock.now() / 1000 },
    ...{ seconds: 1, state: "checked", problem: null, files, held: [] },
  });
  await settleRelease(environment, ports());
}

/** What the tasks serve. */
async function served(): Promise<string> {
  const { names } = await record();
  const manifest = (await world.controlBucket.getManifest(names.prefix, (await live()).release.manifest))!;
  const { sha256 } = manifest.files.find(({ path }) => path === "first.py")!;
  return new TextDecoder().decode(
    world.controlBucket.objects.get(`${names.prefix}blobs/${sha256}`)!.body as Uint8Array,
  );
}

/** Releases 2 and 3 on 2.11.2; then 3.3.1, under which 3 is still live; then the last one. */
beforeEach(async () => {
  const start = await availableOnOld();
  ({ world } = start);
  await release("two");
  await release("three");
  await upgradedFrom(start);
  expect((await record()).settings.airflowVersion).toBe("3.3.1");
  await release("four");
});

async function restoreTo(number: number, mischief: Record<string, Mischief> = {}, meanwhile = async () => {}) {
  await restore({ Release: number });
  shortenDeadlines(world);
  await meanwhile();
  return runLadder(world, "first", mischief);
}
const last = async () => (await live()).release.number;

describe("releases over versions", () => {
  it("keep the version that ran when they went live", async () => {
    expect([await versionOf(1), await versionOf(2), await versionOf(await last())]).toEqual([
      "2.11.2",
      "2.11.2",
      "3.3.1",
    ]);
  });

  it("are gone back to by the pointer where they were live on the version that runs, by a restore where they were not", async () => {
    expect(await rollback(3, { DryRun: true })).toMatchObject({
      Plan: { Way: "POINTER", AirflowVersions: ["2.11.2", "3.3.1"] },
    });
    expect(await rollback(2, { DryRun: true })).toMatchObject({
      Plan: { Way: "RESTORE", AirflowVersions: ["2.11.2"], Snapshot: (await record()).snapshots![0]!.name },
    });
    expect(await served()).toBe("four");
    await rollback(3);
    expect(await served()).toBe("three");
  });

  it("that would need a restore are refused by the pointer's call, and move nothing; their files alone move if asked for", async () => {
    const before = await live();
    await expect(rollback(2)).rejects.toMatchObject({ name: "VersionChangeRefused" });
    expect(await live()).toEqual(before);
    await rollback(2, { FilesOnly: true });
    expect(await served()).toBe("two");
    expect((await record()).settings.airflowVersion).toBe("3.3.1");
  });

  it("without a snapshot of their version have no way back", async () => {
    world.environments.items.set("first", { ...(await record()), snapshots: [] });
    expect(await rollback(2, { DryRun: true })).toMatchObject({ Plan: { Way: "REFUSED" } });
    await expect(rollback(2)).rejects.toThrow("no snapshot of that version is kept");
  });
});

describe("a restore that goes back to a release", () => {
  it("says so in its dry run, with what is lost, and moves nothing", async () => {
    const before = await live();
    const { Plan } = (await restore({ Release: 2, DryRun: true })) as { Plan: Record<string, unknown> };
    expect(Plan).toMatchObject({ Upgrade: { Release: 2, How: "RESTORE" }, Order: expect.anything() });
    expect((Plan["Order"] as string[]).at(-1)).toContain("DAG files of release 2");
    expect(await live()).toEqual(before);
  });

  it("ends on its version with its DAG files", async () => {
    const { end } = await restoreTo(2);
    expect(end).toBe("Succeeded");
    expect((await record()).settings.airflowVersion).toBe("2.11.2");
    expect(await served()).toBe("two");
    expect(await versionOf(await last())).toBe("2.11.2");
  });

  it.each<[string, Mischief]>([
    ["CommitOperation", "executionDiesAfterIt"],
    ["OpenEnvironment", "executionDiesAfterIt"],
    ["PublishControl", "diesBeforeTheJournal"],
    ["PublishControl", "timesOutAfterItsWork"],
    ["PublishControl", "becomesAZombie"],
    ["PublishControl", "isCalledTwice"],
    ["PublishControl", "executionDiesAfterIt"],
  ])("serves the release, and once, when at %s it %s", async (state, mischief) => {
    const before = await last();
    const { end } = await restoreTo(2, { [state]: mischief });
    expect(end).toBe("Succeeded");
    expect(await served()).toBe("two");
    const number = await last();
    expect(number - before).toBe((await live()).layer?.number ? 2 : 1); // the layer was made anew for the version
    expect((await getRelease({ Name: "first", Number: number }, world.ports))["Release"]).toMatchObject({
      RollbackOf: 2,
    });
  });

  it("leaves what others made live meanwhile as it is", async () => {
    await restoreTo(2, {}, () => release("five"));
    expect((await record()).settings.airflowVersion).toBe("2.11.2");
    expect(await served()).toBe("five");
  });

  it("that is rolled back leaves the files as they are", async () => {
    const { end } = await restoreTo(2, { DeployServices: "fails" });
    expect(end).toBe("RolledBack");
    expect(await served()).toBe("four");
  });

  it("refuses a release that is not there or never ran, before anything is paused", async () => {
    await expect(restore({ Release: 99 })).rejects.toMatchObject({ name: "ReleaseNotFound" });
    expect((await record()).status).toBe("AVAILABLE");
  });
});
