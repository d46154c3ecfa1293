// The real command, in a process of its own, against a stub of the API that checks every signature: updates and operations.
import { describe, expect, it } from "vitest";
import { environmentArn as arn, operation, operationId as id, operations } from "../testing/sample-operation.ts";
import { refused, stubRegionOfFile } from "../testing/stub-region.ts";
import { update } from "./update.ts";

const region = await stubRegionOfFile();

describe("hangar env update", () => {
  /** An update that ends like this after it was looked at a few times. */
  const updateThatEnds = (end: object) => {
    let looks = 0;
    region.serve({
      "PATCH /environments/first": () => ({ body: { Arn: arn } }),
      [`GET ${operations}`]: () => ({ body: { Operations: [operation("RUNNING")] } }),
      [`GET ${operations}/${id}`]: () => ({ body: { Operation: ++looks < 3 ? operation("RUNNING") : end } }),
    });
  };

  it("sends what the flags say, waits for the operation, tells each step once and its seconds, and prints the ARN", async () => {
    updateThatEnds(operation("SUCCEEDED"));
    const ended = await region.hangar(["env", "update", "first", "--max-workers", "5", "--clear-plugins"]);
    expect(ended).toMatchObject({ code: 0, stdout: `${arn}\n` });
    expect(region.asked[0]!.body).toEqual({
      MaxWorkers: 5,
      PluginsS3Path: null,
      PluginsS3ObjectVersion: null,
      WorkerReplacementStrategy: "GRACEFUL",
    });
    expect(ended.stderr.match(/deploy-services +4\.5 s/g)).toHaveLength(1);
    expect(ended.stderr.match(/check-services +24\.5 s/g)).toHaveLength(1);
  });

  it("ends with 1 and the reason when the update was rolled back", async () => {
    const failed = {
      Step: "check-services",
      ErrorCode: "TasksFailed",
      ErrorMessage: "The scheduler ended five times.",
    };
    updateThatEnds(operation("ROLLED_BACK", { Error: failed }));
    const ended = await region.hangar(["env", "update", "first"]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(
      /error: .*first was rolled back\n {2}why: check-services: The scheduler ended five times/,
    );
    expect(ended.stderr).toContain(`fix: npx hangar op get first ${id}`);
  });

  it("prints the operation's id and does not wait with --no-wait", async () => {
    updateThatEnds(operation("RUNNING"));
    expect(await region.hangar(["env", "update", "first", "--no-wait"])).toMatchObject({ code: 0, stdout: `${id}\n` });
    expect(region.asked.map(({ method }) => method)).toEqual(["PATCH", "GET"]);
  });

  it("stops waiting, not the operation, at --timeout (7) and at an interrupt (130), and says how to go on", async () => {
    region.serve({
      "PATCH /environments/first": () => ({ body: { Arn: arn } }),
      [`GET ${operations}`]: () => ({ body: { Operations: [operation("RUNNING")] } }),
      [`GET ${operations}/${id}`]: () => {
        seen.resolve();
        return { body: { Operation: operation("RUNNING") } };
      },
    });
    let seen = Promise.withResolvers<void>();
    const late = await region.hangar(["env", "update", "first", "--timeout", "0"]);
    expect(late.code).toBe(7);
    seen = Promise.withResolvers<void>();
    const running = region.start(["env", "update", "first"]);
    await seen.promise;
    running.interrupt();
    const interrupted = await running.ended;
    expect(interrupted.code).toBe(130);
    for (const { stderr } of [late, interrupted]) expect(stderr).toContain(`npx hangar op watch first ${id}`);
    expect(region.asked.filter(({ target }) => /cancel/.test(target))).toEqual([]);
  });

  it("shows the plan of the same request with --dry-run and changes nothing", async () => {
    const plan = {
      Changes: [
        { Member: "MaxWorkers", Before: 2, After: 5, Effect: "NONE", Roles: [], Reason: "a number of the record" },
      ],
      Effect: "NONE",
      WorkerReplacementStrategy: "FORCED",
      Order: ["write the record"],
      TasksAffected: { Replaced: [{ Role: "worker", Count: 2 }], Scaled: [] },
      ExpectedSeconds: { Typical: 42, Samples: 3 },
      PricePerHour: { Before: { Currency: "USD", Least: 0.49, Most: 0.6, Basis: "x" }, After: null },
      Reversible: { Possible: true, Reason: "Another update sets it back." },
      Warnings: [],
    };
    region.serve({ "POST /environments/first/plan": () => ({ body: { Plan: plan } }) });
    const line = [
      "env",
      "update",
      "first",
      "--max-workers",
      "5",
      "--worker-replacement-strategy",
      "FORCED",
      "--dry-run",
    ];
    const { code, stdout } = await region.hangar(line);
    expect(code).toBe(0);
    for (const part of ["MaxWorkers\t2\t5\tNONE\ta number of the record", "2 worker replaced", "1. write the record"])
      expect(stdout).toContain(part);
    expect(stdout).toMatch(/about 42\.0 s.*\n.*0\.490–0\.600 USD -> no list price known/);
    expect(JSON.parse((await region.hangar([...line, "--json"])).stdout)).toEqual(plan);
    expect(region.asked.map(({ method, body }) => [method, body])).toEqual(
      [1, 2].map(() => ["POST", { MaxWorkers: 5, WorkerReplacementStrategy: "FORCED" }]),
    );
  });

  it.each([
    [2, refused(400, "ValidationException", "InvalidRequest", "MaxWorkers is too many.")],
    [3, refused(403, "AccessDeniedException", "AccessDenied", "not allowed")],
    [4, refused(404, "ResourceNotFoundException", "EnvironmentNotFound", "No environment first.")],
    [5, refused(400, "ValidationException", "EnvironmentBusy", "Another operation runs.")],
    [1, refused(400, "ValidationException", "QuotaExceeded", "Too many workers.")],
  ])("ends with %d where the API says so, in the API's words", async (exitCode, answer) => {
    region.serve({ "PATCH /environments/first": () => answer });
    const { message } = answer.body as { message: string };
    await expect(update(region.home, "first", [], {}, { wait: true })).rejects.toMatchObject({ exitCode, message });
  });

  it("asks the API nothing when a flag is wrong", async () => {
    for (const wrong of [["--max-workers", "many"], ["--no-such-flag"]])
      expect(await region.hangar(["env", "update", "first", ...wrong])).toMatchObject({ code: 2, stdout: "" });
    expect(region.asked).toEqual([]);
  });
});

describe("hangar op", () => {
  it("list shows the newest, page by page, no more than asked for", async () => {
    const page = (from: number, count: number) =>
      Array.from({ length: count }, (_, at) => operation("SUCCEEDED", { OperationId: `op-${from + at}`, Seconds: 30 }));
    region.serve({
      [`GET ${operations}`]: ({ target }) =>
        target.includes("NextToken=more")
          ? { body: { Operations: page(25, 3), NextToken: "even-more" } }
          : { body: { Operations: page(0, 25), NextToken: "more" } },
    });
    const { stdout } = await region.hangar(["op", "list", "first", "--limit", "28"]);
    const rows = stdout.trim().split("\n");
    expect(rows[0]).toBe("ID\tOPERATION\tSTATUS\tSTARTED\tTOOK\tBY");
    expect(rows[1]).toBe("op-0\tupdate-environment\tSUCCEEDED\t2027-01-15 08:00:00\t30.0 s\tuser/operator");
    expect(rows).toHaveLength(29);
    expect(region.asked.map(({ target }) => target.split("?")[1])).toEqual([
      "MaxResults=25",
      "MaxResults=3&NextToken=more",
    ]);
  });

  it("cancel waits until everything is taken back, which is what was asked for; resume until it has succeeded", async () => {
    for (const [what, end, code] of [
      ["cancel", "ROLLED_BACK", 0],
      ["cancel", "SUCCEEDED", 5],
      ["resume", "SUCCEEDED", 0],
      ["resume", "STUCK", 1],
    ] as const) {
      region.serve({
        [`POST ${operations}/${id}/${what}`]: () => ({ body: { Operation: operation("UNDOING") } }),
        [`GET ${operations}/${id}`]: () => ({ body: { Operation: operation(end) } }),
      });
      expect((await region.hangar(["op", what, "first", id])).code, `${what} that ends ${end}`).toBe(code);
    }
  });

  it("get and watch tell the last lines of what the failed task wrote", async () => {
    const Log = ["Traceback (most recent call last):", "alembic: no such column"];
    const failed = { Step: "check-migrated", ErrorCode: "X", ErrorMessage: "Its migration failed.", Log };
    const ended = operation("ROLLED_BACK", { Error: failed });
    region.serve({ [`GET ${operations}/${id}`]: () => ({ body: { Operation: ended } }) });
    const quoted = /its log says last:\n *\| Traceback \(most recent call last\):\n *\| alembic: no such column/;
    expect((await region.hangar(["op", "get", "first", id])).stdout).toMatch(quoted);
    expect(await region.hangar(["op", "watch", "first", id])).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(quoted) },
    });
  });

  it("get shows the steps, and watch what it is, as JSON", async () => {
    region.serve({ [`GET ${operations}/${id}`]: () => ({ body: { Operation: operation("SUCCEEDED") } }) });
    expect((await region.hangar(["op", "get", "first", id])).stdout).toContain("check-services\tdone\t24.5 s");
    expect(JSON.parse((await region.hangar(["op", "watch", "first", id, "--json"])).stdout)).toEqual(
      operation("SUCCEEDED"),
    );
  });
});
