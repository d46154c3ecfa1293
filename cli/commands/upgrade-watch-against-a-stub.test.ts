// The real command, in a process of its own, against a stub of the API: an update that changes the Airflow version.
import { describe, expect, it } from "vitest";
import { environmentArn as arn, operation, operationId as id, operations } from "../testing/sample-operation.ts";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const upgrade = {
  ...{ From: "2.11.2", To: "3.3.1", Pause: { MostSeconds: 900, AtDeadline: "RETRY" } },
  Snapshot: { Name: "hangar_e1", AirflowVersion: "2.11.2", KeptSeconds: 604_800 },
  Losses: ["Tasks that still run 900 s after scheduling is paused are ended and run again."],
};
const plan = {
  Changes: [{ Member: "AirflowVersion", Before: "2.11.2", After: "3.3.1", Effect: "ROLL", Roles: [], Reason: "why" }],
  ...{ Effect: "ROLL", WorkerReplacementStrategy: "GRACEFUL", Order: ["write the record"] },
  ...{ TasksAffected: { Replaced: [], Scaled: [] }, ExpectedSeconds: null },
  PricePerHour: { Before: null, After: null },
  Reversible: { Possible: false, Reason: "It is kept." },
  Warnings: [{ Option: "webserver.workers", Code: "RENAMED", Message: "webserver.workers is api.workers there." }],
  Upgrade: upgrade,
};
const going = (Phase: string) => operation("RUNNING", { Type: "upgrade-environment", Upgrade: { ...upgrade, Phase } });
const ended = (Status: string, more: object = {}) =>
  operation(Status, { Type: "upgrade-environment", Upgrade: upgrade, ...more });
const run = (...flags: string[]) => region.hangar(["env", "update", "first", "--airflow-version", "3.3.1", ...flags]);

/** An upgrade that is seen like this, look after look. */
function upgradeSeen(...looks: readonly object[]) {
  let at = 0;
  region.serve({
    "POST /environments/first/plan": () => ({ body: { Plan: plan } }),
    "PATCH /environments/first": () => ({ body: { Arn: arn } }),
    [`GET ${operations}`]: () => ({ body: { Operations: [looks[0]!] } }),
    [`GET ${operations}/${id}`]: () => ({ body: { Operation: looks[Math.min(at++, looks.length - 1)]! } }),
  });
}

describe("hangar env update --airflow-version", () => {
  it("asks for the version, says what is to be said about options that stay, and tells each status as it comes", async () => {
    upgradeSeen(
      ...[going("UPDATING"), going("CREATING_SNAPSHOT"), going("CREATING_SNAPSHOT"), going("UPDATING")],
      ended("SUCCEEDED", { Interrupted: { Count: 0, Tasks: [] } }),
    );
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${arn}\n` });
    expect(region.asked.find(({ method }) => method === "PATCH")!.body).toEqual({
      ...{ AirflowVersion: "3.3.1", WorkerReplacementStrategy: "GRACEFUL" },
    });
    expect(stderr).toContain("webserver.workers is api.workers there");
    expect(stderr.match(/-- +[A-Z_]+/g)?.map((line) => line.split(/ +/)[1])).toEqual([
      ...["UPDATING", "CREATING_SNAPSHOT", "UPDATING"],
    ]);
    expect(stderr).not.toContain("ended and run again");
  });

  it("names the task instances it has ended, also when it was rolled back; the way to all of them, where they are many", async () => {
    const Tasks = Array.from({ length: 12 }, (_, at) => ({
      ...{ DagId: "etl", RunId: `r${at}`, TaskId: "load", MapIndex: at === 0 ? 3 : -1, TryNumber: 1 },
    }));
    const error = { Step: "check-migrated", ErrorCode: "X", ErrorMessage: "No table." };
    upgradeSeen(going("ROLLING_BACK"), ended("ROLLED_BACK", { Error: error, Interrupted: { Count: 12, Tasks } }));
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain("12 task instances were ended and run again:");
    expect(stderr).toContain("etl r0 load[3]\n");
    expect(stderr).toContain("etl r9 load\n");
    expect(stderr).not.toContain("r10");
    expect(stderr).toContain(`and 2 more: npx hangar op get first ${id} --json`);
    expect(stderr).toContain("check-migrated: No table.");
  });

  it("shows with --dry-run how long tasks have, what is kept and what may be lost, and changes nothing", async () => {
    upgradeSeen(going("UPDATING"));
    const { code, stdout } = await run("--dry-run");
    expect(code).toBe(0);
    expect(stdout).toContain("upgrade     2.11.2 -> 3.3.1");
    expect(stdout).toContain("running tasks have 15 min 0 s to finish");
    expect(stdout).toContain("hangar_e1 (2.11.2), kept 7 days");
    expect(stdout).toContain(`may lose    ${upgrade.Losses[0]}`);
    expect(region.asked.map(({ method }) => method)).toEqual(["POST"]);
  });
});
