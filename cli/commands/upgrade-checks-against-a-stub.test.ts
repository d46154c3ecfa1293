// The real command, in a process of its own, against a stub of the API: checks of upgrades, and an upgrade over a stepping stone.
import { describe, expect, it } from "vitest";
import { environmentArn, operation, operationId, operations } from "../testing/sample-operation.ts";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const one = "/environments/first";
const checks = `${one}/upgrade-checks`;

const finding = {
  ...{ Severity: "BLOCKED", Code: "IMPORT_ERROR", Where: "etl.py:7" },
  ...{ What: "No module named 'x'", WhatToDo: "Change it." },
};
const check = (From: string, To: string, more: object = {}) => ({
  ...{ CheckId: `c${To.replaceAll(".", "")}`.padEnd(26, "0"), From, To, Rehearse: false, Status: "DONE", Step: null },
  ...{ Verdict: "READY", Reason: "Nothing stands in the way.", Blocking: 0, Warnings: 0, MigrationSeconds: null },
  ...{ Release: { Number: 4, Id: "r4" }, CreatedAt: 1_800_000_000, EndedAt: 1_800_000_060, Current: true },
  Report: { Findings: [], FindingsLeftOut: 0, Packages: [], Files: 3, Dags: 5, Seconds: {}, Rehearsal: null },
  ...more,
});
const blocked = {
  ...{ Verdict: "BLOCKED", Reason: "1 findings block it.", Blocking: 1 },
  Report: { ...check("a", "b").Report, Findings: [finding] },
};

/** A region whose check goes through a step, and then ends so. */
function checkThatEnds(end: ReturnType<typeof check>) {
  let looks = 0;
  const running = { ...end, Status: "RUNNING", Step: "TRY", Verdict: null, Report: null };
  region.serve({
    [`POST ${checks}`]: () => ({ body: { Check: running } }),
    [`GET ${checks}/${end.CheckId}`]: () => ({ body: { Check: looks++ === 0 ? running : end } }),
    [`GET ${checks}`]: () => ({ body: { Checks: [end] } }),
  });
}

describe("hangar upgrade check", () => {
  it("waits, tells the step, and prints verdict and figures", async () => {
    checkThatEnds(check("2.11.2", "3.3.1"));
    const { code, stdout, stderr } = await region.hangar(["upgrade", "check", "first", "--to", "3.3.1"]);
    expect(code).toBe(0);
    expect(stdout.split("\n")).toEqual([
      ...["upgrade     2.11.2 -> 3.3.1", "verdict     Ready. Nothing stands in the way.", "release     4"],
      ...["dags        5 in 3 files", ""],
    ]);
    expect(stderr).toContain("trying DAGs and packages");
    expect(region.asked[0]!.body).toEqual({ AirflowVersion: "3.3.1", Rehearse: false });
  });

  it("ends with 1 when it is blocked, after it has said where, what, and what to do", async () => {
    checkThatEnds(check("2.11.2", "3.3.1", blocked));
    const { code, stdout, stderr } = await region.hangar(["upgrade", "check", "first", "--to", "3.3.1"]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      "blocked     etl.py:7  (IMPORT_ERROR)\n            No module named 'x'\n            -> Change it.",
    );
    expect(stderr).toContain("error: Airflow 3.3.1 is blocked for first");
  });

  it("that comes to no verdict fails with its reason", async () => {
    checkThatEnds(
      check("2.11.2", "3.3.1", { Status: "CANCELLED", Verdict: null, Reason: "An upgrade began.", Report: null }),
    );
    const { code, stderr } = await region.hangar(["upgrade", "check", "first", "--to", "3.3.1"]);
    expect(code).toBe(1);
    expect(stderr).toContain("why: An upgrade began.");
  });
});

describe("hangar upgrade rehearse", () => {
  it("asks for a rehearsal and prints size and times", async () => {
    const Rehearsal = {
      DatabaseBytes: 12_000_000,
      CopySeconds: 3,
      MigrationSeconds: 61,
      Rows: { a: 2, b: 3 },
      ActiveDags: 5,
    };
    const made = check("2.11.2", "3.3.1");
    checkThatEnds({ ...made, Rehearse: true, Report: { ...made.Report, Rehearsal } } as never);
    const { code, stdout } = await region.hangar(["upgrade", "rehearse", "first", "--to", "3.3.1"]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      "rehearsal   12 MB copied in 3.0 s, migrated in 1 min 1 s; 5 rows as before, 5 DAGs in use",
    );
    expect(region.asked[0]!.body).toEqual({ AirflowVersion: "3.3.1", Rehearse: true });
  });
});

describe("hangar upgrade report", () => {
  it("prints the newest one of a version, blocked or not; with --json what the API answers", async () => {
    const made = check("2.11.2", "3.3.1", { ...blocked, Current: false });
    checkThatEnds(made);
    const { code, stdout } = await region.hangar(["upgrade", "report", "first", "--to", "3.3.1", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ CheckId: made.CheckId });
    const asText = await region.hangar(["upgrade", "report", "first"]);
    expect(asText.stdout).toContain("something of what was checked is another today");
  });

  it("of a version nobody checked fails and says how one is made", async () => {
    checkThatEnds(check("2.11.2", "3.3.1"));
    const { code, stderr } = await region.hangar(["upgrade", "report", "first", "--to", "3.2.1"]);
    expect(code).toBe(4);
    expect(stderr).toContain("npx hangar upgrade check first --to 3.2.1");
  });
});

const plan = (From: string, To: string) => ({
  ...{ Changes: [], Effect: "ROLL", WorkerReplacementStrategy: "GRACEFUL", Order: ["write the record"] },
  ...{ TasksAffected: { Replaced: [], Scaled: [] }, ExpectedSeconds: null, Warnings: [] },
  PricePerHour: { Before: null, After: null },
  Reversible: { Possible: false, Reason: "It is kept." },
  Upgrade: {
    ...{ From, To, How: "MIGRATE", Pause: { MostSeconds: 900, AtDeadline: "RETRY" }, Losses: [] },
    Snapshot: { Name: "hangar_e1", AirflowVersion: From, KeptSeconds: 604_800 },
  },
});
const hops = [
  { From: "2.10.3", To: "2.11.2", How: "MIGRATE", Reason: "x" },
  { From: "2.11.2", To: "3.3.1", How: "MIGRATE", Reason: "x" },
];

/** A region on 2.10.3 whose upgrades go well. @param known the verdict of the second step's check */
function wayTo3(known: object = {}) {
  let version = "2.10.3";
  const checkOf = () => (version === "2.10.3" ? check("2.10.3", "2.11.2") : check("2.11.2", "3.3.1", known));
  region.serve({
    [`GET ${one}/upgrades`]: () => ({
      body: { AirflowVersion: version, Upgrades: [{ To: "3.3.1", Reachable: true, Hops: hops, Warnings: [] }] },
    }),
    [`GET ${checks}`]: () => ({ body: { Checks: version === "2.10.3" ? [checkOf()] : [] } }),
    [`POST ${checks}`]: () => ({ body: { Check: checkOf() } }),
    ...Object.fromEntries(
      hops.map(({ From, To }) => [`GET ${checks}/${check(From, To).CheckId}`, () => ({ body: { Check: checkOf() } })]),
    ),
    [`POST ${one}/plan`]: ({ body }) => ({
      body: { Plan: plan(version, (body as { AirflowVersion: string }).AirflowVersion) },
    }),
    [`PATCH ${one}`]: ({ body }) => {
      version = (body as { AirflowVersion: string }).AirflowVersion;
      return { body: { Arn: environmentArn } };
    },
    [`GET ${operations}`]: () => ({ body: { Operations: [operation("RUNNING")] } }),
    [`GET ${operations}/${operationId}`]: () => ({ body: { Operation: operation("SUCCEEDED") } }),
  });
}
const patches = () => region.asked.filter(({ method }) => method === "PATCH").map(({ body }) => body);
const run = (...flags: string[]) => region.hangar(["upgrade", "run", "first", "--to", "3.3.1", ...flags]);

describe("hangar upgrade run", () => {
  it("--yes goes over the stepping stone, each step checked, one after the other", async () => {
    wayTo3();
    const { code, stdout, stderr } = await run("--yes", "--forced");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "3.3.1\n" });
    expect(patches()).toEqual([
      { AirflowVersion: "2.11.2", WorkerReplacementStrategy: "FORCED" },
      { AirflowVersion: "3.3.1", WorkerReplacementStrategy: "FORCED" },
    ]);
    expect(stderr).toContain("nothing has changed since"); // the first step's verdict was there
    expect(stderr).toContain("2.11.2 is reached; 3.3.1 is next (2 of 2)");
    expect(region.asked.filter(({ method, target }) => method === "POST" && target === checks)).toHaveLength(1);
  });

  it("without --yes shows the first step's dry run and ends with 2: nothing was started", async () => {
    wayTo3();
    const { code, stderr } = await run();
    expect(code).toBe(2);
    expect(stderr).toContain("upgrade     2.10.3 -> 2.11.2");
    expect(stderr).toContain("npx hangar upgrade run first --to 3.3.1 --yes");
    expect(patches()).toEqual([]);
  });

  it("stops where a check blocks, and stays on the stepping stone; --unchecked goes on", async () => {
    wayTo3(blocked);
    const { code, stderr } = await run("--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("blocked     etl.py:7");
    expect(patches()).toEqual([{ AirflowVersion: "2.11.2" }]);
    region.asked.splice(0);
    wayTo3(blocked);
    expect((await run("--yes", "--unchecked")).code).toBe(0);
    expect(region.asked.some(({ target }) => target.startsWith(checks))).toBe(false);
  });

  it("says why where no way leads", async () => {
    region.serve({
      [`GET ${one}/upgrades`]: () => ({
        body: {
          AirflowVersion: "3.3.1",
          Upgrades: [{ To: "2.11.2", Reachable: true, Hops: [{ From: "3.3.1", To: "2.11.2", How: "RESTORE" }] }],
        },
      }),
    });
    const { code, stderr } = await region.hangar(["upgrade", "run", "first", "--to", "2.11.2", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toContain("npx hangar snapshot list first");
  });
});
