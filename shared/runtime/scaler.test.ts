import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { HangarError } from "../domain/errors.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import type { CreatePlan } from "../domain/plan-create.ts";
import type { LoadPoint } from "../domain/scaling-load.ts";
import { createMemoryWorld } from "../testing/memory-world.ts";
import { planned } from "../testing/planned.ts";
import { scaleWorkers } from "./scaler.ts";

const start = Date.UTC(2026, 0, 1);

/** An environment that runs one worker and may have three, with a load that the test sets. */
async function running(changes: Partial<EnvironmentItem> = {}) {
  const world = createMemoryWorld({ now: start });
  const { environment, operation } = planned({ MinWorkers: 1, MaxWorkers: 3 });
  await world.environments.create({
    ...environment,
    status: "AVAILABLE",
    operationId: null,
    operationKind: null,
    ...changes,
  });
  const worker = (operation.plan as CreatePlan).services.find(({ role }) => role === "worker")!;
  await world.containers.deploy(worker, "secret", null);
  const load: LoadPoint[] = [];
  const reminded: number[] = [];
  const ports = {
    ...world.ports,
    loadMetrics: { load: async () => load },
    reminders: { remind: async (_name: unknown, seconds: number) => void reminded.push(seconds) },
    pool: testPool,
  };
  return {
    world,
    reminded,
    name: environment.name,
    worker,
    needs(need: number) {
      load.push({ at: world.clock.now(), running: need * 5, queued: 0, slots: 5, need });
    },
    look: (raised = false) => scaleWorkers(environment.name, ports, { raised }),
    record: async () => (await world.environments.get(environment.name))!,
    async desired() {
      return (await world.containers.observe([worker.name]))[0]!.desiredCount;
    },
    async document() {
      return (await world.controlBucket.getControl(environment.names.prefix))?.document;
    },
  };
}

describe("a look at an environment's workers", () => {
  it("writes the record, tells the service and the agents, and has itself called again", async () => {
    const { needs, look, record, desired, document, reminded } = await running();
    needs(3);
    await look();
    expect(await record()).toMatchObject({
      workers: 3,
      scaling: { changedAt: start, reason: expect.stringMatching(/^3 workers: 15 running and 0 queued/) },
    });
    expect(await desired()).toBe(3);
    expect(await document()).toMatchObject({ workersWanted: 3, workers: { min: 1, max: 3 } });
    expect(reminded).toEqual([10]);
  });

  it("has one reminder under way, however often it is asked", async () => {
    const { needs, look, reminded, world } = await running();
    needs(3);
    await look();
    await look();
    await world.clock.wait(5000);
    needs(3);
    await look();
    expect(reminded).toEqual([10]);
    await world.clock.wait(5000);
    needs(3);
    await look();
    expect(reminded).toEqual([10, 10]);
  });

  it("for an alarm is always followed by another: what raised it may not be readable yet", async () => {
    const { needs, look, reminded, world } = await running({
      scaling: { changedAt: 0, reason: "1 worker: as asked.", againAt: 0 },
    });
    needs(1);
    await look();
    expect(reminded).toEqual([]);
    await look(true);
    expect(reminded).toEqual([10]);
    await look(true);
    expect(reminded).toEqual([10]);
    await world.clock.wait(10_000);
    await look(true);
    expect(reminded).toEqual([10, 10]);
  });

  it("for an alarm is followed soon, though a later one is under way already", async () => {
    const { needs, look, reminded } = await running({
      scaling: { changedAt: 0, reason: "1 worker: as asked.", againAt: start + 60_000 },
    });
    needs(1);
    await look(true);
    expect(reminded).toEqual([10]);
  });

  it("counts a worker that is being stopped no more: its service has started another in its place", async () => {
    const { needs, look, desired, record, world, worker } = await running();
    world.containers.ending.set(worker.name, ["old1", "old2"]);
    for (let looks = 0; looks < 5; looks++) {
      needs(1);
      await look();
      await world.clock.wait(1000);
    }
    expect([await desired(), (await record()).drains]).toEqual([1, []]);
  });

  it("that died after its record is carried out by the next", async () => {
    const { needs, look, record, desired, world } = await running();
    needs(2);
    world.fail("containers.scale", new Error("killed"));
    await expect(look()).rejects.toThrow("killed");
    expect([(await record()).workers, await desired()]).toEqual([2, 1]);
    await look();
    expect(await desired()).toBe(2);
  });

  it("leaves the workers of an operation in flight alone", async () => {
    const { needs, look, desired, world } = await running({ status: "UPDATING", operationId: "o1" });
    needs(3);
    expect(await look()).toBeUndefined();
    expect(await desired()).toBe(1);
    expect(world.calls).not.toContain("containers.scale");
  });

  it("does nothing when an operation, or another look, changed the record first", async () => {
    const { needs, look, desired, world } = await running();
    needs(3);
    world.fail("environments.replace", new HangarError("ConcurrentChange", "Somebody was faster."));
    expect(await look()).toBeUndefined();
    expect(await desired()).toBe(1);
  });

  it("is quiet about a settled environment: no write, no call, no reminder", async () => {
    const { needs, look, world, reminded } = await running({
      scaling: { changedAt: 0, reason: "1 worker: as asked.", againAt: 0 },
    });
    needs(1);
    const before = world.calls.length;
    await look();
    expect(world.calls.slice(before).filter((call) => /replace|scale|putControl|put/.test(call))).toEqual([]);
    expect(reminded).toEqual([]);
  });
});
