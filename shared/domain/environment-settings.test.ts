import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { planned } from "../testing/planned.ts";
import { anyUpdate, roomyRecord } from "../testing/planned-update.ts";
import { checkOptions, checkSettings, replicas, settingsOfUpdate } from "./environment-settings.ts";
import type { EnvironmentSettings } from "./items.ts";
import { logModules, type UpdateEnvironmentRequest, uploadedFiles } from "./requests.ts";

const before = roomyRecord().settings;
const updated = (request: Partial<UpdateEnvironmentRequest>, from: EnvironmentSettings = before) =>
  settingsOfUpdate(from, { Name: "first", ...request }, undefined);
const checked = (changes: Partial<EnvironmentSettings>, pool: Partial<typeof testPool> = {}) => {
  try {
    checkSettings({ ...before, ...changes }, { ...testPool, ...pool });
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return "accepted";
};

describe("an update's settings", () => {
  it("are those there were when the request names nothing", () => {
    expect(updated({})).toEqual(before);
    const bare = roomyRecord().settings;
    for (const { setting } of uploadedFiles) Reflect.deleteProperty(bare, `${setting}S3Path`);
    for (const { setting } of uploadedFiles) Reflect.deleteProperty(bare, `${setting}S3ObjectVersion`);
    expect(updated({}, bare)).toEqual(bare);
  });

  it("are the same when the request is sent a second time: a client that repeats itself changes nothing", () => {
    fc.assert(
      fc.property(anyUpdate, (request) => {
        const once = updated(request);
        expect(updated(request, once)).toEqual(once);
      }),
    );
  });

  it("keep what only a create decides", () => {
    const own = { ...before, kmsKey: "arn:aws:kms:us-east-1:000000000000:key/1" };
    fc.assert(
      fc.property(anyUpdate, (request) => {
        const { airflowVersion, subnetIds, endpointManagement, kmsKey } = own;
        expect(updated(request, own)).toMatchObject({ airflowVersion, subnetIds, endpointManagement, kmsKey });
      }),
    );
  });

  it("merge logging by module: one that is not named stays as it was", () => {
    const { logging } = updated({ LoggingConfiguration: { WorkerLogs: { Enabled: true, LogLevel: "ERROR" } } });
    expect(logging.WorkerLogs).toEqual({ enabled: true, level: "ERROR" });
    for (const module of logModules.filter((one) => one !== "WorkerLogs"))
      expect(logging[module]).toEqual(before.logging[module]);
  });

  it("replace options as a whole: null where none are left, as they were where none are named", () => {
    const options = { key: "configuration/2.json", sha256: "2" };
    expect(settingsOfUpdate(before, { Name: "first" }, options).configuration).toEqual(options);
    expect(settingsOfUpdate(before, { Name: "first" }, null).configuration).toBeNull();
    expect(settingsOfUpdate(before, { Name: "first" }, undefined).configuration).toEqual(before.configuration);
  });

  it("never hold null or undefined where MWAA shows nothing", () => {
    fc.assert(
      fc.property(anyUpdate, (request) => {
        const files = Object.entries(updated(request)).filter(([name]) => /S3(Path|ObjectVersion)$/.test(name));
        for (const [name, value] of files) expect(value, name).toBeTypeOf("string");
      }),
    );
  });

  describe.each(uploadedFiles)("of the file $member", ({ member, setting }) => {
    const path = `${member}S3Path`;
    const version = `${member}S3ObjectVersion`;
    it.each<[string, object, string | undefined, string | undefined]>([
      ["not named: both stay", {}, `${member}.file`, "v1"],
      ["a path alone means its newest object", { [path]: "b.file" }, "b.file", undefined],
      ["the same path alone means its newest object, too", { [path]: `${member}.file` }, `${member}.file`, undefined],
      ["path and version", { [path]: "b.file", [version]: "v2" }, "b.file", "v2"],
      ["a version alone belongs to the path there is", { [version]: "v2" }, `${member}.file`, "v2"],
      ["null clears the path and with it the version", { [path]: null }, undefined, undefined],
      ["null as the version alone unpins", { [version]: null }, `${member}.file`, undefined],
    ])("%s", (_, request, wantedPath, wantedVersion) => {
      const settings = updated(request);
      expect(settings[`${setting}S3Path`]).toBe(wantedPath);
      expect(settings[`${setting}S3ObjectVersion`]).toBe(wantedVersion);
    });

    it("a version without a path is refused, also when the same request clears the path", () => {
      const settings = updated({ [path]: null, [version]: "v2" });
      expect(() => checkSettings(settings, testPool)).toThrow(
        `${member}S3ObjectVersion is given without ${member}S3Path. Name the object it is a version of.`,
      );
    });
  });
});

describe("limits", () => {
  it.each<[Partial<EnvironmentSettings>, string]>([
    [{}, "accepted"],
    [{ environmentClass: "mw1.micro" }, "WorkerLimits: MaxWorkers is 10, but mw1.micro allows exactly 1."],
    [
      {
        environmentClass: "mw1.micro",
        minWorkers: 1,
        maxWorkers: 1,
        minWebservers: 1,
        maxWebservers: 1,
        schedulers: 1,
      },
      "accepted",
    ],
    [{ environmentClass: "toString" }, "UnknownEnvironmentClass"],
    [{ maxWorkers: 1 }, "WorkerLimits: MinWorkers (2) is greater than MaxWorkers (1)."],
    [{ maxWebservers: 6 }, "WorkerLimits: MaxWebservers is 6"],
    [{ minWebservers: 3, maxWebservers: 2 }, "WorkerLimits: MinWebservers (3) is greater than MaxWebservers (2)."],
    [{ webserverAccessMode: "PUBLIC_AND_PRIVATE" }, "accepted"],
    [{ webserverAccessMode: "PUBLIC_AND_PRIVATE", airflowVersion: "3.2.1" }, "accepted"],
    [
      { webserverAccessMode: "PUBLIC_AND_PRIVATE", airflowVersion: "3.0.6" },
      "InvalidRequest: WebserverAccessMode PUBLIC_AND_PRIVATE needs Airflow 3.2 or newer; this environment has 3.0.6.",
    ],
    [{ webserverAccessMode: "PUBLIC_AND_PRIVATE", airflowVersion: "2.11.2" }, "InvalidRequest"],
    [{ webserverAccessMode: "PUBLIC_AND_PRIVATE", airflowVersion: "3.10.0" }, "accepted"],
  ])("%j: %s", (changes, outcome) => expect(checked(changes)).toContain(outcome));

  it("of the installation's quota count where they are below the class's", () => {
    expect(checked({ maxWorkers: 10 }, { quotas: { environments: 1, workers: 9 } })).toContain("allows 1 to 9");
    expect(checked({ maxWorkers: 50 }, { quotas: { environments: 1, workers: 500 } })).toBe("accepted");
    expect(checked({ maxWorkers: 51 }, { quotas: { environments: 1, workers: 500 } })).toContain("allows 1 to 50");
  });
});

describe("a create that names no number of workers", () => {
  it.each([1, 9, 10, 500])("is within a quota of %d workers", (workers) => {
    const pool = { quotas: { environments: 1, workers } };
    expect(planned({}, { pool }).environment.settings.maxWorkers).toBe(Math.min(10, workers));
  });
});

describe("options nobody may set", () => {
  it.each([undefined, null, {}, { "core.parallelism": "8", "core.multi_team_x": "1" }])("none of them: %j", (options) =>
    expect(() => checkOptions(options)).not.toThrow(),
  );

  it("are all named, and their values are not: they may be secret", () => {
    const options = { "core.multi_team": "hunter2", "core.parallelism": "8", "triggerer.queues_enabled": "hunter3" };
    const refused = () => checkOptions(options);
    expect(refused).toThrow("cannot set core.multi_team and triggerer.queues_enabled");
    expect(refused).not.toThrow(/hunter/);
    expect(refused).toThrow(expect.objectContaining({ name: "InvalidRequest" }));
  });
});

describe("replicas", () => {
  it("that exist only for availability run once in one zone, whatever was asked; workers always run as asked", () => {
    const count = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(count, count, count, (schedulers, minWebservers, minWorkers) => {
        const settings = { ...before, schedulers, minWebservers, minWorkers };
        const one = replicas(settings, { ...testPool, zones: 1 });
        expect(one.counts).toEqual({ web: 1, scheduler: 1, worker: minWorkers });
        expect(one.collapsed.map(({ member, asked }) => [member, asked])).toEqual(
          [["Schedulers", schedulers] as const, ["MinWebservers", minWebservers] as const].filter(
            ([, asked]) => asked !== 1,
          ),
        );
        const two = replicas(settings, { ...testPool, zones: 2 });
        expect(two).toEqual({
          counts: { web: minWebservers, scheduler: schedulers, worker: minWorkers },
          collapsed: [],
        });
      }),
    );
  });
});
