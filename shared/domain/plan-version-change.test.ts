import { describe, expect, it } from "vitest";
import { plannedUpgrade, recordOn } from "../testing/planned-upgrade.ts";
import { plannedAt } from "../testing/planned.ts";
import { changesVersion } from "./plan-version-change.ts";
import type { UpdateEnvironmentRequest } from "./requests.ts";
import type { Snapshot } from "./snapshot-item.ts";

const snapshot = (airflowVersion: string, expiresAt: number): Snapshot => ({
  ...{ name: "hangar_old", role: "hangar_old", operationId: "x", createdAt: 0 },
  ...{ airflowVersion, expiresAt },
});

describe("an update that names a version", () => {
  it("is an upgrade only where it is another one: CloudFormation names it in every update", () => {
    const record = recordOn("2.11.2");
    expect(changesVersion(record, { Name: "first" })).toBe(false);
    expect(changesVersion(record, { Name: "first", AirflowVersion: "2.11.2" })).toBe(false);
    expect(changesVersion(record, { Name: "first", AirflowVersion: "3.3.1" })).toBe(true);
  });

  it("marks the record UPDATING before anything is done, and takes a generation nothing else can get", () => {
    const record = recordOn("2.11.2", { generation: 4, resourceGeneration: 7 });
    const { environment, operation, plan } = plannedUpgrade({}, { record });
    expect(environment).toEqual({
      ...record,
      status: "UPDATING",
      generation: 5,
      operationId: operation.operationId,
      operationKind: "upgrade-environment",
      resourceGeneration: 8,
      lastUpdate: { status: "PENDING", createdAt: plannedAt, workerReplacementStrategy: "GRACEFUL" },
    });
    expect(operation).toMatchObject({ kind: "upgrade-environment", plan, attempt: 1, journal: {}, outcome: null });
    expect(plan.services.every(({ name }) => name.endsWith("-g8"))).toBe(true);
  });

  it("brings what else is named with it: class, options, counts, files, role", () => {
    const { plan } = plannedUpgrade({
      EnvironmentClass: "mw1.medium",
      AirflowConfigurationOptions: { "core.parallelism": "16" },
      Schedulers: 4,
      MinWorkers: 3,
      RequirementsS3Path: "requirements-3.txt",
      RequirementsS3ObjectVersion: "v9",
      LoggingConfiguration: { WorkerLogs: { Enabled: true, LogLevel: "INFO" } },
    });
    expect(plan.after.settings).toMatchObject({
      ...{ airflowVersion: "3.3.1", environmentClass: "mw1.medium", schedulers: 4, minWorkers: 3 },
      ...{ requirementsS3Path: "requirements-3.txt", requirementsS3ObjectVersion: "v9" },
    });
    expect(plan.after.settings.configuration).not.toEqual(plan.before.settings.configuration);
    expect(plan.after.workers).toBe(3);
    expect(plan.databaseConnections).toBeGreaterThan(0);
    expect(plan.layer).toMatchObject({
      kind: "build",
      build: { airflowVersion: "3.3.1", files: { requirements: { key: "requirements-3.txt", versionId: "v9" } } },
    });
    const worker = plan.services.find(({ role }) => role === "worker")!;
    expect(worker.task.environment["HANGAR_CONFIGURATION_KEY"]).toBe(plan.after.settings.configuration!.key);
    expect(worker.desiredCount).toBe(3);
    expect(plan.changes.map(({ member }) => member)).toEqual([
      "AirflowVersion",
      "EnvironmentClass",
      "AirflowConfigurationOptions",
      "MinWorkers",
      "Schedulers",
      "RequirementsS3Path",
      "RequirementsS3ObjectVersion",
      "LoggingConfiguration.WorkerLogs",
    ]);
  });

  it("leaves what is not named as it is, but for the layer, which is made again for the target's image", () => {
    const { plan } = plannedUpgrade();
    expect({ ...plan.after.settings, airflowVersion: "2.11.2" }).toEqual(plan.before.settings);
    expect(plan.changes).toMatchObject([
      { member: "AirflowVersion", before: "2.11.2", after: "3.3.1", effect: "roll" },
    ]);
    expect(plan.layer).toMatchObject({ kind: "build", build: { image: "hangar/airflow:3.3.1" } });
    expect(plannedUpgrade({}, { record: recordOn("2.11.2", { layer: null }) }).plan.layer).toMatchObject({
      kind: "keep",
    });
  });

  it("may take the files away: then there is no layer", () => {
    const files = { PluginsS3Path: null, RequirementsS3Path: null, StartupScriptS3Path: null };
    const versions = {
      ...{ PluginsS3ObjectVersion: null, RequirementsS3ObjectVersion: null, StartupScriptS3ObjectVersion: null },
    };
    expect(plannedUpgrade({ ...files, ...versions }).plan.layer).toEqual({ kind: "keep", layer: null });
  });

  it.each([
    [undefined, "GRACEFUL", 900, "still run 900 s after"],
    ["GRACEFUL", "GRACEFUL", 900, "still run 900 s after"],
    ["FORCED", "FORCED", 0, "run when scheduling is paused"],
  ] as const)(
    "with strategy %s is %s: tasks have %d s, and the plan says what that ends",
    (asked, shown, most, loss) => {
      const { plan, environment } = plannedUpgrade(asked ? { WorkerReplacementStrategy: asked } : {});
      expect(plan).toMatchObject({ strategy: shown, pause: { deadlineSeconds: most, atDeadline: "retry" } });
      expect(environment.lastUpdate.workerReplacementStrategy).toBe(shown);
      expect(plan.losses).toEqual([expect.stringContaining(loss)]);
    },
  );

  it.each<[Partial<UpdateEnvironmentRequest>, string, string]>([
    [{ AirflowVersion: "2.10.3" }, "VersionChangeRefused", "no snapshot taken on 2.10.3 is kept"],
    [{ AirflowVersion: "9.9.9" }, "VersionChangeRefused", "is not offered"],
    [{ EnvironmentClass: "mw1.huge" }, "UnknownEnvironmentClass", "mw1.huge"],
    [{ MaxWorkers: 51 }, "WorkerLimits", "MaxWorkers"],
    [{ SourceBucketArn: "arn:aws:s3:::hangar-control" }, "SourceBucketReserved", "own bucket"],
    [{ AirflowConfigurationOptions: { "core.multi_team": "x" } }, "InvalidRequest", "core.multi_team"],
  ])("is refused for %j, before anything is written", (request, name, words) => {
    expect(() => plannedUpgrade(request)).toThrow(
      expect.objectContaining({ name, message: expect.stringContaining(words) }),
    );
  });

  it("is checked as the target's: what the old version could not have, the new one can", () => {
    const request = { WebserverAccessMode: "PUBLIC_AND_PRIVATE" } as const;
    expect(plannedUpgrade(request).plan.after.settings.webserverAccessMode).toBe("PUBLIC_AND_PRIVATE");
    expect(() => plannedUpgrade({ ...request, AirflowVersion: "2.11.2" }, { record: recordOn("2.10.3") })).toThrow(
      "needs Airflow 3.2",
    );
  });

  it("says the version's refusal first: it tells where the environment can go", () => {
    expect(() => plannedUpgrade({ AirflowVersion: "3.3.1", MaxWorkers: 51 }, { record: recordOn("2.10.3") })).toThrow(
      "upgrade to 2.11.2 first",
    );
  });

  it.each(["UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK", "DELETING"] as const)("is busy while %s", (status) => {
    const record = recordOn("2.11.2", { status, operationId: "o".repeat(26) });
    expect(() => plannedUpgrade({}, { record })).toThrow(expect.objectContaining({ name: "EnvironmentBusy" }));
  });

  it("knows no snapshot whose time is over: it may be dropped at any moment", () => {
    const down = (expiresAt: number) =>
      plannedUpgrade(
        { AirflowVersion: "2.11.2" },
        { record: recordOn("3.3.1", { snapshots: [snapshot("2.11.2", expiresAt)] }), now: 1000 },
      );
    expect(() => down(1000)).toThrow("no snapshot taken on 2.11.2 is kept");
    expect(() => down(1001)).toThrow("npx hangar snapshot restore");
  });
});
