// Uploads, checks and the reconciler that covers both, through the handlers' inner functions.
import { beforeEach, describe, expect, it } from "vitest";
import { environmentsWithLayerNews } from "../../shared/domain/source-events.ts";
import { syncView } from "../../shared/domain/sync-view.ts";
import type { SettlerPorts } from "../../shared/runtime/candidate-settler.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { readSync } from "../../shared/runtime/sync-lookup.ts";
import { createMemoryWorld, type MemoryWorld } from "../../shared/testing/memory-world.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import { testPool } from "../../state-machines/testing/requests.ts";
import { reconcileReleases } from "../schedules/reconcile-releases.ts";
import { candidateChecked } from "./candidate-checked.ts";
import { sourceObjectsChanged } from "./source-objects-changed.ts";

const environment = recordIn("AVAILABLE");
const { prefix } = environment.names;
let world: MemoryWorld;
let ports: SettlerPorts;

beforeEach(async () => {
  world = createMemoryWorld({ now: 1_000_000 });
  ports = { ...world.ports, sync: testPool.sync };
  world.sourceBuckets.make("my-dags");
  world.sourceBuckets.upload("my-dags", "dags/a.py", "1");
  await world.environments.create(environment);
  await publishRelease(environment, ports);
});

const item = async () => (await world.environments.getRelease("first", environment.environmentId))!;
const upload = (text: string) => world.sourceBuckets.upload("my-dags", "dags/a.py", text);
const event = (bucket: string, key: string) =>
  JSON.stringify({ detail: { bucket: { name: bucket }, object: { key }, requester: "123456789012" } });
async function check(below = prefix, of = item): Promise<string> {
  const { candidate, release } = await of();
  world.controlBucket.putCheck(below, {
    ...{ schema: 1, candidate: candidate!.id, base: release.id, taskId: "t", at: 1, seconds: 1 },
    ...{ state: "checked", problem: null, files: {}, held: [] },
  });
  return event("hangar-control", `${below}checks/${candidate!.id}.json`);
}

describe("uploads", () => {
  it("become one candidate that says who made them, whatever number of events tells of them", async () => {
    upload("2");
    await sourceObjectsChanged([event("my-dags", "dags/a.py"), event("my-dags", "dags/b.py"), "{not json"], ports);
    expect((await item()).candidate).toMatchObject({ number: 2, by: "123456789012" });
  });

  it("elsewhere concern no environment", async () => {
    upload("2");
    await sourceObjectsChanged([event("my-dags", "other/a.py"), event("others", "dags/a.py")], ports);
    expect((await item()).candidate).toBeNull();
  });
});

describe("a check", () => {
  it("settles the candidate of the environment whose prefix it lies below", async () => {
    upload("2");
    await reconcileReleases(ports);
    const written = await check();
    await candidateChecked([event("hangar-control", "environments/e0000000009/checks/r2.json")], ports);
    expect((await item()).release.number).toBe(1);
    await candidateChecked([written, written], ports);
    expect(await item()).toMatchObject({ release: { number: 2 }, candidate: null });
  });
});

describe("a batch that concerns several environments", () => {
  const second = { ...recordIn("AVAILABLE", { name: "second" }), environmentId: "e0000000002" };
  const other = { ...second, names: { ...second.names, prefix: "environments/e0000000002/" } };
  const secondItem = async () => (await world.environments.getRelease("second", other.environmentId))!;
  beforeEach(async () => {
    await world.environments.create(other);
    await publishRelease(other, ports);
  });

  it("of uploads: one's trouble keeps no other waiting, and the batch comes again", async () => {
    upload("2");
    world.fail("environments.getRelease", new Error("DynamoDB is away"));
    await expect(sourceObjectsChanged([event("my-dags", "dags/a.py")], ports)).rejects.toThrow("DynamoDB is away");
    expect((await secondItem()).candidate).toMatchObject({ number: 2 });
  });

  it("of checks: one's trouble keeps no other waiting, and the batch comes again", async () => {
    upload("2");
    await reconcileReleases(ports);
    const bodies = [await check(), await check(other.names.prefix, secondItem)];
    world.fail("environments.getRelease", new Error("DynamoDB is away"));
    await expect(candidateChecked(bodies, ports)).rejects.toThrow("DynamoDB is away");
    expect(await item()).toMatchObject({ release: { number: 1 } });
    expect(await secondItem()).toMatchObject({ release: { number: 2 }, candidate: null });
    await candidateChecked(bodies, ports);
    expect(await item()).toMatchObject({ release: { number: 2 }, candidate: null });
  });
});

describe("the reconciler", () => {
  it("finds what a lost event missed, settles what a lost check left, and ends unanswered candidates", async () => {
    upload("2");
    await reconcileReleases(ports);
    expect((await item()).candidate).toMatchObject({ number: 2 });
    await check();
    await reconcileReleases(ports);
    expect(await item()).toMatchObject({ release: { number: 2 }, candidate: null });
    upload("3");
    await reconcileReleases(ports);
    await ports.clock.wait(testPool.sync.candidateSeconds * 1000);
    await reconcileReleases(ports);
    expect(await item()).toMatchObject({ release: { number: 3 }, candidate: null });
  });

  it("says why a bucket cannot be read, until it can", async () => {
    const problem = () => world.controlBucket.getSyncProblem(prefix);
    upload("2");
    world.fail("sourceBuckets.read", Object.assign(new Error("Access Denied"), { name: "AccessDenied" }));
    await reconcileReleases(ports);
    expect(await problem()).toMatchObject({
      since: 1_000_000,
      sentence: expect.stringContaining("s3:GetObjectVersion"),
    });
    expect((await item()).candidate).toBeNull();
    await reconcileReleases(ports);
    expect(await problem()).toBeUndefined();
    // not "found by the periodic look", which is said to be an event's absence
    expect((await item()).candidate).toMatchObject({ number: 2, by: "found before an event told of it" });
  });

  it("an upload found so soon that its event may be on its way is not called one without an event", async () => {
    const found = async (secondsAgo: number) => {
      const at = ports.clock.now() - secondsAgo * 1000;
      world.sourceBuckets.upload("my-dags", "dags/a.py", `${secondsAgo} seconds old`, at);
      await reconcileReleases(ports);
      const { candidate } = await item();
      await check();
      await reconcileReleases(ports);
      return candidate?.by;
    };
    expect(await found(2)).toBe("found before an event told of it");
    expect(await found(60)).toBe("found by the periodic look");
  });

  it("says a bucket tells of nothing only when no event comes, and never of one that is behind", async () => {
    world.sourceBuckets.upload("my-dags", "dags/a.py", "found by looking", ports.clock.now() - 60_000);
    await reconcileReleases(ports);
    await check();
    await reconcileReleases(ports);
    const problems = async () => {
      const sources = await readSync(environment, await item(), { ...ports, now: ports.clock.now() });
      return syncView(environment, sources, { path: "", token: undefined })["Problems"];
    };
    const untold = expect.arrayContaining([expect.stringContaining("no event of the bucket told of it")]);
    expect(await problems()).not.toEqual(untold);
    await ports.clock.wait(60_000);
    expect(await problems()).toEqual(untold);
    await sourceObjectsChanged([event("my-dags", "other/a.py")], ports);
    expect(await problems()).toEqual(untold);
    await sourceObjectsChanged([event("my-dags", "dags/a.py")], ports);
    expect(await problems()).not.toEqual(untold);
  });

  it("lets one environment's trouble keep no other waiting", async () => {
    const other = recordIn("AVAILABLE", {
      name: "another",
      environmentId: "e0000000002",
      settings: { ...environment.settings, sourceBucketArn: "arn:aws:s3:::gone" },
    });
    await world.environments.create(other);
    upload("2");
    await reconcileReleases(ports);
    expect((await item()).candidate).toMatchObject({ number: 2 });
  });
});

describe("an upload of requirements", () => {
  const settings = { ...environment.settings, requirementsS3Path: "requirements.txt" };
  const named = { ...environment, settings };
  const pinned = { ...environment, settings: { ...settings, requirementsS3ObjectVersion: "v1" } };
  const uploaded = [event("my-dags", "requirements.txt")];

  it("concerns the environment that names the file, unless it pins a version", () => {
    expect(environmentsWithLayerNews(uploaded, [named, pinned, environment])).toEqual([named]);
    expect(
      environmentsWithLayerNews([event("my-dags", "other.txt"), event("others", "requirements.txt")], [named]),
    ).toEqual([]);
  });

  it("is heard of again when its layer's build has ended", () => {
    const built = event("hangar-control", `${prefix}layers/l-0/result.json`);
    expect(environmentsWithLayerNews([built], [pinned])).toEqual([pinned]);
    expect(environmentsWithLayerNews([event("hangar-control", `${prefix}layers/l-0/layer.tar`)], [pinned])).toEqual([]);
  });
});
