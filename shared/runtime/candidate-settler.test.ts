import { beforeEach, describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import type { Check } from "../domain/release-check.ts";
import { createMemoryWorld, type MemoryWorld } from "../testing/memory-world.ts";
import { recordIn } from "../testing/planned.ts";
import { type SettlerPorts, settleRelease } from "./candidate-settler.ts";
import { publishRelease } from "./release-publisher.ts";

const environment = recordIn("AVAILABLE");
const { prefix } = environment.names;
let world: MemoryWorld;
let ports: SettlerPorts;

beforeEach(async () => {
  world = createMemoryWorld({ now: 1_000_000 });
  ports = { ...world.ports, sync: testPool.sync };
  world.sourceBuckets.make("my-dags");
  for (const path of ["a.py", "b.py"]) world.sourceBuckets.upload("my-dags", `dags/${path}`, "1");
  await world.environments.create(environment);
  await publishRelease(environment, ports);
  for (const path of ["a.py", "b.py"]) world.sourceBuckets.upload("my-dags", `dags/${path}`, "2");
  await publishRelease(environment, ports);
});

const item = async () => (await world.environments.getRelease("first", environment.environmentId))!;
const settle = (changes: Partial<EnvironmentItem> = {}) => settleRelease({ ...environment, ...changes }, ports);
const contents = async () => {
  const manifest = (await world.controlBucket.getManifest(prefix, (await item()).release.manifest))!;
  const text = (hash: string) => String(Buffer.from(world.controlBucket.objects.get(`${prefix}blobs/${hash}`)!.body));
  return Object.fromEntries(manifest.files.map(({ path, sha256 }) => [path, text(sha256)]));
};
const control = async () => (await world.controlBucket.getControl(prefix))!.document;
async function answer(changes: Partial<Check> = {}): Promise<void> {
  const { candidate, release } = await item();
  world.controlBucket.putCheck(prefix, {
    ...{ schema: 1, candidate: candidate!.id, base: release.id, taskId: "t", at: world.ports.clock.now() / 1000 },
    ...{ seconds: 1, state: "checked", problem: null, files: {}, held: [], ...changes },
  });
}
const report = (taskId: string, staged: readonly string[], changes: object = {}) =>
  world.controlBucket.putReport(
    prefix,
    taskId,
    JSON.stringify({
      ...{ schema: 1, taskId, role: "worker", generation: 1, at: world.ports.clock.now() / 1000, healthy: true },
      ...{ staged, components: {}, ...changes },
    }),
  );

describe("a candidate", () => {
  it("runs once it is checked: pointer, control document and history say so", async () => {
    await settle();
    expect([await contents(), await control()]).toMatchObject([
      { "a.py": "1" },
      { release: { number: 1 }, candidate: { number: 2 } },
    ]);
    await answer();
    await settle();
    expect([await contents(), await control()]).toMatchObject([
      { "a.py": "2" },
      { release: { number: 2 }, candidate: null },
    ]);
    expect(await world.controlBucket.listHistory(prefix, undefined, 10)).toMatchObject([
      { number: 2, outcome: "served" },
      { number: 1, outcome: "served" },
    ]);
  });

  it("with a file that broke serves the last good bytes of it, and all else", async () => {
    await answer({ held: [{ path: "a.py", because: "a.py: SyntaxError" }] });
    await settle();
    expect(await contents()).toEqual({ "a.py": "1", "b.py": "2" });
    await publishRelease(environment, ports);
    expect((await item()).candidate).toBeNull(); // what is held is not tried again until the bucket changes
    world.sourceBuckets.upload("my-dags", "dags/a.py", "3");
    await publishRelease(environment, ports);
    await answer();
    await settle();
    expect(await contents()).toEqual({ "a.py": "3", "b.py": "2" });
  });

  it("is refused whole where the environment's tags say so", async () => {
    await answer({ held: [{ path: "a.py", because: "a.py: SyntaxError" }] });
    await settle({ tags: { "hangar:broken-dags": "refuse" } });
    expect(await contents()).toEqual({ "a.py": "1", "b.py": "1" });
    expect(await world.controlBucket.getHistory(prefix, 2)).toMatchObject({ outcome: "refused" });
  });

  it("is followed by one of what reached the bucket meanwhile", async () => {
    world.sourceBuckets.upload("my-dags", "dags/c.py", "late");
    await publishRelease(environment, ports);
    expect((await item()).candidate).toMatchObject({ number: 2 });
    await answer();
    await settle();
    expect(await item()).toMatchObject({ release: { number: 2 }, candidate: { number: 3 } });
  });

  it("settled by two hands at once is settled once", async () => {
    await answer();
    await Promise.all([settle(), settle()]);
    expect(await item()).toMatchObject({ release: { number: 2 }, candidate: null });
  });

  it("whose pointer others keep moving is left to the schedule after three tries, and settled then", async () => {
    await answer();
    let tries = 0;
    const losing = { ...ports.environments, putRelease: async () => ++tries < 0 };
    await settleRelease(environment, { ...ports, environments: losing });
    expect([tries, (await item()).candidate?.number]).toEqual([3, 2]);
    await settle();
    expect((await item()).release.number).toBe(2);
  });

  it("of an environment that is deleted meanwhile leaves nothing behind", async () => {
    await answer();
    world.environments.items.set("first", recordIn("DELETING"));
    await settle();
    world.environments.items.clear();
    expect(world.leftovers()).toEqual([]);
  });
});

describe("the swap", () => {
  it("waits for live agents that have not staged the release, ten seconds at most", async () => {
    await answer();
    report("slow", []);
    const before = world.ports.clock.now();
    await settle();
    expect(world.ports.clock.now() - before).toBe(10_000);
    expect(await contents()).toMatchObject({ "a.py": "2" });
  });

  it("waits for nobody who has it, is stopping, or has not been heard of for long", async () => {
    await answer();
    report("ready", [(await item()).candidate!.id]);
    report("stopping", [], { stopping: true });
    report("dead", [], { at: world.ports.clock.now() / 1000 - 91 });
    const before = world.ports.clock.now();
    await settle();
    expect(world.ports.clock.now() - before).toBe(0);
  });
});
