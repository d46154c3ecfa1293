import { beforeEach, describe, expect, it } from "vitest";
import type { ControlBucket } from "../ports/control-bucket.ts";
import { recordIn } from "../testing/planned.ts";
import { createMemoryWorld, type MemoryWorld } from "../testing/memory-world.ts";
import { publishControl } from "./control-publisher.ts";

const environment = recordIn("AVAILABLE");
const { prefix } = environment.names;
const subject = { environmentName: environment.name, environmentId: environment.environmentId };
const release = (number: number) => ({
  ...subject,
  generation: number,
  release: {
    id: `r${number}`,
    number,
    manifest: `releases/r${number}.json`,
    contentHash: String(number),
    createdAt: 1,
  },
  candidate: null,
  seen: String(number),
  lastNumber: number,
});
let world: MemoryWorld;

beforeEach(async () => {
  world = createMemoryWorld({ now: 1 });
  await world.environments.create(environment);
});
const lying = async () => (await world.controlBucket.getControl(prefix))?.document;

/** A control bucket in which another hand writes between our read and our write. */
const raced = (between: () => Promise<void>): ControlBucket => ({
  ...world.controlBucket,
  async putControl(...input) {
    await between();
    return world.controlBucket.putControl(...input);
  },
});

describe("the control document", () => {
  it("is written when the items say something new, and only then", async () => {
    expect(await publishControl(subject, world.ports)).toBe(1);
    expect(await publishControl(subject, world.ports)).toBe(1);
    await world.environments.putRelease(release(1), 0);
    expect(await publishControl(subject, world.ports)).toBe(2);
    expect(await lying()).toMatchObject({ epoch: 2, release: { number: 1 } });
    expect(world.calls.filter((call) => call === "controlBucket.putControl")).toHaveLength(2);
  });

  it("says what the items said last when two hands write at once: the one that lost reads again", async () => {
    let raceLeft = 1;
    const controlBucket = raced(async () => {
      if (raceLeft-- <= 0) return;
      await world.environments.putRelease(release(1), 0);
      await publishControl(subject, world.ports);
      await world.environments.putRelease(release(2), 1);
    });
    expect(await publishControl(subject, { ...world.ports, controlBucket })).toBe(2);
    expect(await lying()).toMatchObject({ epoch: 2, release: { number: 2 } });
  });

  it("is given up after five lost races: a queue or a schedule repeats it", async () => {
    let other = 0;
    const controlBucket = raced(async () => {
      await world.controlBucket.putControl(
        prefix,
        {
          ...(await lying())!,
          epoch: ++other,
          environmentId: "x",
          release: null,
          canary: null,
          workersWanted: other,
          drains: [],
          pause: null,
          generation: 1,
        },
        (await world.controlBucket.getControl(prefix))?.etag ?? null,
      );
    });
    await expect(publishControl(subject, { ...world.ports, controlBucket })).rejects.toThrow("changed 5 times");
  });

  it.each([
    ["gone", undefined],
    ["a namesake's", recordIn("AVAILABLE", { environmentId: "e9999999999" })],
    ["being deleted: its prefix may be empty already", recordIn("DELETING")],
  ])("is not written for an environment that is %s", async (_, record) => {
    world.environments.items.clear();
    if (record) world.environments.items.set("first", record);
    expect(await publishControl(subject, world.ports)).toBeUndefined();
    expect(await lying()).toBeUndefined();
  });

  it("names no release of an earlier environment of the same name", async () => {
    await world.environments.putRelease({ ...release(7), environmentId: "e9999999999" }, 0);
    await publishControl(subject, world.ports);
    expect(await lying()).toMatchObject({ release: null });
  });
});
