// Layers in the history of releases, and back to one of them: the real ladders on the in-memory world.
import { beforeEach, describe, expect, it } from "vitest";
import { layerFolder, resultKey } from "../../shared/domain/layer.ts";
import { offerLayer, readOffer, removeOldLayers } from "../../shared/runtime/layer-offers.ts";
import { bringLayerLevel } from "../../shared/runtime/layer-noter.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { archiveBytes, unbuildable } from "../../shared/testing/memory-builder.ts";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToUpdate, caller, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { reconcileReleases } from "../schedules/reconcile-releases.ts";
import { getRelease } from "./get-release.ts";
import { getSync } from "./get-sync.ts";
import { listReleases } from "./list-releases.ts";
import { rollbackRelease } from "./rollback-release.ts";

const files = { "requirements.txt": "pendulum==1.0" };
const request = { RequirementsS3Path: "requirements.txt" };
let { world } = await availableWorld(request, files);
beforeEach(async () => {
  ({ world } = await availableWorld(request, files));
});

const ports = () => ({ ...world.ports, pool: testPool, sync: testPool.sync });
const record = async () => (await world.environments.get("first"))!;
const itemNow = async () => (await world.environments.getRelease("first", (await record()).environmentId))!;
const requirements = (text: string) => world.sourceBuckets.upload("my-dags", "requirements.txt", text);
const rollback = (number: number, Layers?: boolean) =>
  rollbackRelease({ Name: "first", Number: number, ...(Layers === undefined ? {} : { Layers }) }, ports(), caller);
type View = Record<string, unknown>;
const list = async () =>
  ((await listReleases({ Name: "first" }, world.ports)).Releases as readonly View[]).map(
    ({ Number: number, Kind, State }) => `${number} ${Kind} ${State}`,
  );
const release = async (number: number, Against?: number) =>
  (await getRelease({ Name: "first", Number: number, ...(Against ? { Against } : {}) }, world.ports)) as {
    Release: View;
    Diff: View;
  };
/** What the tasks' layer was made of. */
const runs = async () => {
  const { names, layer } = await record();
  const { sha256 } = layer!.files.requirements!;
  const blob = world.controlBucket.objects.get(`${names.prefix}blobs/${sha256}`)!.body;
  const keys = [...world.containers.services.values()].map(({ spec }) => spec.task.environment["HANGAR_LAYER_KEY"]);
  expect(new Set(keys)).toEqual(new Set([layer!.key]));
  return new TextDecoder().decode(blob as Uint8Array);
};
/** The schedules come round, and operations run to their ends. */
async function peace(): Promise<void> {
  for (let round = 0; round < 8; round++) {
    await offerLayer("first", ports());
    await reconcileReleases(ports());
    world.clock.advance(61_000);
    if ((await record()).operationId) await runLadder(world, "first");
  }
}
async function rollForward(text: string): Promise<void> {
  requirements(text);
  await peace();
  expect(await runs()).toBe(text);
}

describe("the history", () => {
  it("says of the first release which layer it ran with, and numbers every other layer that comes to run", async () => {
    expect(await list()).toEqual(["1 FILES LIVE"]);
    expect((await release(1)).Release).toMatchObject({ Layer: { Packages: ["pendulum==1.0"], Plugins: [] } });
    expect((await release(1)).Release).toMatchObject({ Layer: { SizeBytes: 13, ArchiveBytes: archiveBytes } });
    await rollForward("pendulum==2.0");
    await rollForward("pendulum==3.0");
    expect(await list()).toEqual(["3 LAYER LIVE", "2 LAYER REPLACED", "1 FILES LIVE"]);
    expect((await release(3)).Release).toMatchObject({
      By: "hangar-sync",
      Reason: "Another layer came to run: requirements changed.",
      Files: [{ Path: "first.py" }],
    });
    const { Diff } = await release(3, 1);
    expect(Diff).toMatchObject({ Against: 1, Added: [], Changed: [], Removed: [] });
    expect(Diff["Layer"]).toMatchObject({
      Files: [{ Part: "requirements" }],
      Packages: [{ Name: "pendulum", Before: "1.0", After: "3.0" }],
      Plugins: { Added: [], Removed: [] },
    });
  });

  it("names the layer beside files that go live later", async () => {
    await rollForward("pendulum==2.0");
    world.sourceBuckets.upload("my-dags", "dags/first.py", "two");
    await publishRelease(await record(), ports());
    world.clock.advance(200_000);
    await peace();
    expect(await list()).toEqual(["3 FILES LIVE", "2 LAYER LIVE", "1 FILES REPLACED"]);
    expect((await release(3)).Release).toMatchObject({ Layer: { Packages: ["pendulum==2.0"] } });
    expect((await release(3, 1)).Diff).toMatchObject({ Layer: { Packages: [{ Name: "pendulum" }] } });
  });

  it("gets no second entry of one layer, however often and wherever it is cut off", async () => {
    await askToUpdate(world, { RequirementsS3ObjectVersion: requirements("pendulum==2.0") });
    for (const method of ["controlBucket.putHistory", "environments.putRelease", "controlBucket.putControl"] as const)
      for (const when of ["before", "after"] as const) {
        world.fail(method, new Error("killed"), 1, when);
        await runLadder(world, "first").catch(() => undefined);
        await bringLayerLevel(await record(), undefined, ports()).catch(() => undefined);
        world.heal();
      }
    await peace();
    expect(await list()).toEqual(["2 LAYER LIVE", "1 FILES LIVE"]);
  });

  it("of an environment from before says which layer runs, once somebody looks", async () => {
    const { layer: _, ...old } = await itemNow();
    for (const key of world.environments.releases.keys()) world.environments.releases.set(key, old);
    const entry = (await world.controlBucket.getHistory((await record()).names.prefix, 1))!;
    const { layer: __, base: ___, ...bare } = entry;
    await world.controlBucket.putHistory((await record()).names.prefix, bare);
    expect((await release(1)).Release["Layer"]).toBeUndefined();
    expect((await rollback(1).catch((error: Error) => error)) as Error).toMatchObject({ name: "InvalidRequest" });
    await peace();
    expect((await release(1)).Release["Layer"]).toMatchObject({ Packages: ["pendulum==1.0"] });
    expect(await list()).toEqual(["1 FILES LIVE"]);
  });
});

describe("a rollback with its layer", () => {
  it("starts a graceful update to the layer of that release; repeated it starts none besides", async () => {
    await rollForward("pendulum==2.0");
    const builds = world.containers.oneOffs.size;
    const answer = await rollback(1, true);
    const { operationId, lastUpdate } = await record();
    expect(answer).toMatchObject({ OperationId: operationId, Layer: { Standing: "ROLLING" }, Release: { Number: 1 } });
    expect(lastUpdate).toMatchObject({ status: "PENDING", workerReplacementStrategy: "GRACEFUL" });
    expect(await rollback(1, true)).toEqual(answer);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(await runs()).toBe("pendulum==1.0");
    expect(world.containers.oneOffs.size, "nothing was built: it lay there").toBe(builds);
    expect(await rollback(1, true)).toMatchObject({ Layer: { Standing: "SAME" }, Release: { Number: 1 } });
    expect((await record()).operationId).toBeNull();
    expect(await list()).toEqual(["3 LAYER LIVE", "2 LAYER REPLACED", "1 FILES LIVE"]);
    expect((await release(3)).Release).toMatchObject({ RollbackOf: 1, By: caller.arn });
  });

  it("leaves what lies in the bucket outside until another version is uploaded, and says so", async () => {
    requirements("pendulum==2.0");
    await askToUpdate(world, { RequirementsS3Path: "requirements.txt" });
    await runLadder(world, "first"); // nobody has looked at the bucket in between
    await rollback(1, true);
    await runLadder(world, "first");
    const generation = (await record()).resourceGeneration;
    await peace();
    expect(await runs()).toBe("pendulum==1.0");
    expect((await record()).resourceGeneration).toBe(generation);
    const sync = (await getSync({ Name: "first" }, world.ports)) as { Offer: View; Problems: string[] };
    expect(sync.Offer).toMatchObject({ State: "HELD", Error: expect.stringContaining("release 1") });
    expect(sync.Problems[0]).toContain("stays outside until another version is uploaded");
    await askToUpdate(world, { EnvironmentClass: "mw1.medium" });
    await peace();
    expect(await runs(), "an update of something else does not take it").toBe("pendulum==1.0");
    await rollForward("pendulum==3.0");
    expect((await record()).layerHold).toBeNull();
    expect((await readOffer(await record(), world))?.offer.state).toBe("settled");
  });

  it("is taken back by naming the file again", async () => {
    await rollForward("pendulum==2.0");
    await rollback(1, true);
    await peace();
    await askToUpdate(world, { RequirementsS3Path: "requirements.txt" });
    await peace();
    expect(await runs()).toBe("pendulum==2.0");
  });

  it("moves a pin with it, and names files that were cleared", async () => {
    const { requirementsS3ObjectVersion: _, ...named } = (await record()).settings;
    const first = (await record()).layer!.files.requirements!.versionId;
    await askToUpdate(world, { RequirementsS3ObjectVersion: requirements("pendulum==2.0") });
    await peace();
    await rollback(1, true);
    await peace();
    expect((await record()).settings).toEqual({ ...named, requirementsS3ObjectVersion: first });
    await askToUpdate(world, { RequirementsS3Path: null } as never);
    await peace();
    expect((await record()).layer).toBeNull();
    expect((await release(4)).Release["Layer"]).toBeNull();
    await rollback(1, true);
    await peace();
    expect((await record()).settings).toEqual(named);
    expect(await runs()).toBe("pendulum==1.0");
    await rollback(4, true);
    await peace();
    expect(await record()).toMatchObject({ layer: null, status: "AVAILABLE" });
    expect((await record()).settings.requirementsS3Path).toBeUndefined();
  });

  it("builds the layer again of its own bytes where it was removed, whatever became of the upload", async () => {
    const { names, layer } = await record();
    await rollForward("pendulum==2.0");
    await world.controlBucket.empty(`${names.prefix}${layerFolder(layer!.key)}`);
    world.sourceBuckets.erase("my-dags", "requirements.txt");
    await rollback(1, true);
    await runLadder(world, "first");
    expect(await runs()).toBe("pendulum==1.0");
    expect(world.controlBucket.objects.has(`${names.prefix}${resultKey(layer!.key)}`)).toBe(true);
  });

  it("without Layers moves the files alone, and says that the layer differs and how to take it, too", async () => {
    await rollForward("pendulum==2.0");
    world.sourceBuckets.upload("my-dags", "dags/first.py", "two");
    await peace();
    world.clock.advance(200_000);
    await peace();
    const answer = await rollback(1);
    expect(answer).toMatchObject({ Release: { Number: 4, RollbackOf: 1 }, Layer: { Standing: "DIFFERENT" } });
    expect((answer as unknown as { Layer: View }).Layer["Message"]).toContain("release rollback first 1 --layers");
    expect("OperationId" in answer).toBe(false);
    expect(await record()).toMatchObject({ status: "AVAILABLE", operationId: null });
    expect(await rollback(1, true)).toMatchObject({ Release: { Number: 4 }, Layer: { Standing: "ROLLING" } });
  });

  it("of the layer alone is asked for in so many words", async () => {
    await rollForward("pendulum==2.0");
    await expect(rollback(1)).rejects.toThrow(/has the files that run already.*--layers/);
    await expect(rollback(2)).rejects.toThrow("has the same files");
    await expect(rollback(2, true)).rejects.toThrow("has the same files");
  });

  it("is refused before anything moves: while an update is under way, and where the layer is not on record", async () => {
    await rollForward("pendulum==2.0");
    world.sourceBuckets.upload("my-dags", "dags/first.py", "two");
    await peace();
    world.clock.advance(200_000);
    await peace();
    const before = (await itemNow()).release;
    await askToUpdate(world, { MaxWorkers: 3 });
    await expect(rollback(1, true)).rejects.toMatchObject({ name: "EnvironmentBusy" });
    await runLadder(world, "first");
    const { prefix } = (await record()).names;
    const { layer: _, ...bare } = (await world.controlBucket.getHistory(prefix, 1))!;
    await world.controlBucket.putHistory(prefix, bare);
    await expect(rollback(1, true)).rejects.toThrow("not on record");
    expect((await itemNow()).release).toEqual(before);
    expect(await rollback(1)).toMatchObject({ Layer: { Standing: "UNKNOWN" } });
  });

  it("whose tasks do not come up leaves what runs, and can be asked for again", async () => {
    await rollForward("pendulum==2.0");
    world.agents.script.unhealthyGenerations = [3];
    await rollback(1, true);
    expect((await runLadder(world, "first")).end).toBe("RolledBack");
    await peace();
    expect(await record()).toMatchObject({ status: "UPDATE_FAILED" });
    expect(await runs()).toBe("pendulum==2.0");
    expect((await record()).layerHold ?? null).toBeNull();
    await rollback(1, true);
    await peace();
    expect(await runs()).toBe("pendulum==1.0");
  });

  it("cut off anywhere goes on when it is repeated", async () => {
    for (const method of [
      "environments.putRelease",
      "controlBucket.putControl",
      "operations.create",
      "environments.replace",
      "workflows.start",
    ] as const)
      for (const when of ["before", "after"] as const) {
        ({ world } = await availableWorld(request, files));
        await rollForward("pendulum==2.0");
        world.sourceBuckets.upload("my-dags", "dags/first.py", "two");
        await peace();
        world.clock.advance(200_000);
        await peace();
        world.fail(method, new Error("killed"), 1, when);
        await rollback(1, true).catch(() => undefined);
        world.heal();
        await rollback(1, true);
        await peace();
        expect(await runs(), `${method} ${when}`).toBe("pendulum==1.0");
        const { release: live } = await itemNow();
        expect((await release(live.number)).Release, `${method} ${when}`).toMatchObject({ RollbackOf: 1 });
      }
  });

  it("of a layer that could not be built is none: what runs now is what the history says", async () => {
    requirements(unbuildable);
    await peace();
    expect(await list()).toEqual(["1 FILES LIVE"]);
  });
});

it("layers that ran last stay built, for the way back", async () => {
  const { names, layer } = await record();
  await rollForward("pendulum==2.0");
  for (let at = 0; at < 8; at++)
    await world.controlBucket.putLayerText(names.prefix, `layers/l-${at}/recipe.json`, "{}");
  for (let round = 0; round < 5; round++) await removeOldLayers(await record(), ports());
  const left = (await world.controlBucket.listLayers(names.prefix)).map(({ key }) => key);
  expect(left).toEqual(["l-7", "l-6", "l-5", "l-4", "l-3", (await record()).layer!.key, layer!.key]);
});
