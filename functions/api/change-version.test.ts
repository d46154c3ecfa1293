import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { caller } from "../../state-machines/testing/requests.ts";
import { parseOffer } from "../../shared/domain/layer-offer.ts";
import type { UpgradePlan } from "../../shared/domain/plan-upgrade.ts";
import type { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import { offerLayer } from "../../shared/runtime/layer-offers.ts";
import { scaleWorkers } from "../../shared/runtime/scaler.ts";
import { upgradePool } from "../../shared/testing/planned-upgrade.ts";
import { reconcileReleases } from "../schedules/reconcile-releases.ts";
import { reconcileScaling } from "../schedules/reconcile-scaling.ts";
import { sweepOperations } from "../schedules/sweep-operations.ts";
import { cancelOperation } from "./cancel-operation.ts";
import { deleteEnvironment } from "./delete-environment.ts";
import { getEnvironment } from "./get-environment.ts";
import { getOperation } from "./get-operation.ts";
import { planUpdate } from "./plan-update.ts";
import { resumeOperation } from "./resume-operation.ts";
import { updateEnvironment } from "./update-environment.ts";

const upgrade = { Name: "first", AirflowVersion: "3.3.1" };

/** An environment on 2.11.2 with some options. */
async function oldWorld() {
  const { world, stored } = await availableWorld(
    {
      AirflowConfigurationOptions: { "webserver.instance_name": "mine" },
      RequirementsS3Path: "requirements.txt",
    },
    { "requirements.txt": "a==1" },
  );
  const made = world.environments.items.get("first")!;
  const record = { ...made, settings: { ...made.settings, airflowVersion: "2.11.2" }, image: "hangar/airflow:2.11.2" };
  world.environments.items.set("first", record);
  const ports = { ...world.ports, pool: upgradePool };
  return {
    ...{ world, stored, record, ports },
    ask: (more: Partial<UpdateEnvironmentRequest> = {}) => updateEnvironment({ ...upgrade, ...more }, ports, caller),
    now: async () => (await world.environments.get("first"))!,
  };
}
type Old = Awaited<ReturnType<typeof oldWorld>>;

async function operationOf({ world, now }: Old) {
  return (await world.operations.get((await now()).operationId!))!;
}

describe("UpdateEnvironment with another AirflowVersion", () => {
  it("stores UPDATING before it answers the ARN, and starts the upgrade ladder under its deterministic name", async () => {
    const old = await oldWorld();
    expect(await old.ask()).toEqual({ Arn: old.record.arn });
    const record = await old.now();
    expect(record).toMatchObject({
      status: "UPDATING",
      operationKind: "upgrade-environment",
      settings: old.record.settings,
    });
    const operation = await operationOf(old);
    const execution = old.world.workflows.executions.get(executionName(operation));
    expect(execution).toMatchObject({ kind: "upgrade-environment", input: { attempt: 1 } });
    expect(executionName(operation)).toMatch(/^upgrade-/);
  });

  it("lays its options down before the operation that names them, as any update does", async () => {
    const old = await oldWorld();
    const before = old.world.calls.length;
    await old.ask({ AirflowConfigurationOptions: { "api.instance_name": "mine" } });
    const writes = ["controlBucket.putConfiguration", "operations.create", "environments.replace", "workflows.start"];
    expect(old.world.calls.slice(before).filter((call) => writes.includes(call))).toEqual(writes);
    const { configuration } = ((await operationOf(old)).plan as UpgradePlan).after.settings;
    expect(await old.world.controlBucket.getConfiguration(old.record.names.prefix, configuration!.key)).toEqual({
      "api.instance_name": "mine",
    });
  });

  it("changes nothing at all where it is refused", async () => {
    const old = await oldWorld();
    const before = old.stored();
    await expect(old.ask({ AirflowVersion: "2.10.3" })).rejects.toMatchObject({ name: "VersionChangeRefused" });
    await expect(old.ask({ RequirementsS3Path: "nowhere.txt" })).rejects.toMatchObject({ name: "UploadedFileUnfit" });
    expect(old.stored()).toBe(before);
  });

  it("is started by the sweeper where its handler died before the start", async () => {
    const old = await oldWorld();
    old.world.fail("workflows.start", new Error("killed"));
    await expect(old.ask()).rejects.toThrow("killed");
    await sweepOperations(old.ports);
    await sweepOperations(old.ports);
    const started = [...old.world.workflows.executions.values()].filter(({ kind }) => kind === "upgrade-environment");
    expect(started.map(({ input }) => input.attempt)).toEqual([1]);
  });
});

describe.each(["UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK"] as const)("while an upgrade is %s", (status) => {
  const inFlight = async () => {
    const old = await oldWorld();
    await old.ask();
    old.world.environments.items.set("first", { ...(await old.now()), status });
    return old;
  };

  it("GetEnvironment says so", async () => {
    const { ports } = await inFlight();
    const { Environment } = await getEnvironment({ Name: "first" }, ports);
    expect(Environment).toMatchObject({ Status: status, AirflowVersion: "2.11.2", LastUpdate: { Status: "PENDING" } });
  });

  it("updates and deletions are refused in MWAA's words", async () => {
    const old = await inFlight();
    const before = old.stored();
    for (const asked of [
      old.ask({ AirflowVersion: "2.11.2" }),
      old.ask(),
      deleteEnvironment({ Name: "first" }, old.ports, caller),
    ])
      await expect(asked).rejects.toMatchObject({
        name: "EnvironmentBusy",
        message: expect.stringContaining(`Environments with ${status} status must complete previous operation`),
      });
    expect(old.stored()).toBe(before);
  });

  it("scaling leaves the workers alone: they belong to the operation", async () => {
    const old = await inFlight();
    const before = old.stored();
    old.world.loadMetrics.measure(await old.now(), {
      ...{ at: old.world.clock.now(), running: 9, queued: 9, slots: 5, need: 4 },
    });
    expect(await scaleWorkers("first", old.ports)).toBeUndefined();
    await reconcileScaling(old.ports);
    expect(old.world.calls).not.toContain("reminders.remind");
    expect(old.stored()).toBe(before);
  });

  it("an uploaded file nobody pinned starts no other operation; the release pointer moves as ever", async () => {
    const old = await inFlight();
    const { operationId } = await old.now();
    old.world.sourceBuckets.upload("my-dags", "requirements.txt", "a==2");
    old.world.sourceBuckets.upload("my-dags", "dags/second.py", "print('second')");
    for (let looks = 0; looks < 3; looks++) {
      await offerLayer("first", old.ports);
      old.world.clock.advance(1000);
    }
    await reconcileReleases({ ...old.ports, sync: upgradePool.sync });
    expect((await old.now()).operationId).toBe(operationId);
    expect([...old.world.operations.items.values()].map(({ kind }) => kind).toSorted()).toEqual([
      ...["create-environment", "upgrade-environment"],
    ]);
    const offer = await old.world.controlBucket.getLayerText(old.record.names.prefix, "layers/offer.json");
    if (offer) expect(parseOffer(offer.text).operationId).toBeNull();
    const { environmentId } = await old.now();
    expect((await old.world.environments.getRelease("first", environmentId))!.candidate).not.toBeNull();
  });
});

describe("an upgrade in people's hands", () => {
  it("that is cancelled shows ROLLING_BACK at once", async () => {
    const old = await oldWorld();
    await old.ask();
    const OperationId = (await old.now()).operationId!;
    expect(await cancelOperation({ Name: "first", OperationId }, old.ports, caller)).toMatchObject({
      Operation: { Status: "UNDOING", Upgrade: { Phase: "ROLLING_BACK" } },
    });
    expect(await old.now()).toMatchObject({ status: "ROLLING_BACK", operationId: OperationId });
  });

  it("that got stuck is started again by a resume", async () => {
    const old = await oldWorld();
    await old.ask();
    const operation = await operationOf(old);
    const { operationId } = operation;
    old.world.operations.items.set(operationId, { ...operation, outcome: "stuck", endedAt: 1 });
    old.world.environments.items.set("first", {
      ...(await old.now()),
      ...{ status: "UNAVAILABLE", operationId: null, operationKind: null },
      lastUpdate: { status: "FAILED", createdAt: 1, operationId },
    });
    await resumeOperation({ Name: "first", OperationId: operationId }, old.ports);
    expect(await old.now()).toMatchObject({ status: "UPDATING", operationId, operationKind: "upgrade-environment" });
  });
});

describe("the dry run of an upgrade", () => {
  it("writes nothing, and says what the operation then says: versions, pause, snapshot, losses", async () => {
    const old = await oldWorld();
    const before = old.stored();
    const { Plan } = await planUpdate(upgrade, old.ports, caller);
    expect(old.stored()).toBe(before);
    await old.ask();
    const OperationId = (await old.now()).operationId!;
    const { Operation } = await getOperation({ Name: "first", OperationId }, old.ports);
    expect(Operation["Upgrade"]).toEqual({ ...(Plan["Upgrade"] as object), Phase: "UPDATING" });
    expect(Operation["Changes"]).toEqual(Plan["Changes"]);
    expect(Plan["Upgrade"]).toMatchObject({
      ...{ From: "2.11.2", To: "3.3.1", Pause: { MostSeconds: 900, AtDeadline: "RETRY" } },
      Snapshot: { Name: old.record.names.metadataDatabase, AirflowVersion: "2.11.2", KeptSeconds: 604_800 },
    });
  });

  it("warns of options that stay and that the target has no longer; of those of the request instead, where it names some", async () => {
    const old = await oldWorld();
    const warned = async (more: Partial<UpdateEnvironmentRequest> = {}) =>
      ((await planUpdate({ ...upgrade, ...more }, old.ports, caller)).Plan["Warnings"] as { Option: string }[]).map(
        ({ Option }) => Option,
      );
    expect(await warned()).toEqual(["webserver.instance_name"]);
    expect(await warned({ AirflowConfigurationOptions: { "core.paralelism": "1" } })).toEqual(["core.paralelism"]);
    expect(await warned({ AirflowConfigurationOptions: null })).toEqual([]);
    expect(await warned({ AirflowVersion: "2.11.2" })).toEqual([]);
  });
});
