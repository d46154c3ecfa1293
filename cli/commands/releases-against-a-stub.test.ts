// The real command, in a process of its own, against a stub of the API that checks every signature: releases and sync.
import { describe, expect, it } from "vitest";
import { operation, operationId, operations } from "../testing/sample-operation.ts";
import { refused, stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const releases = "/environments/first/releases";
const syncPath = "/environments/first/sync";
const changes = (...added: string[]) => ({
  Added: { Count: added.length, Paths: added },
  Changed: { Count: 2, Paths: [] },
  Removed: { Count: 0, Paths: [] },
});
const release = (number: number, State = "REPLACED", more: object = {}) => ({
  ...{
    Number: number,
    Id: `r${number}-0`,
    State,
    Kind: "FILES",
    CreatedAt: 1_800_000_000,
    SettledAt: 1_800_000_001,
    By: "arn:x:user/anna",
  },
  ...{ Reason: "Checked and served.", Changes: changes("a.py"), Held: [], Errors: [], LeftOut: [], Unchecked: false },
  ...more,
});
const row = (Path: string, State: string, more: object = {}) => ({
  ...{ Path, State, VersionId: "v1", Served: { VersionId: "v1", Release: 3 }, Held: null, DagIds: ["orders"] },
  ...{ ParsedAt: 1_800_000_000, ParsedRelease: 3, Error: null },
  ...more,
});
const error = { Message: "NameError: name 'x' is not defined", Line: 12, Traceback: "Traceback\n  line 12" };
const held = row("b.py", "HELD", {
  VersionId: "v2",
  Held: { VersionId: "v2", Reason: "b.py: NameError" },
  Error: error,
});
const task = (Role: string, number: number) => ({
  ...{ TaskId: `t-${Role}`, Role, Generation: 1, Release: { Number: number, Id: `r${number}-0` } },
  ...{ Staged: true, Healthy: true, ReportedAt: 1 },
});
const state = (more: object = {}) => ({
  ...{ Release: { Number: 3, Id: "r3-0", CreatedAt: 1, Since: 1_800_000_000 }, Candidate: null },
  ...{ Bucket: { Name: "my-dags", Prefix: "dags/", LastSeen: 1_800_000_000 }, Tasks: [task("scheduler", 3)] },
  ...{ Files: [row("a.py", "LIVE")], LeftOut: [], Problems: [] },
  ...more,
});
/** What it answers, one after the other; the last for ever. */
const inTurn = (...answers: object[]) => ({
  [`GET ${syncPath}`]: () => ({ body: answers.length > 1 ? answers.shift()! : answers[0]! }),
});

describe("hangar release", () => {
  it("list shows who, when, what changed and why, page by page", async () => {
    region.serve({
      [`GET ${releases}`]: ({ target }) =>
        target.includes("NextToken=more")
          ? { body: { Releases: [release(1)] } }
          : {
              body: {
                Releases: [release(3, "LIVE", { FileCount: 12, SizeBytes: 2048 }), release(2)],
                Kept: { Blobs: 412, SizeBytes: 3 * 1024 ** 2, Complete: true },
                NextToken: "more",
              },
            },
    });
    const { stdout, stderr, code } = await region.hangar(["release", "list", "first"]);
    expect(code).toBe(0);
    expect(stderr).toContain("412 different files, 3.0 MiB");
    const rows = stdout.trim().split("\n");
    expect(rows[0]).toBe("RELEASE\tSTATE\tAT\tCHANGES\tHOLDS\tBY\tREASON");
    expect(rows[1]).toBe("3\tLIVE\t2027-01-15 08:00:01\t+1 ~2 -0\t12 files, 2.0 KiB\tuser/anna\tChecked and served.");
    expect(rows).toHaveLength(4);
  });

  it("diff asks for the second against the first, and shows each path once", async () => {
    const content = { VersionId: "v2", Size: 1, Sha256: "s" };
    const Diff = {
      Against: 1,
      Added: [{ Path: "b.py", ...content }],
      Changed: [{ Path: "a.py", Before: { ...content, VersionId: "v1" }, After: content }],
      Removed: [{ Path: "c.py", ...content }],
    };
    region.serve({ [`GET ${releases}/3`]: () => ({ body: { Release: { ...release(3), Files: [] }, Diff } }) });
    const { stdout } = await region.hangar(["release", "diff", "first", "1", "3", "--path", "team/"]);
    expect(stdout.trim().split("\n").slice(1)).toEqual([
      "a.py\tchanged\tv1\tv2",
      "b.py\tadded\t\tv2",
      "c.py\tremoved\tv2",
    ]);
    expect(region.asked[0]!.target.split("?")[1]).toBe("Against=1&Path=team%2F");
  });

  it("get shows files, sizes and what is held instead", async () => {
    const Files = [
      {
        Path: "b.py",
        VersionId: "v1",
        Size: 2048,
        Sha256: "abcdef".repeat(10),
        Held: { VersionId: null, Reason: "r" },
      },
    ];
    const shown = { Held: [{ Path: "b.py", Reason: "why" }], FileCount: 1, SizeBytes: 2048 };
    const body = { Release: { ...release(3, "LIVE", shown), Files } };
    region.serve({ [`GET ${releases}/3`]: () => ({ body }) });
    const { stdout } = await region.hangar(["release", "get", "first", "3"]);
    for (const part of ["held b.py: why", "holds 1 file, 2.0 KiB", "b.py\t2048\tv1\tabcdefabcdef\tgone"])
      expect(stdout).toContain(part);
    expect(JSON.parse((await region.hangar(["release", "get", "first", "3", "--json"])).stdout)).toEqual(body.Release);
  });

  const same = { Standing: "SAME", Message: "It ran with the plugins." };
  const back = release(3, "LIVE", { RollbackOf: 1, Reason: "Rolled back to release 1." });

  it("rollback waits until every task runs it, and prints the new number", async () => {
    const behind = state({ Tasks: [task("web", 3), task("worker", 2)] });
    region.serve({
      [`POST ${releases}/1/rollback`]: () => ({ body: { Release: back, Layer: same } }),
      ...inTurn(behind, behind, state()),
    });
    const ended = await region.hangar(["release", "rollback", "first", "1"]);
    expect(ended).toMatchObject({ code: 0, stdout: "3\n" });
    expect(region.asked.map(({ method }) => method)).toEqual(["POST", "GET", "GET", "GET"]);
  });

  it("rollback ends with 7 at --timeout, 5 when another release came, and asks no more with --no-wait", async () => {
    const routes = { [`POST ${releases}/1/rollback`]: () => ({ body: { Release: back, Layer: same } }) };
    region.serve({ ...routes, ...inTurn(state({ Tasks: [task("web", 2)] })) });
    expect((await region.hangar(["release", "rollback", "first", "1", "--timeout", "0"])).code).toBe(7);
    region.serve({ ...routes, ...inTurn(state({ Release: { Number: 4, Id: "r4-0", CreatedAt: 1, Since: 1 } })) });
    expect((await region.hangar(["release", "rollback", "first", "1"])).code).toBe(5);
    region.serve(routes);
    expect(await region.hangar(["release", "rollback", "first", "1", "--no-wait"])).toMatchObject({ code: 0 });
  });

  const plan = {
    ...{ Way: "RESTORE", Reason: "Release 1 ran on Airflow 2.11.2 alone.", Release: 1, AirflowVersions: ["2.11.2"] },
    ...{ Snapshot: "hangar_e1", Layer: same },
  };
  const restoring = {
    ...{ Changes: [], Effect: "ROLL", WorkerReplacementStrategy: "GRACEFUL", Order: ["write the record"] },
    ...{ TasksAffected: { Replaced: [], Scaled: [] }, ExpectedSeconds: null, Warnings: [] },
    PricePerHour: { Before: null, After: null },
    Reversible: { Possible: true, Reason: "It is kept." },
    Upgrade: {
      ...{ From: "3.3.1", To: "2.11.2", How: "RESTORE", Restores: "hangar_e1", Release: 1 },
      Pause: { MostSeconds: 900, AtDeadline: "RETRY" },
      Snapshot: { Name: "hangar_e1_g2", AirflowVersion: "3.3.1", KeptSeconds: 604_800 },
      Losses: ["12 DAG runs began since."],
    },
  };
  const overVersions = (way: object = plan) => {
    const refusal = refused(400, "ValidationException", "VersionChangeRefused", "Nothing was rolled back.");
    const dryRun = ({ body }: { body: unknown }) => (body as { DryRun?: boolean }).DryRun === true;
    region.serve({
      [`POST ${releases}/1/rollback`]: (asked) => (dryRun(asked) ? { body: { Plan: way } } : refusal),
      "POST /environments/first/snapshots/hangar_e1/restore": (asked) => ({
        body: dryRun(asked) ? { Plan: restoring } : { Operation: operation("RUNNING", { Upgrade: restoring.Upgrade }) },
      }),
      [`GET ${operations}/${operationId}`]: () => ({
        body: { Operation: operation("SUCCEEDED", { Upgrade: restoring.Upgrade }) },
      }),
    });
  };

  it("rollback --dry-run prints the way, why, and on which versions it ran; with --json what the API answers", async () => {
    overVersions();
    const { code, stdout } = await region.hangar(["release", "rollback", "first", "1", "--dry-run"]);
    expect(code).toBe(0);
    for (const part of ["way         RESTORE", "ran on      Airflow 2.11.2", "snapshot    hangar_e1"])
      expect(stdout).toContain(part);
    expect(region.asked.map(({ body }) => body)).toEqual([{ DryRun: true }]);
    const asJson = await region.hangar(["release", "rollback", "first", "1", "--dry-run", "--json"]);
    expect(JSON.parse(asJson.stdout)).toEqual(plan);
  });

  it("rollback over versions shows what a restore would lose and ends with 2; with --yes it restores, and names the release", async () => {
    overVersions();
    const unsaid = await region.hangar(["release", "rollback", "first", "1"]);
    expect(unsaid.code).toBe(2);
    expect(unsaid.stderr).toContain("12 DAG runs began since.");
    expect(unsaid.stderr).toContain("npx hangar release rollback first 1 --yes");
    expect(region.asked.at(-1)!.body).toEqual({ Release: 1, DryRun: true });
    const done = await region.hangar(["release", "rollback", "first", "1", "--yes"]);
    expect(done).toMatchObject({ code: 0, stdout: "hangar_e1_g2\n" });
    expect(region.asked.filter(({ target }) => target.endsWith("/restore")).at(-1)!.body).toEqual({ Release: 1 });
  });

  it("rollback to one there is no way to is refused in the API's words; --files-only asks for its files alone", async () => {
    overVersions({ ...plan, Way: "REFUSED", Snapshot: undefined });
    const ended = await region.hangar(["release", "rollback", "first", "1", "--yes"]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("Nothing was rolled back.");
    region.serve({
      [`POST ${releases}/1/rollback`]: () => ({ body: { Release: back, Layer: same } }),
      ...inTurn(state()),
    });
    expect((await region.hangar(["release", "rollback", "first", "1", "--files-only"])).code).toBe(0);
    expect(region.asked.filter(({ method }) => method === "POST").at(-1)!.body).toEqual({ FilesOnly: true });
  });

  it("tells a refusal in the API's words, with its exit code", async () => {
    const message = "Release 4 never ran.";
    region.serve({
      [`POST ${releases}/4/rollback`]: () => refused(400, "ValidationException", "InvalidRequest", message),
    });
    const ended = await region.hangar(["release", "rollback", "first", "4"]);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(message);
  });
});

describe("hangar dag sync", () => {
  it("shows what runs where, and each file", async () => {
    const Candidate = { Number: 4, Id: "r4-0", Since: 1_800_000_002, Checked: false };
    region.serve(inTurn(state({ Candidate, Files: [row("a.py", "LIVE"), held], Problems: ["disk is full"] })));
    const { stdout, code } = await region.hangar(["dag", "sync", "first"]);
    expect(code).toBe(0);
    expect(stdout).toContain("release  3, live since 2027-01-15 08:00:00, checking 4 since 2027-01-15 08:00:02");
    expect(stdout).toContain("tasks    scheduler 3");
    expect(stdout).toContain("problem  disk is full");
    expect(stdout).toContain("a.py\tLIVE\t3\tv1\t2027-01-15 08:00:00 3\torders");
    expect(stdout).toContain("b.py\tHELD\t3\tv2\t");
  });

  it("reads all pages, and begins again where a release came between", async () => {
    let asked = 0;
    region.serve({
      [`GET ${syncPath}`]: ({ target }) => {
        if (!target.includes("NextToken")) return { body: state({ NextToken: "more" }) };
        if (++asked === 1) return refused(400, "ValidationException", "InvalidRequest", "a release has moved");
        return { body: state({ Files: [row("z.py", "LIVE")] }) };
      },
    });
    const { stdout } = await region.hangar(["dag", "sync", "first", "--json"]);
    expect(JSON.parse(stdout).Files.map(({ Path }: { Path: string }) => Path)).toEqual(["a.py", "z.py"]);
    expect(region.asked).toHaveLength(4);
  });

  it("--wait returns when nothing is checked and every task runs what is live; 1 when a file is held or failed", async () => {
    const Candidate = { Number: 4, Id: "r4-0", Since: 1, Checked: false };
    region.serve(inTurn(state({ Candidate }), state({ Tasks: [task("web", 2)] }), state({ Tasks: [] }), state()));
    expect((await region.hangar(["dag", "sync", "first", "--wait"])).code).toBe(0);
    expect(region.asked).toHaveLength(4);
    region.serve(inTurn(state({ Files: [held] })));
    const ended = await region.hangar(["dag", "sync", "first", "--wait"]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain("b.py\tHELD");
    expect(ended.stderr).toMatch(
      /one file is held or failed\n {2}why: b.py HELD\n {2}fix: npx hangar dag errors first/,
    );
    region.serve(inTurn(state({ Candidate })));
    expect((await region.hangar(["dag", "sync", "first", "--wait", "--timeout", "0"])).code).toBe(7);
  });

  it("--watch prints again when something changed, until it is interrupted (130)", async () => {
    let looks = 0;
    const third = Promise.withResolvers<void>();
    region.serve({
      [`GET ${syncPath}`]: () => {
        if (++looks === 4) third.resolve();
        return { body: looks < 3 ? state() : state({ Files: [held] }) };
      },
    });
    const running = region.start(["dag", "sync", "first", "--watch"]);
    await third.promise;
    running.interrupt();
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(ended.stdout.match(/^release /gm)).toHaveLength(2);
  });
});

describe("hangar dag errors", () => {
  it("shows place, message, traceback and what is served instead; 1 only with --exit-code", async () => {
    const never = row("c.py", "FAILED", { Error: error });
    region.serve(inTurn(state({ Files: [row("a.py", "LIVE"), held, never] })));
    const { stdout, code } = await region.hangar(["dag", "errors", "first"]);
    expect(code).toBe(0);
    expect(stdout).toContain("b.py:12  HELD  NameError: name 'x' is not defined\n    Traceback\n      line 12\n");
    expect(stdout).toContain("serving the last good version v1 with release 3");
    expect(stdout).toContain("c.py:12  FAILED");
    expect(stdout).not.toContain("a.py");
    expect((await region.hangar(["dag", "errors", "first", "--exit-code"])).code).toBe(1);
    region.serve(inTurn(state()));
    expect(await region.hangar(["dag", "errors", "first", "--exit-code"])).toMatchObject({ code: 0, stdout: "" });
  });
});
