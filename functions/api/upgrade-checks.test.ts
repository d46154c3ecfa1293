import { describe, expect, it } from "vitest";
import { unbuildable } from "../../shared/testing/memory-builder.ts";
import { unimportable } from "../../shared/testing/memory-check.ts";
import { sha256 } from "../../shared/testing/planned.ts";
import { askToUpdate, caller } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { availableOnOld, upgradePool } from "../../state-machines/testing/upgrades.ts";
import { advanceUpgradeChecks } from "../schedules/advance-upgrade-checks.ts";
import { createUpgradeCheck } from "./create-upgrade-check.ts";
import { deleteEnvironment } from "./delete-environment.ts";
import { getUpgradeCheck } from "./get-upgrade-check.ts";
import { listUpgradeChecks } from "./list-upgrade-checks.ts";

type Report = { Findings: { Code: string; Where: string; Severity: string }[]; Rehearsal: object | null };

const onOld = async () => {
  const start = await availableOnOld();
  const { world } = start;
  const ports = { ...world.ports, pool: upgradePool };
  const ask = (Rehearse = false, AirflowVersion = "3.3.1") =>
    createUpgradeCheck({ Name: "first", AirflowVersion, Rehearse }, ports, caller);
  const get = async (CheckId: unknown) => {
    const { Check } = await getUpgradeCheck({ Name: "first", CheckId: CheckId as string }, ports);
    return Check as Record<string, unknown> & { Report: Report | null };
  };
  const now = async () => (await world.environments.get("first"))!;
  /** The schedule, until nothing is left to be done. */
  const goOn = async (times = 40) => {
    for (let time = 0; time < times; time++) {
      await advanceUpgradeChecks(ports);
      world.clock.advance(10_000);
    }
  };
  const settle = async (Rehearse?: boolean) => {
    const { Check } = await ask(Rehearse);
    await goOn();
    return get(Check["CheckId"]);
  };
  return { ...start, ports, ask, get, now, goOn, settle, clean: world.leftovers() };
};

describe("a check of an upgrade", () => {
  it("is on the record before the answer, is begun by its schedule, and changes nothing of the environment", async () => {
    const { world, ask, now, record, ports } = await onOld();
    const { Check } = await ask();
    expect(Check).toMatchObject({ From: "2.11.2", To: "3.3.1", Status: "RUNNING", Step: "TRY", Verdict: null });
    expect((await now()).upgradeChecks).toMatchObject([{ id: Check["CheckId"], begun: {} }]);
    await advanceUpgradeChecks(ports);
    const { upgradeChecks, generation: _, ...rest } = await now();
    expect(upgradeChecks).toMatchObject([
      { id: Check["CheckId"], release: { number: 1 }, begun: { try: expect.anything() } },
    ]);
    const { generation: _before, ...before } = record;
    expect(rest).toEqual(before);
    const tasks = [...world.containers.oneOffs.values()].filter(({ spec }) => spec.command.includes("check-upgrade"));
    expect(tasks).toMatchObject([{ spec: { image: "hangar/airflow:3.3.1", role: "builder", secrets: {} } }]);
  });

  it("ends with a verdict and a report that name the release, and leaves nothing but documents", async () => {
    const { world, settle, clean } = await onOld();
    const check = await settle();
    expect(check).toMatchObject({
      ...{ Status: "DONE", Verdict: "READY", Blocking: 0, Current: true, MigrationSeconds: null },
      Release: { Number: 1 },
      Report: { Findings: [], Rehearsal: null },
    });
    const left = world.leftovers().filter((one) => !clean.includes(one));
    expect(left).toHaveLength(3);
    for (const one of left) expect(one).toMatch(/^control object .*upgrade-checks\//);
  });

  it("tells what blocks: a file that does not import, with file and line", async () => {
    const { world, settle, ports } = await onOld();
    const { release } = (await world.environments.getRelease(
      "first",
      (await world.environments.get("first"))!.environmentId,
    ))!;
    const prefix = (await world.environments.get("first"))!.names.prefix;
    const manifest = (await ports.controlBucket.getManifest(prefix, release.manifest))!;
    const bytes = new TextEncoder().encode(`import ${unimportable}`);
    const hash = sha256(`import ${unimportable}`);
    await ports.controlBucket.putBlob(prefix, hash, bytes);
    const file = { path: "team/b.py", size: bytes.length, sha256: hash, versionId: "1" };
    await ports.controlBucket.putManifest(prefix, release.manifest, { ...manifest, files: [...manifest.files, file] });
    const check = await settle();
    expect(check).toMatchObject({ Verdict: "BLOCKED", Blocking: 1 });
    expect(check.Report!.Findings).toMatchObject([{ Code: "IMPORT_ERROR", Where: "team/b.py:1", Severity: "BLOCKED" }]);
  });

  it("tells what blocks: packages that do not fit the target, in the resolver's words", async () => {
    const { world, settle, now } = await onOld();
    const { names, layer } = await now();
    const blob = world.controlBucket.objects.get(`${names.prefix}blobs/${layer!.files.requirements!.sha256}`)!;
    world.controlBucket.objects.set(`${names.prefix}blobs/${layer!.files.requirements!.sha256}`, {
      ...blob,
      body: new TextEncoder().encode(unbuildable),
    });
    const { Report } = await settle();
    expect(Report!.Findings).toMatchObject([
      { Code: "PACKAGES", Where: "requirements.txt", What: expect.stringContaining("pendulum") },
    ]);
  });

  it("of two at once one is refused; another may begin when the first has ended", async () => {
    const { ask, goOn, ports } = await onOld();
    const both = await Promise.allSettled([ask(), ask()]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(ask()).rejects.toMatchObject({
      name: "EnvironmentBusy",
      message: expect.stringContaining("under way"),
    });
    await goOn(3);
    await ask();
    expect((await listUpgradeChecks({ Name: "first" }, ports)).Checks).toHaveLength(2);
  });

  it("is refused where no way leads, with the reason; and a rehearsal over a stepping stone", async () => {
    const { ask, ports } = await onOld();
    await expect(ask(false, "2.10.3")).rejects.toMatchObject({ name: "VersionChangeRefused" });
    const record = (await ports.environments.get("first"))!;
    const settings = { ...record.settings, airflowVersion: "2.10.3" };
    await ports.environments.replace({ ...record, settings, generation: record.generation + 1 }, record.generation);
    await expect(ask(true)).rejects.toMatchObject({ message: expect.stringContaining("Rehearse 2.11.2 first") });
    expect((await ask(false)).Check).toMatchObject({ From: "2.10.3", To: "3.3.1" });
  });

  it("whose task ends without a result has failed, with what the task said", async () => {
    const { world, settle } = await onOld();
    world.containers.script.oneOffOf["check-upgrade"] = { looks: 1, exitCode: 1, reason: "OutOfMemory" };
    expect(await settle()).toMatchObject({
      ...{ Status: "FAILED", Verdict: null, Report: null },
      Reason: expect.stringContaining("exit code 1: OutOfMemory"),
    });
  });

  it("ends when a change of the version begins, and says so", async () => {
    const { world, ask, get, goOn } = await onOld();
    const { Check } = await ask(true);
    await askToUpdate(world, { AirflowVersion: "3.3.1" }, upgradePool);
    await goOn(2);
    expect(await get(Check["CheckId"])).toMatchObject({
      Status: "CANCELLED",
      Reason: expect.stringContaining("A change of the version began"),
    });
  });

  it("does not hold once another release runs", async () => {
    const { world, settle, ports } = await onOld();
    await settle();
    const { environmentId } = (await world.environments.get("first"))!;
    const item = (await world.environments.getRelease("first", environmentId))!;
    await ports.environments.putRelease(
      { ...item, generation: item.generation + 1, release: { ...item.release, id: "r2-other" } },
      item.generation,
    );
    expect((await listUpgradeChecks({ Name: "first" }, ports)).Checks).toMatchObject([{ Current: false }]);
  });

  it("of the last five is kept, and one that is not there is not found", async () => {
    const { settle, ports, get } = await onOld();
    const ids: unknown[] = [];
    for (let time = 0; time < 7; time++) ids.unshift((await settle())["CheckId"]);
    const { Checks } = await listUpgradeChecks({ Name: "first" }, ports);
    expect(Checks.map(({ CheckId }) => CheckId)).toEqual(ids.slice(0, 5));
    await expect(get("z".repeat(26))).rejects.toMatchObject({ name: "UpgradeCheckNotFound" });
  });
});

describe("a rehearsal", () => {
  it("migrates a copy, compares its DAGs with those the target makes, and drops everything", async () => {
    const { world, settle, clean, record } = await onOld();
    const contents = world.databaseCopies.contents(record.names.metadataDatabase);
    const before = structuredClone(contents);
    const check = await settle(true);
    expect(check).toMatchObject({
      ...{ Status: "DONE", Verdict: "BLOCKED", MigrationSeconds: 7 },
      Report: { Rehearsal: { MigrationSeconds: 7, Rows: { dag_run: 3 }, ActiveDags: 2 } },
    });
    const missing = check.Report!.Findings.map(({ Code, Where }) => [Code, Where]);
    expect(missing).toEqual([
      ["DAG_MISSING", "sales"],
      ["DAG_MISSING", "asleep"],
    ]);
    expect(contents).toEqual(before);
    expect(world.leftovers().filter((one) => !clean.includes(one) && !one.includes("upgrade-checks/"))).toEqual([]);
  });

  it("that fails is a finding, and DAGs are tried all the same", async () => {
    const { world, settle, clean } = await onOld();
    world.containers.script.oneOffOf["migrate-copy"] = { looks: 1, exitCode: 1, reason: "a row nobody can take" };
    const check = await settle(true);
    expect(check).toMatchObject({ Status: "DONE", Verdict: "BLOCKED", Report: { Rehearsal: null } });
    expect(check.Report!.Findings).toMatchObject([
      { Code: "REHEARSAL_FAILED", What: expect.stringContaining("a row nobody can take") },
    ]);
    expect(world.leftovers().filter((one) => !clean.includes(one) && !one.includes("upgrade-checks/"))).toEqual([]);
  });

  it("has what it made on the record, so that a delete removes it, too", async () => {
    const { world, ask, ports } = await onOld();
    await ask(true);
    world.clock.advance(10_000);
    await advanceUpgradeChecks(ports);
    const copies = () => [...world.databases.databases.keys()].filter((name) => name.includes("_check_"));
    expect(copies()).toHaveLength(1);
    await deleteEnvironment({ Name: "first" }, ports, caller);
    await runLadder(world, "first");
    expect(copies()).toEqual([]);
    expect([...world.databases.roles.keys()].filter((name) => name.includes("_check_"))).toEqual([]);
    expect([...world.secretVault.secrets.keys()].filter((name) => name.includes("check"))).toEqual([]);
  });
});
