// What every ControlBucket must guarantee: one writer wins, content is what its name says, emptied is empty.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { ControlDocument } from "../../../shared/domain/control-document.ts";
import type { HistoryEntry } from "../../../shared/domain/release-history.ts";
import type { ControlBucket } from "../../../shared/ports/control-bucket.ts";
import { manifest } from "./sample-items.ts";

export interface ControlBucketSubject {
  readonly bucket: ControlBucket;
  /** Lays a report's text down as an agent would. */
  putReport(prefix: string, taskId: string, text: string): void | Promise<void>;
  /** Lays any text down as an agent would. @param key from the bucket's root */
  write(key: string, text: string): void | Promise<void>;
  /** Keys below a prefix, older versions and delete markers included. */
  keys(prefix: string): readonly string[] | Promise<readonly string[]>;
}

const document = (epoch: number): ControlDocument => ({
  epoch,
  environmentId: "e1",
  release: null,
  candidate: null,
  canary: null,
  workersWanted: 1,
  workers: { min: 1, max: 2 },
  drains: [],
  pause: null,
  generation: 1,
});

const report = (taskId: string) => ({
  schema: 1,
  taskId,
  role: "worker",
  generation: "1",
  at: 1_800_000_000.5,
  healthy: true,
  components: { worker: { state: "running", restarts: 0 } },
});

export function controlBucketContract(subject: () => ControlBucketSubject): void {
  test("of two writers of the first control document one wins", async () => {
    const { bucket } = subject();
    expect(await bucket.getControl("environments/first/")).toBeUndefined();
    const won = await Promise.all(
      [1, 2].map((epoch) => bucket.putControl("environments/first/", document(epoch), null)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await bucket.getControl("environments/first/"))?.document.epoch).toBe(won[0] ? 1 : 2);
  });

  test("a control document replaces only the one that was read", async () => {
    const { bucket } = subject();
    const prefix = "environments/replace/";
    await bucket.putControl(prefix, document(1), null);
    const read = (await bucket.getControl(prefix))!;
    expect(await bucket.putControl(prefix, document(2), read.etag)).toBe(true);
    expect(await bucket.putControl(prefix, document(3), read.etag)).toBe(false);
    expect(await bucket.putControl(prefix, document(3), null)).toBe(false);
    expect((await bucket.getControl(prefix))?.document).toEqual(document(2));
    expect(await bucket.putControl("environments/nothing/", document(1), read.etag)).toBe(false);
  });

  test("a blob is stored once, and bytes that are not what their name says are refused", async () => {
    const { bucket, keys } = subject();
    const bytes = new TextEncoder().encode("print('hello')\n");
    const name = createHash("sha256").update(bytes).digest("hex");
    await bucket.putBlob("environments/blobs/", name, bytes);
    await bucket.putBlob("environments/blobs/", name, bytes);
    expect(await keys("environments/blobs/")).toEqual([`environments/blobs/blobs/${name}`]);
    await expect(bucket.putBlob("environments/blobs/", "0".repeat(64), bytes)).rejects.toThrow();
    await bucket.putBlob("environments/blobs/", createHash("sha256").digest("hex"), new Uint8Array());
  });

  test("manifests and configurations are read back as written", async () => {
    const { bucket } = subject();
    await bucket.putManifest("environments/documents/", "releases/r1.json", manifest);
    expect(await bucket.getManifest("environments/documents/", "releases/r1.json")).toEqual(manifest);
    expect(await bucket.getManifest("environments/documents/", "releases/r2.json")).toBeUndefined();
    await bucket.putConfiguration("environments/documents/", "configuration/x.json", { "core.a": "ä=1" });
    expect(await bucket.getConfiguration("environments/documents/", "configuration/x.json")).toEqual({
      "core.a": "ä=1",
    });
    expect(await bucket.getConfiguration("environments/documents/", "configuration/y.json")).toBeUndefined();
  });

  test("the last report of each task is read, and a malformed one counts as none", async () => {
    const { bucket, putReport } = subject();
    const prefix = "environments/reports/";
    expect(await bucket.reports(prefix)).toEqual([]);
    await putReport(prefix, "b", JSON.stringify({ ...report("b"), healthy: false }));
    await putReport(prefix, "b", JSON.stringify(report("b")));
    await putReport(prefix, "a", JSON.stringify(report("a")));
    await putReport(prefix, "c", '{"schema":1,"taskId":');
    await putReport(prefix, "d", JSON.stringify({ ...report("d"), role: "intruder" }));
    await putReport("environments/reports-of-another/", "e", JSON.stringify(report("e")));
    const reports = await bucket.reports(prefix);
    expect(reports.map(({ taskId, healthy }) => [taskId, healthy])).toEqual([
      ["a", true],
      ["b", true],
    ]);
  });

  test("what agents found is read back, and a malformed claim counts as none", async () => {
    const { bucket, write } = subject();
    const prefix = "environments/claims/";
    const check = {
      ...{ schema: 1, candidate: "r2-a", base: "r1-a", taskId: "t", at: 1.5, seconds: 0.25, state: "checked" },
      ...{ problem: null, files: {}, held: [{ path: "Ordner/ä.py", because: "NameError" }] },
    };
    const status = { schema: 1, at: 1.5, release: "r1-a", files: {} };
    expect([await bucket.getCheck(prefix, "r2-a"), await bucket.getDagStatus(prefix)]).toEqual([undefined, undefined]);
    await write(`${prefix}checks/r2-a.json`, JSON.stringify(check));
    await write(`${prefix}dags.json`, JSON.stringify(status));
    expect([await bucket.getCheck(prefix, "r2-a"), await bucket.getDagStatus(prefix)]).toEqual([check, status]);
    await write(`${prefix}checks/r2-a.json`, JSON.stringify({ ...check, state: "perhaps" }));
    await write(`${prefix}dags.json`, "{");
    expect([await bucket.getCheck(prefix, "r2-a"), await bucket.getDagStatus(prefix)]).toEqual([undefined, undefined]);
  });

  test("what is kept is counted once for each content, and only below its own prefix", async () => {
    const { bucket } = subject();
    const prefix = "environments/kept/";
    expect(await bucket.keptBlobs(prefix)).toEqual({ count: 0, bytes: 0, complete: true });
    const put = (where: string, text: string) =>
      bucket.putBlob(where, createHash("sha256").update(text).digest("hex"), Buffer.from(text));
    for (const text of ["four", "äöü", "four"]) await put(prefix, text);
    await put("environments/kept-too/", "another environment's");
    expect(await bucket.keptBlobs(prefix)).toEqual({ count: 2, bytes: 10, complete: true });
  });

  test("the history is listed from the newest on, page by page, and a repeat overwrites", async () => {
    const { bucket } = subject();
    const prefix = "environments/history/";
    const entry = (number: number, reason: string) => ({ number, reason }) as HistoryEntry;
    for (const number of [1, 2, 9, 10, 100]) await bucket.putHistory(prefix, entry(number, "first"));
    await bucket.putHistory(prefix, entry(9, "again"));
    const numbers = async (below: number | undefined, limit: number) =>
      (await bucket.listHistory(prefix, below, limit)).map(({ number }) => number);
    expect(await numbers(undefined, 2)).toEqual([100, 10]);
    expect(await numbers(10, 2)).toEqual([9, 2]);
    expect(await numbers(2, 5)).toEqual([1]);
    expect(await bucket.getHistory(prefix, 9)).toEqual(entry(9, "again"));
    expect(await bucket.getHistory(prefix, 3)).toBeUndefined();
  });

  test("a sync problem is there until it is over", async () => {
    const { bucket } = subject();
    const prefix = "environments/problem/";
    expect(await bucket.getSyncProblem(prefix)).toBeUndefined();
    await bucket.putSyncProblem(prefix, { since: 1, sentence: "The bucket ä is gone." });
    expect(await bucket.getSyncProblem(prefix)).toEqual({ since: 1, sentence: "The bucket ä is gone." });
    await bucket.putSyncProblem(prefix, null);
    await bucket.putSyncProblem(prefix, null);
    expect(await bucket.getSyncProblem(prefix)).toBeUndefined();
  });

  test("when an event was handled last is remembered", async () => {
    const { bucket } = subject();
    const prefix = "environments/told/";
    expect(await bucket.getLastEvent(prefix)).toBeUndefined();
    await bucket.putLastEvent(prefix, 1);
    await bucket.putLastEvent(prefix, 1_700_000_000_000);
    expect(await bucket.getLastEvent(prefix)).toBe(1_700_000_000_000);
  });

  test("a blob passed on as it arrives has the bytes its name says, or is not there", async () => {
    const { bucket, keys } = subject();
    const prefix = "environments/copies/";
    const bytes = Buffer.alloc(300_000, "pendulum==3.2\n");
    const name = createHash("sha256").update(bytes).digest("hex");
    let opened = 0;
    const from = (broken?: Error) => ({
      size: bytes.byteLength,
      async open() {
        opened++;
        return (async function* () {
          for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
          if (broken) throw broken;
        })();
      },
    });
    await expect(bucket.copyBlob(prefix, "0".repeat(64), from())).rejects.toThrow();
    await expect(bucket.copyBlob(prefix, name, { ...from(), size: bytes.byteLength + 1 })).rejects.toThrow();
    await expect(bucket.copyBlob(prefix, name, from(new Error("the source broke off")))).rejects.toThrow();
    expect(await keys(prefix)).toEqual([]);
    opened = 0;
    await bucket.copyBlob(prefix, name, from());
    await bucket.copyBlob(prefix, name, from());
    expect(await keys(prefix)).toEqual([`${prefix}blobs/${name}`]);
    expect(opened).toBe(1);
  });

  test("of two writers of one layer document one wins, and a huge one is not read", async () => {
    const { bucket } = subject();
    const prefix = "environments/layers/";
    const put = (text: string, etag?: string | null) => bucket.putLayerText(prefix, "layers/offer.json", text, etag);
    expect(await bucket.getLayerText(prefix, "layers/offer.json")).toBeUndefined();
    expect(await put("one", null)).toBe(true);
    expect(await put("two", null)).toBe(false);
    const { text, etag } = (await bucket.getLayerText(prefix, "layers/offer.json"))!;
    expect(text).toBe("one");
    expect(await put("three", etag)).toBe(true);
    expect(await put("four", etag)).toBe(false);
    expect(await put("five")).toBe(true);
    expect((await bucket.getLayerText(prefix, "layers/offer.json"))!.text).toBe("five");
    await bucket.putLayerText(prefix, "layers/l-1/result.json", "x".repeat(1024 ** 2 + 1));
    expect((await bucket.getLayerText(prefix, "layers/l-1/result.json"))?.etag).toBeUndefined();
  });

  test("layers are listed by their recipes, each once, and go whole", async () => {
    const { bucket } = subject();
    const prefix = "environments/listed/";
    expect(await bucket.listLayers(prefix)).toEqual([]);
    for (const key of [
      "layers/l-a/recipe.json",
      "layers/l-b/recipe.json",
      "layers/l-b/result.json",
      "layers/offer.json",
    ])
      await bucket.putLayerText(prefix, key, "{}");
    expect((await bucket.listLayers(prefix)).map(({ key }) => key).toSorted()).toEqual(["l-a", "l-b"]);
    await bucket.empty(`${prefix}layers/l-a/`);
    expect((await bucket.listLayers(prefix)).map(({ key }) => key)).toEqual(["l-b"]);
  });

  test("emptying a prefix takes every version below it and nothing beside it", async () => {
    const { bucket, putReport, keys } = subject();
    for (let round = 0; round < 3; round++)
      await putReport("environments/empty/", "task", JSON.stringify(report("task")));
    await bucket.putControl("environments/empty/", document(1), null);
    await bucket.putControl("environments/empty2/", document(1), null);
    expect(await bucket.empty("environments/empty/")).toBe(true);
    expect(await keys("environments/empty/")).toEqual([]);
    expect(await bucket.empty("environments/empty/")).toBe(true);
    expect(await bucket.getControl("environments/empty2/")).toBeDefined();
    await expect(bucket.empty("")).rejects.toThrow(/Refused/);
  });
}
