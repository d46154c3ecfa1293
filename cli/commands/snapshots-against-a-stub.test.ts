// The real command, in a process of its own, against a stub of the API: snapshots, and the way back to one.
import { describe, expect, it } from "vitest";
import { operation, operationId as id, operations } from "../testing/sample-operation.ts";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const one = "/environments/first/snapshots";
const upgrade = {
  ...{ From: "3.3.1", To: "2.11.2", How: "RESTORE", Restores: "hangar_e1" },
  Pause: { MostSeconds: 900, AtDeadline: "RETRY" },
  Snapshot: { Name: "hangar_e1_g2", AirflowVersion: "3.3.1", KeptSeconds: 604_800 },
  Losses: ["12 DAG runs began since."],
};
const plan = {
  ...{ Changes: [], Effect: "ROLL", WorkerReplacementStrategy: "GRACEFUL", Order: ["write the record"] },
  ...{ TasksAffected: { Replaced: [], Scaled: [] }, ExpectedSeconds: null, Warnings: [] },
  PricePerHour: { Before: null, After: null },
  Reversible: { Possible: false, Reason: "It is kept." },
  Upgrade: upgrade,
};
const seen = (Status: string, more: object = {}) =>
  operation(Status, { Type: "upgrade-environment", Upgrade: upgrade, ...more });

/** A region whose restore ends so. */
function restoreThatEnds(end: object) {
  region.serve({
    [`POST ${one}/hangar_e1/restore`]: ({ body }) => ({
      body: (body as { DryRun?: boolean }).DryRun ? { Plan: plan } : { Operation: seen("RUNNING") },
    }),
    [`GET ${operations}/${id}`]: () => ({ body: { Operation: end } }),
  });
}
const restore = (...flags: string[]) => region.hangar(["snapshot", "restore", "first", "hangar_e1", ...flags]);

describe("hangar snapshot", () => {
  it("list prints version, end and why one cannot be restored; with --json what the API answers", async () => {
    const times = { CreatedAt: 1_800_000_000, ExpiresAt: 1_800_604_800, OperationId: id };
    const Snapshots = [
      { Name: "hangar_e1_g2", AirflowVersion: "3.3.1", ...times, Restorable: true },
      { Name: "hangar_e1", AirflowVersion: "2.11.2", ...times, Restorable: false, Reason: "No image." },
    ];
    region.serve({ [`GET ${one}`]: () => ({ body: { Snapshots } }) });
    const { code, stdout } = await region.hangar(["snapshot", "list", "first"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").map((line) => line.split("\t").toSpliced(2, 2))).toEqual([
      ...[["SNAPSHOT", "AIRFLOW", "NOTE"], ["hangar_e1_g2", "3.3.1", ""], ["hangar_e1", "2.11.2", "No image."], [""]],
    ]);
    const asJson = await region.hangar(["snapshot", "list", "first", "--json"]);
    expect(JSON.parse(asJson.stdout)).toEqual(Snapshots);
  });

  it("list without an environment lists all, those of deleted environments marked", async () => {
    const times = { CreatedAt: 1_800_000_000, ExpiresAt: 1_800_604_800, AirflowVersion: "3.3.1", Restorable: true };
    const Snapshots = [
      { Name: "hangar_e2_s9", ...times, Environment: "first", Final: false, State: "CREATING" },
      { Name: "hangar_e2_s8", ...times, Environment: "first", Final: false, State: "FAILED", Failure: "No room." },
      { Name: "hangar_e1", ...times, Environment: "gone", Final: true, State: "AVAILABLE" },
    ];
    region.serve({ "GET /snapshots": () => ({ body: { Snapshots } }) });
    const { stdout } = await region.hangar(["snapshot", "list"]);
    const lines = stdout.split("\n").map((line) => line.split("\t").toSpliced(3, 2));
    expect(lines.slice(1, -1)).toEqual([
      ["hangar_e2_s9", "first", "3.3.1", "is being copied"],
      ["hangar_e2_s8", "first", "3.3.1", "failed: No room."],
      ["hangar_e1", "gone (deleted)", "3.3.1", ""],
    ]);
  });

  it("create waits until it is there and prints its name; one that failed ends with 1 and says why", async () => {
    const asked = { Name: "hangar_e1_s7", AirflowVersion: "3.3.1", CreatedAt: 1, ExpiresAt: 2, Restorable: false };
    let looks = 0;
    let end: object = { State: "AVAILABLE" };
    region.serve({
      [`POST ${one}`]: () => ({ body: { Snapshot: { ...asked, State: "CREATING" } } }),
      [`GET ${one}`]: () => ({ body: { Snapshots: [{ ...asked, ...(looks++ % 2 ? end : { State: "CREATING" }) }] } }),
    });
    const create = (...flags: string[]) => region.hangar(["snapshot", "create", "first", ...flags]);
    expect(await create("--description", "before the move")).toMatchObject({ code: 0, stdout: "hangar_e1_s7\n" });
    expect(region.asked[0]).toMatchObject({ method: "POST", body: { Description: "before the move" } });
    end = { State: "FAILED", Failure: "The disk is full." };
    const failed = await create();
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("The disk is full.");
    const before = region.asked.length;
    expect(await create("--no-wait")).toMatchObject({ code: 0, stdout: "hangar_e1_s7\n" });
    expect(region.asked.slice(before).map(({ method }) => method)).toEqual(["POST"]);
  });

  it("env create --from-snapshot asks for an environment of it, and says of DAGs only what was said", async () => {
    region.serve({ "POST /snapshots/hangar_e1/environments": () => ({ body: { Arn: "arn:second" } }) });
    const create = (...flags: string[]) =>
      region.hangar([
        ...["env", "create", "second", "--bucket", "b", "--no-wait"],
        "--from-snapshot",
        "hangar_e1",
        ...flags,
      ]);
    expect(await create()).toMatchObject({ code: 0, stdout: "arn:second\n" });
    await create("--no-pause-dags");
    await create("--pause-dags");
    const bodies = region.asked.filter(({ method }) => method === "POST").map(({ body }) => body as object);
    expect(bodies[0]).toMatchObject({ Name: "second", SourceBucketArn: "arn:aws:s3:::b" });
    expect(bodies.map((body) => ("PauseDags" in body ? body.PauseDags : "unsaid"))).toEqual(["unsaid", false, true]);
  });

  it("delete of one whose environment is gone takes its name alone", async () => {
    region.serve({ "DELETE /snapshots/hangar_e1": () => ({ body: {} }) });
    expect((await region.hangar(["snapshot", "delete", "hangar_e1"])).stderr).toContain(
      "npx hangar snapshot delete hangar_e1 --yes",
    );
    expect((await region.hangar(["snapshot", "delete", "hangar_e1", "--yes"])).code).toBe(0);
  });

  it("env delete says where the database is kept and how it is dropped; with --no-snapshot it asks for none", async () => {
    const environment = { Name: "first", SourceBucketArn: "arn:aws:s3:::b", Hangar: { EnvironmentId: "e1" } };
    let there = true;
    const last = { Name: "hangar_e1_g2", Final: true, Environment: "first", ExpiresAt: 1_800_604_800 };
    region.serve({
      "GET /environments/first": () =>
        there ? { body: { Environment: { ...environment, Status: "AVAILABLE" } } } : { status: 404, body: {} },
      "DELETE /environments/first": () => {
        there = false;
        return { body: {} };
      },
      "GET /snapshots": () => ({ body: { Snapshots: [{ ...last, Name: "hangar_e2" }, last] } }),
    });
    const kept = await region.hangar(["env", "delete", "first"]);
    expect(kept.stderr).toContain("npx hangar snapshot delete hangar_e1_g2 --yes");
    there = true;
    const before = region.asked.length;
    const dropped = await region.hangar(["env", "delete", "first", "--no-snapshot"]);
    expect(dropped.stderr).not.toContain("snapshot");
    expect(region.asked.slice(before).map(({ target }) => target)).toContain(
      "/environments/first?SkipFinalSnapshot=true",
    );
  });

  it("restore --dry-run shows what would be lost, and asks for nothing else", async () => {
    restoreThatEnds(seen("SUCCEEDED"));
    const { code, stdout } = await restore("--dry-run");
    expect(code).toBe(0);
    expect(stdout).toContain("restore     3.3.1 -> 2.11.2 (hangar_e1)");
    expect(stdout).toContain("may lose    12 DAG runs began since.");
    expect(region.asked.map(({ body }) => body)).toEqual([{ DryRun: true }]);
  });

  it("restore without --yes shows the same and ends with 2: nothing was started", async () => {
    restoreThatEnds(seen("SUCCEEDED"));
    const { code, stderr } = await restore("--worker-replacement-strategy", "FORCED");
    expect(code).toBe(2);
    expect(stderr).toContain("12 DAG runs began since.");
    expect(stderr).toContain("npx hangar snapshot restore first hangar_e1 --yes");
    expect(region.asked.map(({ body }) => body)).toEqual([{ DryRun: true, WorkerReplacementStrategy: "FORCED" }]);
  });

  it("restore --yes waits, prints the snapshot that the database became, and says what became of tasks that ran", async () => {
    const Tasks = [{ DagId: "etl", RunId: "r1", TaskId: "load", MapIndex: -1, TryNumber: 1 }];
    restoreThatEnds(seen("SUCCEEDED", { Interrupted: { Count: 1, Tasks } }));
    const { code, stdout, stderr } = await restore("--yes");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "hangar_e1_g2\n" });
    expect(stderr).toContain("1 task instance was ended, not to run again:");
  });

  it("restore that was rolled back fails with its reason", async () => {
    const error = { Step: "prepare-generation", ErrorCode: "SnapshotNotFound", ErrorMessage: "It is gone." };
    restoreThatEnds(seen("ROLLED_BACK", { Error: error }));
    const { code, stderr } = await restore("--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("prepare-generation: It is gone.");
  });

  it("delete drops one with --yes, and without asks nothing of the region", async () => {
    region.serve({ [`DELETE ${one}/hangar_e1`]: () => ({ body: {} }) });
    const drop = (...flags: string[]) => region.hangar(["snapshot", "delete", "first", "hangar_e1", ...flags]);
    expect((await drop()).code).toBe(2);
    expect(region.asked).toEqual([]);
    expect((await drop("--yes")).code).toBe(0);
    expect(region.asked.map(({ method }) => method)).toEqual(["DELETE"]);
  });
});
