// The real command, in a process of its own, against a stub of the API: maintenance windows, and changes that wait for one.
import { describe, expect, it } from "vitest";
import { environmentArn as arn, operation, operations } from "../testing/sample-operation.ts";
import { stubRegionOfFile } from "../testing/stub-region.ts";

const region = await stubRegionOfFile();
const one = "/environments/first";
const Pending = {
  ...{ RequestedAt: 1_767_225_600, RequestedBy: "arn:aws:iam::000000000000:user/operator", WaitsFor: "WINDOW" },
  ...{ StartsAt: 1_767_495_600, MayOverrun: false, ExpectedSeconds: 1500, Members: ["MaxWorkers"] },
};
const Maintenance = {
  ...{ Start: "SUN:03:00", Window: { StartsAt: 1_767_495_600, EndsAt: 1_767_502_800, IsOpen: false }, Missed: [] },
  Pending,
};
const waits = "MaxWorkers: begins 2026-01-04 03:00:00 UTC (reckoned with 1500 s; asked for by user/operator)";

describe("hangar window", () => {
  it("show tells when it opens and what waits; with --json what the API answers", async () => {
    const more = { Skipped: 1_766_890_800, Missed: [1_766_890_800], Patch: { From: "airflow:1", To: "airflow:2" } };
    region.serve({ [`GET ${one}/window`]: () => ({ body: { Maintenance: { ...Maintenance, ...more } } }) });
    const { code, stdout } = await region.hangar(["window", "show", "first"]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "window       SUN:03:00: opens 2026-01-04 03:00:00, until 2026-01-04 05:00:00 UTC (that of 2025-12-28 03:00:00 is skipped)",
      `pending      ${waits}`,
      "missed       2025-12-28 03:00:00: it could not begin in these",
      "patch        airflow:2 takes the place of airflow:1 in the window",
    ]);
    const asJson = await region.hangar(["window", "show", "first", "--json"]);
    expect(JSON.parse(asJson.stdout)).toEqual({ ...Maintenance, ...more });
  });

  it("skip, defer and cancel ask for just that; a time without a zone is UTC", async () => {
    const answer = () => ({ body: { Maintenance } });
    const routes = [`POST ${one}/window/skip`, `POST ${one}/window/defer`, `DELETE ${one}/pending`];
    region.serve(Object.fromEntries(routes.map((route) => [route, answer])));
    for (const words of [["skip"], ["defer", "2026-01-05T03:30"], ["defer", "1767583800"], ["cancel"]])
      expect((await region.hangar(["window", words[0]!, "first", ...words.slice(1)])).code).toBe(0);
    expect(region.asked.map(({ method, target, body }) => [method, target, body])).toEqual([
      ["POST", `${one}/window/skip`, {}],
      ["POST", `${one}/window/defer`, { Until: 1_767_583_800 }],
      ["POST", `${one}/window/defer`, { Until: 1_767_583_800 }],
      ["DELETE", `${one}/pending`, ""],
    ]);
  });

  it("defer to what is no time ends with 2, and asks nothing", async () => {
    expect((await region.hangar(["window", "defer", "first", "tomorrow"])).code).toBe(2);
    expect(region.asked).toEqual([]);
  });
});

describe("hangar env update --in-window", () => {
  it("asks for it in the next window, and prints when that is", async () => {
    region.serve({ [`POST ${one}/pending`]: () => ({ body: { Maintenance } }) });
    const { code, stdout } = await region.hangar([
      ...["env", "update", "first", "--max-workers", "5", "--in-window", "--may-overrun"],
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${waits}\n` });
    expect(region.asked.map(({ body }) => body)).toEqual([
      { MaxWorkers: 5, WorkerReplacementStrategy: "GRACEFUL", MayOverrun: true },
    ]);
  });

  it("--may-overrun without it ends with 2, and asks nothing", async () => {
    expect((await region.hangar(["env", "update", "first", "--may-overrun"])).code).toBe(2);
    expect(region.asked).toEqual([]);
  });
});

it("env update while the environment is maintained says that it is queued, and does not take that operation for its own", async () => {
  region.serve({
    [`PATCH ${one}`]: () => ({ body: { Arn: arn } }),
    [`GET ${operations}`]: () => ({ body: { Operations: [operation("RUNNING", { Window: 1_767_495_600 })] } }),
  });
  const { code, stdout, stderr } = await region.hangar(["env", "update", "first", "--max-workers", "5"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${arn}\n` });
  expect(stderr).toContain("the update is queued");
});

it("env status shows the window and what waits for it", async () => {
  const environment = {
    ...{
      Name: "first",
      Status: "AVAILABLE",
      AirflowVersion: "3.3.1",
      EnvironmentClass: "mw1.small",
      WebserverUrl: "x",
    },
    ...{ MinWorkers: 1, MaxWorkers: 2, Hangar: { EnvironmentId: "e1", Maintenance } },
  };
  region.serve({
    [`GET ${one}`]: () => ({ body: { Environment: environment } }),
    [`GET ${operations}`]: () => ({ body: { Operations: [] } }),
  });
  const { stdout } = await region.hangar(["env", "status", "first"]);
  expect(stdout).toContain(`pending      ${waits}`);
});
