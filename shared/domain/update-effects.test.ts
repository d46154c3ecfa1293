import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyUpdate, roomyRecord } from "../testing/planned-update.ts";
import { settingsOfUpdate } from "./environment-settings.ts";
import type { EnvironmentSettings } from "./items.ts";
import { effects, greatest, plannedChanges } from "./update-effects.ts";

const before = roomyRecord().settings;
const counts = (settings: EnvironmentSettings) => ({
  web: settings.minWebservers,
  scheduler: settings.schedulers,
  worker: settings.minWorkers,
});
const changesTo = (after: EnvironmentSettings) =>
  plannedChanges(before, after, { before: counts(before), after: counts(after) });
const all = ["web", "scheduler", "worker"];

describe("what changing a member does", () => {
  it.each<[string, Partial<EnvironmentSettings>, string, readonly string[]]>([
    ["EnvironmentClass", { environmentClass: "mw1.large" }, "roll", all],
    ["AirflowConfigurationOptions", { configuration: { key: "k", sha256: "2" } }, "roll", all],
    ["AirflowConfigurationOptions", { configuration: null }, "roll", all],
    ["SourceBucketArn", { sourceBucketArn: "arn:aws:s3:::other" }, "reload", []],
    ["DagS3Path", { dagS3Path: "other" }, "reload", []],
    ["MinWorkers", { minWorkers: 4 }, "scale", ["worker"]],
    ["MaxWorkers", { maxWorkers: 4 }, "record", []],
    ["Schedulers", { schedulers: 4 }, "scale", ["scheduler"]],
    ["MinWebservers", { minWebservers: 4 }, "scale", ["web"]],
    ["MaxWebservers", { maxWebservers: 4 }, "record", []],
    ["ExecutionRoleArn", { executionRoleArn: "arn:aws:iam::000000000000:role/two" }, "roll", all],
    ["NetworkConfiguration.SecurityGroupIds", { securityGroupIds: ["sg-b"] }, "record", []],
    ["WebserverAccessMode", { webserverAccessMode: "PUBLIC_ONLY" }, "record", []],
    ["WeeklyMaintenanceWindowStart", { weeklyMaintenanceWindowStart: "MON:01:00" }, "record", []],
    ["PluginsS3Path", { pluginsS3Path: "other.zip" }, "roll", all],
    ["RequirementsS3ObjectVersion", { requirementsS3ObjectVersion: "v2" }, "roll", all],
    [
      "LoggingConfiguration.TaskLogs",
      { logging: { ...before.logging, TaskLogs: { enabled: false, level: "INFO" } } },
      "roll",
      all,
    ],
    [
      "LoggingConfiguration.TaskLogs",
      { logging: { ...before.logging, TaskLogs: { enabled: true, level: "ERROR" } } },
      "roll",
      all,
    ],
    [
      "LoggingConfiguration.WebserverLogs",
      { logging: { ...before.logging, WebserverLogs: { enabled: true, level: "INFO" } } },
      "roll",
      ["web"],
    ],
    [
      "LoggingConfiguration.WorkerLogs",
      { logging: { ...before.logging, WorkerLogs: { enabled: true, level: "INFO" } } },
      "roll",
      ["worker"],
    ],
    ...["DagProcessingLogs", "SchedulerLogs"].map(
      (module): [string, Partial<EnvironmentSettings>, string, readonly string[]] => [
        `LoggingConfiguration.${module}`,
        { logging: { ...before.logging, [module]: { enabled: true, level: "INFO" } } },
        "roll",
        ["scheduler"],
      ],
    ),
    [
      "LoggingConfiguration.WorkerLogs",
      { logging: { ...before.logging, WorkerLogs: { enabled: false, level: "ERROR" } } },
      "record",
      [],
    ],
  ])("%s %j: %s of %j", (member, changed, effect, roles) => {
    expect(changesTo({ ...before, ...changed })).toMatchObject([{ member, effect, roles }]);
  });

  it("is told for every member that differs and for no other: nothing is changed in silence", () => {
    fc.assert(
      fc.property(anyUpdate, (request) => {
        const configuration = request.DagS3Path === "other" ? null : undefined;
        const after = settingsOfUpdate(before, { Name: "first", ...request }, configuration);
        const changes = changesTo(after);
        const differing = Object.keys({ ...before, ...after }).filter((name) => {
          const [was, is] = [before, after].map((one) => JSON.stringify(one[name as keyof EnvironmentSettings]));
          return was !== is;
        });
        const told = new Set(changes.map(({ member }) => member.replace(/\.(.*)/, "")));
        expect(told.size).toBe(differing.length);
        for (const change of changes) expect(change.before).not.toEqual(change.after);
        expect(plannedChanges(after, after, { before: counts(before), after: counts(after) })).toEqual([]);
      }),
    );
  });

  it("names roles exactly where tasks come or go", () => {
    fc.assert(
      fc.property(anyUpdate, (request) => {
        for (const { effect, roles } of changesTo(settingsOfUpdate(before, { Name: "first", ...request }, undefined)))
          expect(roles.length > 0).toBe(effect === "roll" || effect === "scale");
      }),
    );
  });

  it("is nothing but a note where the pool runs as many tasks as before, and says so", () => {
    const one = { web: 1, scheduler: 1, worker: 2 };
    expect(plannedChanges(before, { ...before, schedulers: 5 }, { before: one, after: one })).toEqual([
      {
        member: "Schedulers",
        before: 3,
        after: 5,
        effect: "record",
        roles: [],
        reason: "As many tasks as before run with it.",
      },
    ]);
  });

  it("shows options as their hash alone, and what is not set as null", () => {
    const [change] = changesTo({ ...before, configuration: null });
    expect(change).toMatchObject({ before: { sha256: before.configuration?.sha256 }, after: null });
    expect(Object.keys(change!.before as object)).toEqual(["sha256"]);
    const { pluginsS3ObjectVersion: _, ...unpinned } = before;
    expect(changesTo(unpinned)).toMatchObject([{ member: "PluginsS3ObjectVersion", before: "v1", after: null }]);
  });
});

describe("the greatest effect", () => {
  it("is the one that does most to what runs, in whatever order they come; of none it is null", () => {
    expect(greatest([])).toBeNull();
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...effects), { minLength: 1 }), (some) => {
        const most = Math.max(...some.map((effect) => effects.indexOf(effect)));
        expect(greatest(some.map((effect) => ({ effect })))).toBe(effects[most]);
      }),
    );
  });
});
