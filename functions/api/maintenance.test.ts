import { beforeEach, describe, expect, it } from "vitest";
import type { EnvironmentItem } from "../../shared/domain/items.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { caller, testPool } from "../../state-machines/testing/requests.ts";
import { openMaintenanceWindows } from "../schedules/open-maintenance-windows.ts";
import { cancelPendingUpdate } from "./cancel-pending-update.ts";
import { deferWindow } from "./defer-window.ts";
import { getEnvironment } from "./get-environment.ts";
import { getWindow } from "./get-window.ts";
import { scheduleUpdate } from "./schedule-update.ts";
import { skipWindow } from "./skip-window.ts";
import { updateEnvironment } from "./update-environment.ts";

let world: Awaited<ReturnType<typeof availableWorld>>["world"];
let ports: typeof world.ports & { pool: Pool };
beforeEach(async () => {
  ({ world } = await availableWorld({ WeeklyMaintenanceWindowStart: "SUN:03:00" }));
  ports = { ...world.ports, pool: testPool };
});
const Name = "first";
const [sunday, monday] = [Date.UTC(2026, 0, 4, 3), Date.UTC(2026, 0, 5)];
const record = () => world.environments.items.get(Name)!;
const put = (changes: Partial<EnvironmentItem>) => world.environments.items.set(Name, { ...record(), ...changes });
const at = (time: number) => world.clock.advance(time - world.clock.now());
const ask = (request: object = { MaxWorkers: 5 }) => scheduleUpdate({ Name, ...request }, ports, caller);
const text = () => JSON.stringify([...world.environments.items, ...world.operations.items]);

describe("POST pending", () => {
  it("notes the change, changes nothing else, and says when it begins", async () => {
    const before = record();
    const { Maintenance } = await ask({ MaxWorkers: 5, AirflowConfigurationOptions: { "core.parallelism": "8" } });
    expect(Maintenance).toMatchObject({
      Start: "SUN:03:00",
      Window: { StartsAt: sunday / 1000, EndsAt: sunday / 1000 + 7200, IsOpen: false },
      Pending: {
        ...{ RequestedBy: caller.arn, WaitsFor: "WINDOW", StartsAt: sunday / 1000, MayOverrun: false },
        Members: ["AirflowConfigurationOptions", "MaxWorkers"],
      },
    });
    const { pending, generation } = record();
    expect(record()).toEqual({ ...before, pending, generation });
    expect([...world.operations.items.values()].map(({ kind }) => kind)).toEqual(["create-environment"]);
  });

  it("keeps options out of the record: they lie in the control bucket, where an update would put them", async () => {
    const options = { "smtp.smtp_password": "hunter2" };
    await ask({ AirflowConfigurationOptions: options });
    expect(text()).not.toContain("hunter2");
    const { names, pending } = record();
    expect(await world.controlBucket.getConfiguration(names.prefix, pending!.configuration!.key)).toEqual(options);
  });

  it.each([
    ["WorkerLimits", { MaxWorkers: 4000 }],
    ["UploadedFileUnfit", { RequirementsS3Path: "nowhere.txt" }],
    ["VersionChangeRefused", { AirflowVersion: "2.10.3" }],
  ])("refuses at once what UpdateEnvironment would refuse: %s", async (name, request) => {
    const before = text();
    await expect(ask(request)).rejects.toMatchObject({ name });
    expect(text()).toBe(before);
  });

  it("takes the very same again as the same, and refuses another until the first is cancelled", async () => {
    const { Maintenance } = await ask();
    const stored = text();
    world.clock.advance(1000);
    expect((await ask()).Maintenance).toEqual(Maintenance);
    expect(text()).toBe(stored);
    for (const other of [{ MaxWorkers: 6 }, { MaxWorkers: 5, MayOverrun: true }])
      await expect(ask(other)).rejects.toMatchObject({
        name: "PendingChangeExists",
        message: expect.stringMatching(/hangar window cancel first/),
      });
    await cancelPendingUpdate({ Name }, ports);
    expect((await ask({ MaxWorkers: 6 })).Maintenance["Pending"]).toMatchObject({ Members: ["MaxWorkers"] });
  });

  it("is refused while another operation is in flight, in MWAA's words", async () => {
    await updateEnvironment({ Name, MaxWorkers: 3 }, ports, caller);
    await expect(ask()).rejects.toMatchObject({ name: "EnvironmentBusy" });
  });

  it("cut off before the record was written has changed nothing, and is harmless to repeat", async () => {
    world.fail("environments.replace", new Error("killed"));
    await expect(ask()).rejects.toThrow("killed");
    expect(record().pending).toBeUndefined();
    await ask();
    expect(record().pending).toMatchObject({ request: { MaxWorkers: 5 }, waitsFor: "window" });
  });
});

describe("DELETE pending", () => {
  it("takes it off; a second one finds nothing, and says where one that began is", async () => {
    await ask();
    expect((await cancelPendingUpdate({ Name }, ports)).Maintenance).not.toHaveProperty("Pending");
    await expect(cancelPendingUpdate({ Name }, ports)).rejects.toMatchObject({
      name: "PendingChangeNotFound",
      message: expect.stringContaining("hangar op list first"),
    });
    at(sunday);
    await openMaintenanceWindows(ports);
    expect(record().status).toBe("AVAILABLE");
  });
});

describe("the window", () => {
  const shown = async () => (await getWindow({ Name }, ports)).Maintenance;

  it("is shown the same by GET window and GetEnvironment", async () => {
    await ask();
    const { Environment } = await getEnvironment({ Name }, ports);
    expect((Environment["Hangar"] as { Maintenance: unknown }).Maintenance).toEqual(await shown());
  });

  it("that is skipped passes; what waits begins with the next; skipped twice, it is the same one", async () => {
    await ask();
    for (let times = 0; times < 2; times++) await skipWindow({ Name }, ports);
    const next = sunday + 7 * 86_400_000;
    expect(await shown()).toMatchObject({
      ...{ Window: { StartsAt: next / 1000 }, Skipped: sunday / 1000, Pending: { StartsAt: next / 1000 } },
    });
    at(sunday + 60_000);
    await openMaintenanceWindows(ports);
    expect(record().status).toBe("AVAILABLE");
    at(next);
    await openMaintenanceWindows(ports);
    expect(record()).toMatchObject({ status: "MAINTENANCE", windows: { opened: { startsAt: next } } });
  });

  it("that is deferred opens then; deferred to the same time again, nothing changes", async () => {
    await ask();
    for (let times = 0; times < 2; times++) await deferWindow({ Name, Until: monday / 1000 }, ports);
    expect(await shown()).toMatchObject({ Window: { StartsAt: monday / 1000 }, Deferred: sunday / 1000 });
    at(sunday + 60_000);
    await openMaintenanceWindows(ports);
    expect(record().status).toBe("AVAILABLE");
    at(monday);
    await openMaintenanceWindows(ports);
    expect(record()).toMatchObject({
      status: "MAINTENANCE",
      windows: { opened: { id: new Date(sunday).toISOString(), startsAt: monday }, deferred: null },
    });
  });

  it("is not deferred to the past, and not into the next one", async () => {
    for (const until of [sunday - 3_600_000, sunday + 7 * 86_400_000, sunday + 60_000])
      await expect(deferWindow({ Name, Until: until / 1000 }, ports)).rejects.toMatchObject({
        name: "WindowNotDeferrable",
      });
  });

  it("that passed while nobody looked is told, and made up for by the next", async () => {
    await ask();
    at(sunday + 7_200_000);
    expect(await shown()).toMatchObject({ Missed: [sunday / 1000], Pending: { StartsAt: sunday / 1000 + 604_800 } });
  });

  it("shows a newer image of the version that runs", async () => {
    ports = { ...ports, pool: { ...testPool, images: { "3.3.1": { image: "hangar/airflow:3.3.1-2" } } } };
    expect(await shown()).toMatchObject({ Patch: { From: "hangar/airflow:3.3.1", To: "hangar/airflow:3.3.1-2" } });
  });
});

describe("UpdateEnvironment while MAINTENANCE", () => {
  beforeEach(async () => {
    await ask();
    at(sunday);
    await openMaintenanceWindows(ports);
    expect(record().status).toBe("MAINTENANCE");
  });
  const update = (request: object = { MaxWorkers: 7 }) => updateEnvironment({ Name, ...request }, ports, caller);

  it("is queued, answered as ever, and refused where it is wrong", async () => {
    const { operationId } = record();
    expect(await update()).toEqual({ Arn: record().arn });
    expect(record()).toMatchObject({ operationId, pending: { waitsFor: "maintenance", request: { MaxWorkers: 7 } } });
    expect(await update(), "the same again").toEqual({ Arn: record().arn });
    await expect(update({ MaxWorkers: 8 })).rejects.toMatchObject({ name: "PendingChangeExists" });
    await expect(update({ MaxWorkers: 4000 })).rejects.toMatchObject({ name: "WorkerLimits" });
  });

  it("starts when maintenance has ended, FORCED, with nothing of a window about it", async () => {
    await update({ MaxWorkers: 7, WorkerReplacementStrategy: "GRACEFUL" });
    await openMaintenanceWindows(ports);
    expect(record().status).toBe("MAINTENANCE");
    put({ status: "AVAILABLE", operationId: null, operationKind: null });
    await expect(update({ MaxWorkers: 8 })).rejects.toMatchObject({ name: "EnvironmentBusy" });
    at(sunday + 86_400_000);
    await openMaintenanceWindows(ports);
    expect(record()).toMatchObject({
      ...{ status: "UPDATING", pending: null, operationKind: "update-environment" },
      lastUpdate: { status: "PENDING", workerReplacementStrategy: "FORCED" },
    });
    expect(record().lastUpdate).not.toHaveProperty("source");
    const operation = world.operations.items.get(record().operationId!)!;
    expect(operation).toMatchObject({ createdBy: caller.arn, plan: { after: { settings: { maxWorkers: 7 } } } });
    expect(operation).not.toHaveProperty("window");
  });

  it("waits on while the environment is stuck", async () => {
    await update();
    put({ status: "UNAVAILABLE", operationId: null, operationKind: null });
    await openMaintenanceWindows(ports);
    expect(record()).toMatchObject({ status: "UNAVAILABLE", pending: { waitsFor: "maintenance" } });
  });

  it("that comes as maintenance ends is accepted at once", async () => {
    const get = ports.environments.get;
    let reads = 0;
    // it ends between the first look and the write of what was to be queued
    const environments = {
      ...ports.environments,
      get: async (name: string) => {
        if (++reads === 3) put({ status: "AVAILABLE", operationId: null, operationKind: null, pending: null });
        return get(name);
      },
    };
    await updateEnvironment({ Name, MaxWorkers: 7 }, { ...ports, environments }, caller);
    expect(record()).toMatchObject({ status: "UPDATING", pending: null });
  });
});
