import { beforeEach, describe, expect, it } from "vitest";
import type { Check } from "../../shared/domain/release-check.ts";
import { settleRelease } from "../../shared/runtime/candidate-settler.ts";
import { publishRelease } from "../../shared/runtime/release-publisher.ts";
import { availableWorld, storedText } from "../../state-machines/testing/available.ts";
import { askToDelete, caller, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { getRelease } from "./get-release.ts";
import { getSync } from "./get-sync.ts";
import { listReleases } from "./list-releases.ts";
import { rollbackRelease } from "./rollback-release.ts";

let { world, record } = await availableWorld();
beforeEach(async () => {
  ({ world, record } = await availableWorld());
});
const upload = (path: string, content: string) => world.sourceBuckets.upload("my-dags", `dags/${path}`, content);
const publish = () => publishRelease(record, { ...world.ports, sync: testPool.sync } as never, { by: "anna" });
const itemNow = async () => (await world.environments.getRelease("first", record.environmentId))!;
const fileOf = (error?: string): Check["files"][string] => ({
  ...{ state: error ? "failed" : "ok", dagIds: error ? [] : ["x"], before: "ok", missing: null },
  error: error ? { message: error, line: 1, traceback: error } : null,
});

async function settle(files: Check["files"] = {}, held: Check["held"] = []) {
  const item = await itemNow();
  world.controlBucket.putCheck(record.names.prefix, {
    ...{ schema: 1, candidate: item.candidate!.id, base: item.release.id, taskId: "t", at: world.clock.now() / 1000 },
    ...{ seconds: 1, state: "checked", problem: null, files, held },
  });
  await settleRelease(record, { ...world.ports, sync: testPool.sync });
}
/** Releases 2 and 3 go live, each with its own first.py. */
async function three() {
  for (const content of ["two", "three"]) {
    upload("first.py", content);
    await publish();
    await settle();
  }
  expect((await itemNow()).release.number).toBe(3);
}
type View = Record<string, unknown>;
const states = async (page: object = {}) =>
  ((await listReleases({ Name: "first", ...page }, world.ports)).Releases as readonly View[]).map(
    ({ Number: number, State }) => `${number} ${State}`,
  );
const sync = async (more: object = {}) =>
  (await getSync({ Name: "first", ...more }, world.ports)) as { Files: View[] } & View;
const rollback = (number: number) =>
  rollbackRelease({ Name: "first", Number: number }, { ...world.ports, pool: testPool }, caller);
const bytesServed = async () => {
  const { document } = (await world.controlBucket.getControl(record.names.prefix))!;
  const manifest = await world.controlBucket.getManifest(record.names.prefix, document.release!.manifest);
  return manifest!.files.map(({ sha256 }) =>
    new TextDecoder().decode(
      world.controlBucket.objects.get(`${record.names.prefix}blobs/${sha256}`)!.body as Uint8Array,
    ),
  );
};

describe("releases", () => {
  it("are listed with what became of them, and one by one with their files", async () => {
    await three();
    upload("first.py", "broken");
    await publish();
    expect(await states()).toEqual(["4 CHECKING", "3 LIVE", "2 REPLACED", "1 REPLACED"]);
    expect((await getRelease({ Name: "first", Number: 4 }, world.ports))["Release"]).toMatchObject({
      State: "CHECKING",
    });
    await settle({ "first.py": fileOf("NameError: x") }, [{ path: "first.py", because: "first.py: NameError: x" }]);
    expect(await states()).toEqual(["4 HELD", "3 LIVE", "2 REPLACED", "1 REPLACED"]);
    expect(await states({ MaxResults: 1 })).toEqual(["4 HELD"]);
    const answer = await getRelease({ Name: "first", Number: 3, Against: 2 }, world.ports);
    expect(answer["Diff"]).toMatchObject({ Against: 2, Changed: [{ Path: "first.py" }], Added: [], Removed: [] });
  });

  it("say how much they hold, and the first page what all of them keep, equal bytes once", async () => {
    const { SizeBytes: before } = (await getRelease({ Name: "first", Number: 1 }, world.ports))["Release"] as {
      SizeBytes: number;
    };
    await three();
    upload("copy.py", "three");
    await publish();
    await settle();
    const page = await listReleases({ Name: "first", MaxResults: 2 }, world.ports);
    const held = (page.Releases as readonly View[]).map(({ FileCount, SizeBytes }) => [FileCount, SizeBytes]);
    expect(held).toEqual([
      [2, 10],
      [1, 5],
    ]);
    expect(page.Kept).toEqual({ Blobs: 3, SizeBytes: before + "two".length + "three".length, Complete: true });
    expect(await listReleases({ Name: "first", NextToken: page.NextToken! }, world.ports)).not.toHaveProperty("Kept");
    expect((await getRelease({ Name: "first", Number: 4, Path: "copy" }, world.ports))["Release"]).toMatchObject({
      FileCount: 2,
      SizeBytes: 10,
      Files: [{ Path: "copy.py" }],
    });
  });

  it("leave out what is new and breaks what worked, show it as held, and take it when it does not any more", async () => {
    await three();
    const bad = [{ path: "data/bad.csv", because: "first.py: bad.csv cannot be read" }];
    upload("data/bad.csv", "bad");
    upload("beside.py", "fine");
    await publish();
    await settle({ "first.py": fileOf("bad.csv cannot be read") }, bad);
    expect((await bytesServed()).toSorted()).toEqual(["fine", "three"]);
    const held = {
      Path: "data/bad.csv",
      State: "HELD",
      Served: null,
      Held: expect.objectContaining({ Reason: bad[0]!.because }),
    };
    expect((await sync()).Files).toContainEqual(expect.objectContaining(held));
    upload("beside.py", "finer");
    await publish();
    await settle({}, bad);
    expect((await bytesServed()).toSorted()).toEqual(["finer", "three"]);
    upload("data/bad.csv", "good");
    await publish();
    await settle();
    expect((await bytesServed()).toSorted()).toEqual(["finer", "good", "three"]);
  });

  it("that are not there, also of an environment without one, are not found", async () => {
    for (const number of [2, 99_999_999])
      await expect(getRelease({ Name: "first", Number: number }, world.ports)).rejects.toMatchObject({
        name: "ReleaseNotFound",
      });
    await expect(getRelease({ Name: "none", Number: 1 }, world.ports)).rejects.toMatchObject({
      name: "EnvironmentNotFound",
    });
    await world.environments.removeRelease("first", record.environmentId);
    expect(await listReleases({ Name: "first" }, world.ports)).toEqual({ Releases: [] });
    expect(await sync()).toMatchObject({ Release: null, Files: [] });
  });

  it("of an environment whose storage a delete has emptied already are not found, which is no fault of ours", async () => {
    await askToDelete(world);
    await world.controlBucket.empty(record.names.prefix);
    for (const asked of [
      getSync({ Name: "first" }, world.ports),
      getRelease({ Name: "first", Number: 1 }, world.ports),
    ])
      await expect(asked).rejects.toMatchObject({ name: "ReleaseNotFound" });
  });
});

describe("a rollback", () => {
  it("serves an earlier release's bytes under a new number, until the bucket changes next", async () => {
    await three();
    expect((await rollback(2)).Release).toMatchObject({ Number: 4, State: "LIVE", RollbackOf: 2, By: caller.arn });
    expect(await bytesServed()).toEqual(["two"]);
    await publish();
    expect(await states()).toEqual(["4 LIVE", "3 REPLACED", "2 REPLACED", "1 REPLACED"]);
    expect((await sync()).Files).toMatchObject([
      { State: "HELD", Held: { Reason: expect.stringContaining("Rolled back to release 2") } },
    ]);
    upload("first.py", "five");
    await publish();
    await settle();
    expect(await bytesServed()).toEqual(["five"]);
  });

  it("repeated while it runs answers the same and changes nothing, also where control.json was not written", async () => {
    await three();
    world.fail("controlBucket.putControl", new Error("killed"));
    await expect(rollback(2)).rejects.toThrow("killed");
    const again = await rollback(2);
    expect(again.Release).toMatchObject({ Number: 4, RollbackOf: 2 });
    expect(await bytesServed()).toEqual(["two"]);
    const before = storedText(world);
    expect(await rollback(2)).toEqual(again);
    expect(storedText(world)).toBe(before);
  });

  it("to what runs, and to what never ran, is refused and changes nothing", async () => {
    await three();
    upload("first.py", "broken");
    await publish();
    const before = storedText(world);
    await expect(rollback(4)).rejects.toThrow("never ran");
    await expect(rollback(3)).rejects.toThrow("has the same files");
    await expect(rollback(9)).rejects.toMatchObject({ name: "ReleaseNotFound" });
    expect(storedText(world)).toBe(before);
    await settle({ "first.py": fileOf("x") }, [{ path: "first.py", because: "x" }]);
    await expect(rollback(4)).rejects.toThrow("never ran");
  });

  it("drops a candidate that is being checked, and its end is told", async () => {
    await three();
    upload("first.py", "four");
    await publish();
    await rollback(1);
    expect(await states()).toEqual(["5 LIVE", "4 REFUSED", "3 REPLACED", "2 REPLACED", "1 REPLACED"]);
    await publish();
    await settleRelease(record, { ...world.ports, sync: testPool.sync });
    expect(await bytesServed()).toEqual(["print('first')"]);
  });

  it("of two at once one is told that another came first, or both came in turn; the history is of who won", async () => {
    await three();
    const outcomes = await Promise.allSettled([rollback(1), rollback(2)]);
    const lost = outcomes.filter(({ status }) => status === "rejected");
    for (const outcome of lost) expect(outcome).toMatchObject({ reason: { name: "ConcurrentChange" } });
    expect(lost.length).toBeLessThan(2);
    const { release } = await itemNow();
    expect((await world.controlBucket.getHistory(record.names.prefix, release.number))?.id).toBe(release.id);
    expect(await states()).toHaveLength(release.number);
  });

  it("does not undo unseen what went live while it was at work", async () => {
    await three();
    const { getManifest } = world.ports.controlBucket;
    let came = false;
    const controlBucket = {
      ...world.ports.controlBucket,
      async getManifest(...asked: Parameters<typeof getManifest>) {
        if (!came) {
          came = true;
          upload("first.py", "four");
          await publish();
          await settle();
        }
        return getManifest(...asked);
      },
    };
    const asked = rollbackRelease(
      { Name: "first", Number: 1 },
      { ...world.ports, pool: testPool, controlBucket },
      caller,
    );
    await expect(asked).rejects.toMatchObject({ name: "ConcurrentChange" });
    expect(await bytesServed()).toEqual(["four"]);
  });

  it("leaves nothing behind where a delete was faster", async () => {
    await three();
    await askToDelete(world);
    await expect(rollback(1)).rejects.toMatchObject({ name: "EnvironmentUnusable" });
    await runLadder(world, "first");
    await expect(rollback(1)).rejects.toMatchObject({ name: "EnvironmentNotFound" });
    expect(world.leftovers()).toEqual([]);
  });
});

describe("the sync view", () => {
  it("says of each file what is served, what is held, and which task has it", async () => {
    upload("first.py", "broken");
    upload("new.py", "never worked");
    await publish();
    const found = [{ path: "first.py", because: "first.py: x" }];
    await settle({ "first.py": fileOf("x"), "new.py": { ...fileOf("y"), before: "new" } }, found);
    const { Files, Tasks } = (await sync()) as { Files: View[]; Tasks: View[] };
    expect(Files).toMatchObject([
      { Path: "first.py", State: "HELD", Error: { Message: "x" }, Served: { VersionId: "version-1", Release: 2 } },
      { Path: "new.py", State: "FAILED", Error: { Message: "y" }, Held: null },
    ]);
    expect(Tasks.map(({ Role }) => Role)).toEqual(expect.arrayContaining(["web", "scheduler", "worker"]));
    expect(Tasks.every(({ Staged }) => Staged)).toBe(true);
    expect((await sync({ Path: "new" })).Files).toHaveLength(1);
  });

  it("comes in pages where it is too large, and a page that a release overtook is refused", async () => {
    for (let at = 0; at < 1500; at++) upload(`${at}.py`, `${at}`);
    await publish();
    const long = "x".repeat(8000);
    const failing = Object.fromEntries(Array.from({ length: 1500 }, (_, at) => [`${at}.py`, fileOf("x")]));
    for (const one of Object.values(failing)) one.error!.traceback = long;
    await settle(failing);
    const first = await sync();
    expect(first.Files.length).toBeLessThan(1501);
    let [token, files] = [first["NextToken"], first.Files];
    while (token !== undefined) {
      const page = await sync({ NextToken: token });
      [token, files] = [page["NextToken"], [...files, ...page.Files]];
    }
    expect(new Set(files.map(({ Path }) => Path)).size).toBe(1501);
    expect(files).toHaveLength(1501);
    upload("first.py", "other");
    await publish();
    await expect(sync({ NextToken: first["NextToken"] })).rejects.toMatchObject({ name: "InvalidRequest" });
  });

  it("shows no secret of the environment", async () => {
    await three();
    const shown = JSON.stringify([await sync(), await listReleases({ Name: "first" }, world.ports)]);
    const values = [...world.secretVault.secrets.values()].flatMap((secret) => Object.values(secret as object));
    for (const value of [...values, record.names.secret]) expect(shown).not.toContain(String(value));
  });
});
