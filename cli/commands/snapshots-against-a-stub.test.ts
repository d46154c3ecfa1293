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
