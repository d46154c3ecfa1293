// Uploads, operations and kills in any order: what runs in the end is the newest layer that can be built.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { askToCreate, askToDelete, askToUpdate, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { conflictText, unbuildable } from "../testing/memory-builder.ts";
import type { PortMethod } from "../testing/memory-world.ts";
import { offerLayer, readOffer, removeOldLayers } from "./layer-offers.ts";

type World = ReturnType<typeof emptyWorld>;

const upload = (world: World, content: string) => world.sourceBuckets.upload("my-dags", "requirements.txt", content);
const record = async (world: World) => (await world.environments.get("first"))!;
const offer = async (world: World) => (await readOffer(await record(world), world))?.offer;
const reconcile = (world: World) => offerLayer("first", { ...world.ports, pool: testPool });
const builds = (world: World) => [...world.containers.oneOffs.keys()].filter((token) => token.includes("-layer-"));

async function settled(world: World): Promise<void> {
  for (let round = 0; round < 12; round++) {
    await reconcile(world);
    world.clock.advance(61_000);
    if ((await record(world)).operationId) await runLadder(world, "first");
  }
}

async function available(changes = {}) {
  const world = emptyWorld();
  const versionId = upload(world, "pendulum");
  await askToCreate(world, { RequirementsS3Path: "requirements.txt", ...changes });
  await runLadder(world, "first");
  return { world, versionId };
}

const keysOfTasks = (world: World) =>
  new Set([...world.containers.services.values()].map(({ spec }) => spec.task.environment["HANGAR_LAYER_KEY"]));

describe("an upload nobody pinned", () => {
  it("is built off to the side, then rolled out gracefully by an update of Hangar's own", async () => {
    const { world } = await available();
    const before = await record(world);
    const versionId = upload(world, "pendulum==3.2");
    await reconcile(world);
    expect(await offer(world)).toMatchObject({ state: "building" });
    expect(await record(world)).toEqual(before);
    await reconcile(world);
    await reconcile(world);
    expect(await record(world)).toMatchObject({
      status: "UPDATING",
      lastUpdate: { source: "hangar-sync", workerReplacementStrategy: "GRACEFUL" },
    });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    const after = await record(world);
    expect(after).toMatchObject({ status: "AVAILABLE", layer: { files: { requirements: { versionId } } } });
    expect(after.settings).toEqual(before.settings);
    expect(keysOfTasks(world)).toEqual(new Set([after.layer!.key]));
  });

  it("that cannot be built is said in the resolver's words, touches nothing and is not tried again", async () => {
    const { world, versionId } = await available();
    upload(world, unbuildable);
    await settled(world);
    expect(await offer(world)).toMatchObject({ state: "failed", error: conflictText });
    expect(await record(world)).toMatchObject({
      status: "AVAILABLE",
      layer: { files: { requirements: { versionId } } },
    });
    const tried = builds(world).length;
    await settled(world);
    expect(builds(world)).toHaveLength(tried);
    upload(world, "pendulum==3.3");
    await settled(world);
    expect(keysOfTasks(world)).toEqual(new Set([(await record(world)).layer!.key]));
    expect((await record(world)).layer!.files.requirements!.versionId).not.toBe(versionId);
  });

  it("whose tasks do not come up is rolled back once, not for ever", async () => {
    const { world, versionId } = await available();
    world.agents.script.unhealthyGenerations = [2, 3, 4];
    upload(world, "pendulum==3.2");
    await settled(world);
    expect(await offer(world)).toMatchObject({ state: "failed" });
    expect(await record(world)).toMatchObject({
      status: "UPDATE_FAILED",
      layer: { files: { requirements: { versionId } } },
      resourceGeneration: 2,
    });
  }, 30_000);

  it("whose builder dies is built again, and given up after the fourth", async () => {
    const { world } = await available();
    const dies = () => {
      for (const task of world.containers.oneOffs.values()) task.stopped ??= { exitCode: 137, reason: "killed" };
    };
    upload(world, "pendulum==3.2");
    const before = builds(world).length;
    for (let round = 0; round < 8; round++) {
      await reconcile(world);
      dies();
    }
    expect(builds(world).length - before).toBe(4);
    expect(await offer(world)).toMatchObject({ state: "failed", error: expect.stringContaining("exit code 137") });
    const versionId = upload(world, "pendulum==3.3");
    await reconcile(world);
    dies();
    await settled(world);
    expect((await record(world)).layer?.files.requirements?.versionId).toBe(versionId);
  });

  it("of the same content under another version rolls nothing", async () => {
    const { world } = await available();
    upload(world, "pendulum");
    await settled(world);
    expect(await record(world)).toMatchObject({ status: "AVAILABLE", resourceGeneration: 1 });
  });

  it("of a pinned file is left alone", async () => {
    const { world, versionId } = await available({ RequirementsS3ObjectVersion: "version-2" });
    expect(versionId).toBe("version-2");
    upload(world, "pendulum==3.2");
    await settled(world);
    expect(await record(world)).toMatchObject({
      resourceGeneration: 1,
      layer: { files: { requirements: { versionId } } },
    });
  });

  it("that is being built when the environment is deleted leaves nothing", async () => {
    const { world } = await available();
    upload(world, "pendulum==3.2");
    await reconcile(world);
    await askToDelete(world);
    await runLadder(world, "first");
    await reconcile(world);
    expect(world.leftovers()).toEqual([]);
  });

  it("installs what an earlier version of Hangar only kept on the record", async () => {
    const { world } = await available();
    world.environments.items.set("first", { ...(await record(world)), layer: null });
    await settled(world);
    expect((await record(world)).layer).not.toBeNull();
    expect(await record(world)).toMatchObject({ status: "AVAILABLE", resourceGeneration: 2 });
  });
});

it("layers that nothing uses are removed, and what runs is not", async () => {
  const { world } = await available();
  const { names, layer } = await record(world);
  for (let at = 0; at < 8; at++)
    await world.controlBucket.putLayerText(names.prefix, `layers/l-${at}/recipe.json`, "{}");
  for (let round = 0; round < 5; round++)
    await removeOldLayers(await record(world), { ...world.ports, pool: testPool });
  const left = (await world.controlBucket.listLayers(names.prefix)).map(({ key }) => key);
  expect(left).toEqual(["l-7", "l-6", "l-5", "l-4", "l-3", layer!.key]);
});

/** Where a call may be cut off: what the reconciler calls, before or after the work was done. */
const cuts: readonly PortMethod[] = [
  "controlBucket.putLayerText",
  "controlBucket.copyBlob",
  "controlBucket.getLayerText",
  "containers.runOnce",
  "containers.describeOnce",
  "operations.create",
  "environments.replace",
  "workflows.start",
  "sourceBuckets.find",
];

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("upload" as const), good: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("reconcile" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("killed reconcile" as const),
      method: fc.constantFrom(...cuts),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("operate" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("a builder dies" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("update" as const), file: fc.boolean() }) },
);

it("whatever uploads, updates and kills come in between: the newest layer that can be built runs, a failed one never", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14, size: "max" }), fc.boolean(), async (steps, endsGood) => {
      const { world } = await available();
      const good = new Set(["version-2"]);
      let count = 0;
      const put = (isGood: boolean) => {
        const versionId = upload(world, `${isGood ? "pendulum" : unbuildable}==${++count}`);
        if (isGood) good.add(versionId);
        return versionId;
      };
      const runsGood = async () => expect(good).toContain((await record(world)).layer!.files.requirements!.versionId);
      for (const one of steps) {
        world.clock.advance(20_000);
        if (one.do === "upload") put(one.good);
        else if (one.do === "reconcile") await reconcile(world);
        else if (one.do === "killed reconcile") {
          world.fail(one.method, new Error("killed"), 1, one.when);
          await reconcile(world).catch(() => undefined);
          world.heal();
        } else if (one.do === "a builder dies") {
          for (const task of world.containers.oneOffs.values()) task.stopped ??= { exitCode: 137, reason: "killed" };
        } else if (one.do === "update") {
          const request = one.file ? { RequirementsS3Path: "requirements.txt" } : { MaxWorkers: 5 };
          await askToUpdate(world, request).catch(() => undefined);
        } else if ((await record(world)).operationId) await runLadder(world, "first");
        await runsGood();
      }
      const last = put(endsGood);
      await settled(world);
      await runsGood();
      const { layer, operationId, status } = await record(world);
      expect(operationId).toBeNull();
      expect(["AVAILABLE", "UPDATE_FAILED"]).toContain(status);
      if (endsGood) expect(layer!.files.requirements!.versionId).toBe(last);
      else expect(await offer(world)).toMatchObject({ state: "failed", error: conflictText });
      expect(keysOfTasks(world)).toEqual(new Set([layer!.key]));
      expect([...world.containers.oneOffs.values()].filter(({ stopped }) => !stopped)).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 240_000);
