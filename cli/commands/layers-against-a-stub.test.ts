// The real command against a stub of the API: layers beside releases, and back to one of them.
import { describe, expect, it } from "vitest";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const releases = "/environments/first/releases";
const none = { Count: 0, Paths: [] };
const release = (number: number, more: object = {}) => ({
  ...{ Number: number, Id: `r${number}-0`, State: "LIVE", Kind: "FILES", By: "arn:x:user/anna" },
  ...{ CreatedAt: 1_800_000_000, SettledAt: 1_800_000_001, Reason: "Checked and served." },
  ...{ Changes: { Added: none, Changed: none, Removed: none }, Held: [], Errors: [], LeftOut: [], Unchecked: false },
  ...more,
});
const back = release(3, { RollbackOf: 1, Reason: "Rolled back to release 1." });
/** Every task runs a release of that number. */
const tasksOf = (number: number) => ({
  ...{
    Release: { Number: 3, Id: "r3-0", CreatedAt: 1, Since: 1 },
    Candidate: null,
    Files: [],
    LeftOut: [],
    Problems: [],
  },
  Bucket: { Name: "my-dags", Prefix: "dags/", LastSeen: 1 },
  Tasks: [{ TaskId: "t", Role: "web", Release: { Number: number, Id: `r${number}-0` }, Staged: true, Healthy: true }],
});
/** What the sync view answers, one after the other; the last for ever. */
const inTurn = (...answers: object[]) => ({
  "GET /environments/first/sync": () => ({ body: answers.length > 1 ? answers.shift()! : answers[0]! }),
});

describe("hangar release, of layers", () => {
  const id = "o".repeat(26);
  const operation = (Status: string, more: object = {}) => ({
    body: {
      Operation: {
        ...{
          OperationId: id,
          Type: "update-environment",
          Status,
          CreatedAt: 1,
          CreatedBy: "anna",
          Attempt: 1,
          Steps: [],
        },
        ...more,
      },
    },
  });
  const rolling = { Standing: "ROLLING", Message: "An update rolls back." };

  it("rollback --layers asks for them and waits for files and update both; 1 where the update fails", async () => {
    const answers = [operation("RUNNING"), operation("SUCCEEDED")];
    const routes = {
      [`POST ${releases}/1/rollback`]: () => ({ body: { Release: back, Layer: rolling, OperationId: id } }),
      ...inTurn(tasksOf(2), tasksOf(3)),
    };
    region.serve({ ...routes, [`GET /environments/first/operations/${id}`]: () => answers.shift()! });
    expect(await region.hangar(["release", "rollback", "first", "1", "--layers"])).toMatchObject({
      code: 0,
      stdout: "3\n",
    });
    expect(region.asked.map(({ method }) => method)).toEqual(["POST", "GET", "GET", "GET", "GET"]);
    expect(region.asked[0]!.body).toEqual({ Layers: true });
    const failure = { Step: "check-services", ErrorCode: "X", ErrorMessage: "web never got healthy" };
    region.serve({
      ...routes,
      ...inTurn(tasksOf(3)),
      [`GET /environments/first/operations/${id}`]: () => operation("ROLLED_BACK", { Error: failure }),
    });
    const ended = await region.hangar(["release", "rollback", "first", "1", "--layers"]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("web never got healthy");
  });

  it("rollback --layers --no-wait names the operation; without --layers it says that the layer differs", async () => {
    region.serve({
      [`POST ${releases}/1/rollback`]: () => ({ body: { Release: back, Layer: rolling, OperationId: id } }),
    });
    const started = await region.hangar(["release", "rollback", "first", "1", "--layers", "--no-wait"]);
    expect(started).toMatchObject({ code: 0, stdout: "3\n" });
    expect(started.stderr).toContain(`npx hangar op watch first ${id}`);
    const Layer = { Standing: "DIFFERENT", Message: "Take them, too: --layers" };
    region.serve({ [`POST ${releases}/1/rollback`]: () => ({ body: { Release: back, Layer } }) });
    const ended = await region.hangar(["release", "rollback", "first", "1", "--no-wait"]);
    expect(ended.stderr).toContain("Take them, too: --layers");
    expect(region.asked.at(-1)!.body).toEqual({});
  });

  it("get and diff tell of layers: what they were made of, and packages by version", async () => {
    const Layer = {
      Key: "l-1",
      Files: [{ Part: "requirements", Key: "requirements.txt", VersionId: "v7", Size: 2048 }],
      ...{ SizeBytes: 2048, ArchiveBytes: 3 * 1024 ** 2 },
      ...{ Packages: ["pendulum==3.1"], Plugins: ["lineage"] },
    };
    const Diff = {
      ...{ Against: 1, Added: [], Changed: [], Removed: [] },
      Layer: {
        ...{ Before: "l-0", After: "l-1", Files: [{ Part: "requirements", Before: "v6", After: "v7" }] },
        Packages: [
          { Name: "pendulum", Before: "3.0", After: "3.1" },
          { Name: "six", Before: null, After: "1.17" },
        ],
        Plugins: { Added: ["lineage"], Removed: [] },
      },
    };
    const body = { Release: { ...release(3, { Kind: "LAYER", Layer }), Files: [] }, Diff };
    region.serve({
      [`GET ${releases}/3`]: () => ({ body }),
      [`GET ${releases}`]: () => ({ body: { Releases: [body.Release] } }),
    });
    const { stdout } = await region.hangar(["release", "diff", "first", "1", "3"]);
    expect(stdout.trim().split("\n").slice(1)).toEqual([
      "layer requirements\tchanged\tv6\tv7",
      "package pendulum\tchanged\t3.0\t3.1",
      "package six\tadded\t\t1.17",
      "plugin lineage\tadded",
    ]);
    const shown = (await region.hangar(["release", "get", "first", "3"])).stdout;
    for (const part of [
      "layer l-1: 1 file, 2.0 KiB; installed 3.0 MiB",
      "requirements requirements.txt version v7",
      "packages pendulum==3.1",
      "plugins lineage",
    ])
      expect(shown).toContain(part);
    expect((await region.hangar(["release", "list", "first"])).stdout).toContain(
      "3\tLIVE\t2027-01-15 08:00:01\tlayer\t1 file, 2.0 KiB\t",
    );
  });
});
