// What every ControlBucket must guarantee: one writer wins, content is what its name says, emptied is empty.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { ControlDocument } from "../../../shared/domain/control-document.ts";
import type { ControlBucket } from "../../../shared/ports/control-bucket.ts";
import { manifest } from "./sample-items.ts";

export interface ControlBucketSubject {
  readonly bucket: ControlBucket;
  /** Lays a report's text down as an agent would. */
  putReport(prefix: string, taskId: string, text: string): void | Promise<void>;
  /** Keys below a prefix, older versions and delete markers included. */
  keys(prefix: string): readonly string[] | Promise<readonly string[]>;
}

const document = (epoch: number): ControlDocument => ({
  epoch,
  environmentId: "e1",
  release: null,
  canary: null,
  workersWanted: 1,
  drains: [],
  holds: [],
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
