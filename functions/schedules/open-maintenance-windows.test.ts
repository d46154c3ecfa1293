import { describe, expect, it } from "vitest";
import { availableWorld, withSigningKeys } from "../../state-machines/testing/available.ts";
import { caller, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { availableOnOld, upgradePool } from "../../state-machines/testing/upgrades.ts";
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import { windowAt } from "../../shared/domain/maintenance-window.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import type { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { windowsOf } from "../../shared/domain/window-opening.ts";
import type { MemoryWorld } from "../../shared/testing/memory-world.ts";
import { createWebLoginToken } from "../api/create-web-login-token.ts";
import { getOperation } from "../api/get-operation.ts";
import { invokeRestApi } from "../api/invoke-rest-api.ts";
import { resumeOperation } from "../api/resume-operation.ts";
import { scheduleUpdate } from "../api/schedule-update.ts";
import { updateEnvironment } from "../api/update-environment.ts";
import { openMaintenanceWindows } from "./open-maintenance-windows.ts";
import { sweepOperations } from "./sweep-operations.ts";

const Name = "first";

function maintained(world: MemoryWorld, pool: Pool) {
  const ports = { ...world.ports, pool };
  const record = () => world.environments.items.get(Name)!;
  const statuses: string[] = [];
  const { items } = world.environments;
  const set = items.set.bind(items);
  items.set = (name: string, item: EnvironmentItem) => {
    if (statuses.at(-1) !== item.status) statuses.push(item.status);
    return set(name, item);
  };
  return {
    ...{ world, ports, record, statuses },
    ask: (request: Partial<UpdateEnvironmentRequest> & { MayOverrun?: boolean }) =>
      scheduleUpdate({ Name, ...request }, ports, caller),
    open: (changes: Partial<Pool> = {}) => openMaintenanceWindows({ ...ports, pool: { ...pool, ...changes } }),
    toWindow: (minutes = 1) => {
      const { settings } = record();
      const now = world.clock.now();
      const { startsAt } = windowAt(settings.weeklyMaintenanceWindowStart, windowsOf(record()), now);
      world.clock.advance(startsAt + minutes * 60_000 - now);
    },
  };
}
const available = async (...more: Parameters<typeof availableWorld>) =>
  maintained((await availableWorld(...more)).world, testPool);
const newImage = { images: { "3.3.1": { image: "hangar/airflow:3.3.1-2" } } };

describe("a change asked for", () => {
  it("begins in the window, goes through MAINTENANCE to AVAILABLE, and says whose doing it was", async () => {
    const { world, record, statuses, ...place } = await available();
    await place.ask({ EnvironmentClass: "mw1.medium" });
    await place.open();
    expect(record().status).toBe("AVAILABLE");
    place.toWindow();
    await place.open();
    const { operationId } = record();
    expect(record()).toMatchObject({ pending: null, lastUpdate: { status: "PENDING", source: "hangar-maintenance" } });
    const { Operation } = await getOperation({ Name, OperationId: operationId! }, place.ports);
    expect(Operation).toMatchObject({ CreatedBy: caller.arn, Window: record().windows!.opened!.startsAt / 1000 });
    expect(await runLadder(world, Name)).toMatchObject({ end: "Succeeded" });
    expect(record()).toMatchObject({
      ...{ status: "AVAILABLE", settings: { environmentClass: "mw1.medium" } },
      lastUpdate: { status: "SUCCESS", source: "hangar-maintenance" },
    });
    expect(statuses).toEqual(["AVAILABLE", "MAINTENANCE", "AVAILABLE"]);
    await place.open();
    expect(record().operationId).toBeNull();
  });

  it("that fails goes back and ends UPDATE_FAILED, with its source; the window is over", async () => {
    const { world, record, statuses, ...place } = await available();
    await place.ask({ EnvironmentClass: "mw1.medium" });
    place.toWindow();
    await place.open();
    expect(await runLadder(world, Name, { DeployServices: "fails" })).toMatchObject({ end: "RolledBack" });
    expect(statuses.slice(-2)).toEqual(["MAINTENANCE", "UPDATE_FAILED"]);
    expect(record().lastUpdate).toMatchObject({ status: "FAILED", source: "hangar-maintenance" });
    await place.open(newImage);
    expect(record().status, "a window is opened once").toBe("UPDATE_FAILED");
  });

  it("that got stuck is resumed as maintenance", async () => {
    const { world, record, ...place } = await available();
    await place.ask({ EnvironmentClass: "mw1.medium" });
    place.toWindow();
    await place.open();
    await runLadder(world, Name, { DeployServices: "fails", UndoDeployServices: "fails" });
    expect(record().status).toBe("UNAVAILABLE");
    await resumeOperation({ Name, OperationId: record().lastUpdate.operationId! }, place.ports);
    expect(record()).toMatchObject({ status: "MAINTENANCE", lastUpdate: { source: "hangar-maintenance" } });
    await runLadder(world, Name);
    expect(record().operationId).toBeNull();
  });

  it("of another version shows MAINTENANCE where an upgrade shows UPDATING", async () => {
    const { world } = await availableOnOld();
    const { record, statuses, ...place } = maintained(world, upgradePool);
    await place.ask({ AirflowVersion: "3.3.1" });
    place.toWindow();
    await place.open();
    expect(await runLadder(world, Name)).toMatchObject({ end: "Succeeded" });
    expect(statuses).toEqual(["AVAILABLE", "MAINTENANCE", "CREATING_SNAPSHOT", "MAINTENANCE", "AVAILABLE"]);
    expect(record().settings.airflowVersion).toBe("3.3.1");
  });

  it("of another version that fails on its way rolls back as ever", async () => {
    const { world } = await availableOnOld();
    const { record, statuses, ...place } = maintained(world, upgradePool);
    await place.ask({ AirflowVersion: "3.3.1" });
    place.toWindow();
    await place.open();
    expect(await runLadder(world, Name, { MigrateDatabase: "fails" })).toMatchObject({ end: "RolledBack" });
    expect(statuses.slice(1, 3)).toEqual(["MAINTENANCE", "CREATING_SNAPSHOT"]);
    expect(statuses.slice(-2)).toEqual(["ROLLING_BACK", "UPDATE_FAILED"]);
    expect(record().settings.airflowVersion).toBe("2.11.2");
  });

  it("that would not be done by the window's end waits for the next, unless it was said that it may take longer", async () => {
    for (const MayOverrun of [false, true]) {
      const { record, ...place } = await available();
      await place.ask({ EnvironmentClass: "mw1.medium", MayOverrun });
      place.toWindow(119);
      await place.open();
      expect(record().status).toBe(MayOverrun ? "MAINTENANCE" : "AVAILABLE");
      place.toWindow();
      await place.open();
      expect(record().status).toBe("MAINTENANCE");
    }
  });

  it("that does not fit any more ends, once, with the reason; nothing else is changed, and the window is not used up", async () => {
    const { record, ...place } = await available();
    await place.ask({ MaxWorkers: 9 });
    const before = record();
    place.toWindow();
    await place.open({ quotas: { environments: 10, workers: 4 } });
    expect(record()).toEqual({
      ...before,
      ...{ generation: before.generation + 1, pending: null },
      lastUpdate: {
        ...{ status: "FAILED", createdAt: place.world.clock.now(), source: "hangar-maintenance" },
        error: { code: "WorkerLimits", message: expect.stringContaining("was not begun, and nothing was changed") },
      },
    });
    await place.open(newImage);
    expect(record().status).toBe("MAINTENANCE");
  });

  it("that does not fit any more is not told over an operation that began meanwhile", async () => {
    const { world, record, ...place } = await available();
    await place.ask({ MaxWorkers: 9 });
    place.toWindow();
    const pool = { ...testPool, quotas: { environments: 10, workers: 4 } };
    const get = world.environments.get;
    let reads = 0;
    const environments = {
      ...place.ports.environments,
      get: async (name: string) => {
        // after it was judged, and before that is written
        if (++reads === 2) await updateEnvironment({ Name, MinWorkers: 2 }, place.ports, caller);
        return get(name);
      },
    };
    await openMaintenanceWindows({ ...place.ports, environments, pool });
    expect(record()).toMatchObject({ status: "UPDATING", pending: {}, lastUpdate: { status: "PENDING" } });
  });

  it("keeps waiting where a dependency is away, and where its options cannot be read", async () => {
    const { world, record, ...place } = await available();
    await place.ask({ AirflowConfigurationOptions: { "core.parallelism": "8" } });
    place.toWindow();
    world.fail("controlBucket.getConfiguration", new Error("503"));
    await expect(place.open()).rejects.toThrow("503");
    const { key } = record().pending!.configuration!;
    const path = [...world.controlBucket.objects.keys()].find((one) => one.endsWith(key))!;
    const object = world.controlBucket.objects.get(path)!;
    world.controlBucket.objects.delete(path);
    await expect(place.open()).rejects.toThrow(/is gone/);
    expect(record()).toMatchObject({ status: "AVAILABLE", pending: { waitsFor: "window" } });
    world.controlBucket.objects.set(path, object);
    await place.open();
    expect(record()).toMatchObject({ status: "MAINTENANCE", pending: null });
  });

  it("whose start was cut off is started by the sweeper, under the same name", async () => {
    const { world, record, ...place } = await available();
    await place.ask({ MaxWorkers: 9 });
    place.toWindow();
    world.fail("workflows.start", new Error("killed"));
    await expect(place.open()).rejects.toThrow("killed");
    await place.open();
    await sweepOperations(place.ports);
    const started = [...world.workflows.executions.values()].filter(({ kind }) => kind === "update-environment");
    expect(started.map(({ input }) => input)).toEqual([{ operationId: record().operationId, attempt: 1 }]);
  });
});

describe("an image patch", () => {
  it("is applied in a window by itself: every service is rolled gracefully, the layer made again for it", async () => {
    const { world, record, ...place } = await available(
      { RequirementsS3Path: "requirements.txt" },
      { "requirements.txt": "pendulum" },
    );
    const before = record();
    await place.open(newImage);
    expect(record()).toEqual(before);
    place.toWindow();
    await place.open(newImage);
    const { plan, createdBy } = world.operations.items.get(record().operationId!)!;
    expect(createdBy).toBe("hangar-maintenance");
    expect(plan).toMatchObject({
      ...{ strategy: "GRACEFUL", after: { image: "hangar/airflow:3.3.1-2", settings: before.settings } },
      ...{ layer: { kind: "build", build: { image: "hangar/airflow:3.3.1-2" } }, drain: {} },
    });
    expect(await runLadder(world, Name)).toMatchObject({ end: "Succeeded" });
    expect(record()).toMatchObject({ status: "AVAILABLE", image: "hangar/airflow:3.3.1-2" });
    expect(record().layer!.key).not.toBe(before.layer!.key);
  });

  it("begins where what was asked for would take too long, and comes with it where not", async () => {
    for (const minutes of [1, 80]) {
      const { world, record, ...place } = await available();
      await place.ask({ EnvironmentClass: "mw1.medium" });
      const pending = record().pending!;
      world.environments.items.set(Name, { ...record(), pending: { ...pending, expectedSeconds: 7000 } });
      place.toWindow(minutes);
      await place.open(newImage);
      const { plan } = world.operations.items.get(record().operationId!)!;
      const asked = { settings: { environmentClass: minutes === 1 ? "mw1.medium" : "mw1.small" } };
      expect(plan).toMatchObject({ after: { image: "hangar/airflow:3.3.1-2", ...asked } });
      expect(record().pending ?? null).toEqual(minutes === 1 ? null : { ...pending, expectedSeconds: 7000 });
    }
  });

  it("of a version the pool has no image of (any more) is none", async () => {
    const { record, ...place } = await available();
    place.toWindow();
    await place.open({ images: { "3.3.1": { reason: "it was taken away" } } });
    expect(record().status).toBe("AVAILABLE");
  });
});

describe("the schedule", () => {
  it("reads nothing but the records where nothing waits", async () => {
    const { world, ...place } = await available();
    place.toWindow();
    const before = world.calls.length;
    await place.open();
    expect(world.calls.slice(before)).toEqual(["environments.all"]);
  });

  it("keeps no environment waiting for another one's trouble", async () => {
    const { world, record, ...place } = await available();
    await place.ask({ MaxWorkers: 9 });
    const other = { ...record(), name: "another", environmentId: "e0000000009" };
    world.environments.items.set("another", other);
    place.toWindow();
    world.fail("operations.create", new Error("connection lost"));
    await expect(place.open()).rejects.toThrow("connection lost");
    expect(record().status).toBe("MAINTENANCE");
    expect(world.environments.items.get("another")!.pending).toEqual(other.pending);
  });
});

describe("the way into Airflow", () => {
  it("stays open during maintenance", async () => {
    const { world, record, ...place } = await available();
    await place.ask({ EnvironmentClass: "mw1.medium" });
    place.toWindow();
    await place.open();
    withSigningKeys(world, record().names.signInSecret);
    world.airflowRest.answer = { status: 200, body: "{}" };
    const call = { Name, Path: "/dags", Method: "GET" } as const;
    expect(await invokeRestApi(call, place.ports, caller)).toMatchObject({ RestApiStatusCode: 200 });
    const { WebToken } = await createWebLoginToken({ Name }, place.ports, caller);
    expect(WebToken).toMatch(/./);
  });
});
