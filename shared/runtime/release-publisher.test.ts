import { beforeEach, describe, expect, it } from "vitest";
import { recordIn } from "../testing/planned.ts";
import { createMemoryWorld, type MemoryWorld } from "../testing/memory-world.ts";
import { type PublisherPorts, publishRelease } from "./release-publisher.ts";

const environment = recordIn("AVAILABLE");
const { prefix } = environment.names;
const { environmentId } = environment;
let world: MemoryWorld;

beforeEach(async () => {
  world = createMemoryWorld({ now: 1 });
  world.sourceBuckets.make("my-dags");
  world.sourceBuckets.upload("my-dags", "dags/a.py", "a");
  world.sourceBuckets.upload("my-dags", "dags/b.py", "b");
  await world.environments.create(environment);
});

const publish = (ports: PublisherPorts = world.ports) => publishRelease(environment, ports);
const count = (call: string) => world.calls.filter((made) => made === call).length;
const pointer = () => world.environments.getRelease("first", environmentId);
const contents = async () => {
  const { release, candidate } = (await pointer())!;
  const manifest = (await world.controlBucket.getManifest(prefix, (candidate ?? release).manifest))!;
  return Object.fromEntries(
    manifest.files.map(({ path, sha256 }) => [
      path,
      String(Buffer.from(world.controlBucket.objects.get(`${prefix}blobs/${sha256}`)!.body as Uint8Array)),
    ]),
  );
};
/** Ports among which something happens once, at a call of a store's method. */
const at = (method: "get" | "putRelease", nth: number, happens: () => void | Promise<void>): PublisherPorts => {
  let calls = 0;
  const inner = world.environments;
  const before = async () => {
    if (++calls === nth) await happens();
  };
  const environments = {
    ...inner,
    get: async (name: string) => {
      if (method === "get") await before();
      return inner.get(name);
    },
    putRelease: async (...input: Parameters<typeof inner.putRelease>) => {
      if (method === "putRelease") await before();
      return inner.putRelease(...input);
    },
  };
  return { ...world.ports, environments };
};

describe("a release", () => {
  it("is a copy of the bucket's newest versions, and the control document names it", async () => {
    expect(await publish()).toMatchObject({ generation: 1, release: { number: 1 } });
    expect(await contents()).toEqual({ "a.py": "a", "b.py": "b" });
    expect((await world.controlBucket.getControl(prefix))?.document.release).toMatchObject({ number: 1 });
  });

  it("reads only what is new: of a hundred files and one change, one is read and copied", async () => {
    for (let file = 0; file < 100; file++) world.sourceBuckets.upload("my-dags", `dags/${file}.py`, String(file));
    await publish();
    const [reads, blobs] = [count("sourceBuckets.read"), count("controlBucket.putBlob")];
    world.sourceBuckets.upload("my-dags", "dags/a.py", "a, changed");
    expect(await publish()).toMatchObject({ release: { number: 1 }, candidate: { number: 2 } });
    expect([count("sourceBuckets.read") - reads, count("controlBucket.putBlob") - blobs]).toEqual([1, 1]);
    expect(await contents()).toMatchObject({ "a.py": "a, changed", "99.py": "99" });
  });

  it("passes a large file on as it arrives, and holds none of it in memory", async () => {
    world.sourceBuckets.upload("my-dags", "dags/large.bin", new Uint8Array(9 * 1024 ** 2));
    const { readers } = world.sourceBuckets;
    const held: string[] = [];
    world.sourceBuckets.readers = {
      ...readers,
      async read(...asked) {
        held.push(asked[1]);
        return readers.read(...asked);
      },
    };
    await publish();
    expect(held.toSorted()).toEqual(["dags/a.py", "dags/b.py"]);
    expect(Object.keys(await contents())).toEqual(["a.py", "b.py", "large.bin"]);
  });

  it("of very many files that is cut off half-way goes on where it was", async () => {
    await publish();
    for (let file = 0; file < 700; file++) world.sourceBuckets.upload("my-dags", `dags/many/${file}.py`, String(file));
    const { read } = world.sourceBuckets;
    let left = 600;
    const reader = {
      ...world.sourceBuckets,
      read: (...input: Parameters<typeof read>) =>
        left-- > 0 ? read(...input) : Promise.reject(new Error("its time is over")),
    };
    const sourceBuckets = { as: () => reader };
    await expect(publish({ ...world.ports, sourceBuckets })).rejects.toThrow("its time is over");
    const reads = count("sourceBuckets.read");
    expect(await publish()).toMatchObject({ candidate: { number: 2 } });
    expect(count("sourceBuckets.read") - reads).toBe(200);
    expect(Object.keys(await contents())).toHaveLength(702);
  });

  it("is the one that runs when nothing changed, a rewrite of the same bytes included", async () => {
    const first = await publish();
    world.sourceBuckets.upload("my-dags", "dags/a.py", "a");
    expect(await publish()).toEqual(first);
    expect(count("environments.putRelease")).toBe(1);
  });

  it("breaks by no later deletion in the user's bucket: its content is the environment's own", async () => {
    await publish();
    world.sourceBuckets.erase("my-dags", "dags/a.py");
    world.sourceBuckets.erase("my-dags", "dags/b.py");
    expect(await contents()).toEqual({ "a.py": "a", "b.py": "b" });
    expect(await publish()).toMatchObject({ candidate: { number: 2 } });
    expect(await contents()).toEqual({});
  });

  it("leaves out what would escape its folder, and takes the rest", async () => {
    world.sourceBuckets.upload("my-dags", "dags/../../etc/passwd", "x");
    await publish();
    expect(Object.keys(await contents())).toEqual(["a.py", "b.py"]);
  });

  it("of a bucket that fails half-way moves no pointer", async () => {
    world.fail("sourceBuckets.read", new Error("throttled"));
    await expect(publish()).rejects.toThrow("throttled");
    expect(await pointer()).toBeUndefined();
  });
});

describe("a bucket that is being filled", () => {
  const quiet = { quietSeconds: 0.5, longestSeconds: 5 };
  /** The world's clock, on which an upload goes on: one file each half second. */
  const filling = (files: number): PublisherPorts => ({
    ...world.ports,
    clock: {
      now: world.ports.clock.now,
      async wait(milliseconds) {
        await world.ports.clock.wait(milliseconds);
        if (files-- > 0) world.sourceBuckets.upload("my-dags", `dags/more-${files}.py`, "more");
      },
    },
  });

  it("is waited for: an upload of many files becomes one release", async () => {
    await publishRelease(environment, filling(5), { quiet });
    expect(Object.keys(await contents())).toHaveLength(7);
    expect(await pointer()).toMatchObject({ generation: 1 });
  });

  it("is not waited for when it holds what was seen: the last of many events finds the upload done", async () => {
    await publishRelease(environment, world.ports, { quiet });
    const before = world.ports.clock.now();
    await publishRelease(environment, world.ports, { quiet });
    expect(world.ports.clock.now()).toBe(before);
  });

  it("is not waited for longer than five seconds, however long it goes on", async () => {
    const before = world.ports.clock.now();
    await publishRelease(environment, filling(100), { quiet });
    expect(world.ports.clock.now() - before).toBe(5000);
    expect(Object.keys(await contents())).toHaveLength(12);
  });
});

describe("two publishers at once", () => {
  it("agree: the one that lost looks again, and finds its content running", async () => {
    const [one, other] = await Promise.all([publish(), publish()]);
    expect(one!.release.id).toBe(other!.release.id);
    expect(await pointer()).toMatchObject({ generation: 1, release: { number: 1 } });
  });

  it("never number two contents alike, nor go back to an older listing", async () => {
    const late = at("putRelease", 1, async () => {
      world.sourceBuckets.upload("my-dags", "dags/a.py", "newer");
      await publish();
    });
    await publish(late);
    expect(await contents()).toMatchObject({ "a.py": "newer" });
    expect((await pointer())?.release.number).toBe(1);
  });

  it("one of which never gets through is given up: its queue or schedule repeats it", async () => {
    let moved = 0;
    const ports = {
      ...world.ports,
      environments: {
        ...world.environments,
        get: world.environments.get,
        putRelease: async () => Boolean(moved++ < 0),
      },
    };
    await expect(publish(ports)).rejects.toThrow("moved 4 times");
    expect(moved).toBe(4);
  });
});

describe("a publisher whose environment is deleted meanwhile", () => {
  const remove = () => void world.environments.items.delete("first");
  const namesake = recordIn("AVAILABLE", { environmentId: "e9999999999" });

  it.each([
    ["before its last look", () => at("get", 1, remove)],
    ["after its last look", () => at("putRelease", 1, remove)],
    ["after its pointer was written", () => at("get", 3, remove)],
    [
      "by a delete that is still under way",
      () => at("putRelease", 1, () => void world.environments.items.set("first", recordIn("DELETING"))),
    ],
  ])("%s leaves nothing behind: no pointer, no blob, no document", async (_, ports) => {
    expect(await publish(ports())).toBeUndefined();
    world.environments.items.clear();
    expect(world.leftovers()).toEqual([]);
  });

  it("and whose bucket fails leaves nothing behind either: no word of the problem, no copy", async () => {
    world.sourceBuckets.upload("my-dags", "dags/c.py", "c");
    world.fail("sourceBuckets.read", new Error("throttled"));
    world.environments.items.delete("first");
    await expect(publish()).rejects.toThrow("throttled");
    expect(world.leftovers()).toEqual([]);
  });

  it("and made again under its name touches nothing of the namesake", async () => {
    const own = {
      environmentName: "first",
      environmentId: namesake.environmentId,
      generation: 1,
      release: { id: "r1", number: 1, manifest: "m", contentHash: "own", createdAt: 1 },
      candidate: null,
      seen: "own",
      lastNumber: 1,
    };
    const ports = at("putRelease", 1, async () => {
      world.environments.items.set("first", namesake);
      await world.environments.putRelease(own, 0);
    });
    expect(await publish(ports)).toBeUndefined();
    expect(await world.environments.getRelease("first", namesake.environmentId)).toEqual(own);
    expect(world.leftovers()).toEqual(["environment first", `release of first ${namesake.environmentId}`]);
  });
});
