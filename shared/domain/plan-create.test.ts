import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequest, testPool } from "../../state-machines/testing/requests.ts";
import { goodBucket, planned, sha256 } from "../testing/planned.ts";
import { ladders } from "./ladders.ts";
import { environmentClasses } from "./offerings.ts";
import { configurationOf, type CreatePlan, requestText } from "./plan-create.ts";
import type { CreateEnvironmentRequest } from "./requests.ts";

const settingsOf = (changes: Partial<CreateEnvironmentRequest> = {}, options: Parameters<typeof planned>[1] = {}) =>
  planned(changes, options).environment.settings;
const planOf = (...input: Parameters<typeof planned>) => planned(...input).operation.plan as CreatePlan;
const refusal = (changes: Partial<CreateEnvironmentRequest>, options: Parameters<typeof planned>[1] = {}) => {
  try {
    planned(changes, options);
  } catch (error) {
    return error as Error;
  }
  throw new Error("The request was planned.");
};

describe("what a user leaves out", () => {
  // MWAA API reference 2.4
  it("gets the service's defaults", () => {
    expect(settingsOf()).toMatchObject({
      environmentClass: "mw1.small",
      airflowVersion: "3.3.1",
      minWorkers: 1,
      maxWorkers: 10,
      minWebservers: 2,
      maxWebservers: 2,
      schedulers: 2,
      webserverAccessMode: "PRIVATE_ONLY",
      endpointManagement: "SERVICE",
      logging: {
        TaskLogs: { enabled: true, level: "INFO" },
        DagProcessingLogs: { enabled: false, level: "INFO" },
        SchedulerLogs: { enabled: false, level: "INFO" },
        WebserverLogs: { enabled: false, level: "INFO" },
        WorkerLogs: { enabled: false, level: "INFO" },
      },
    });
  });

  it("gets micro's own: one of each", () => {
    expect(settingsOf({ EnvironmentClass: "mw1.micro" })).toMatchObject({
      minWorkers: 1,
      maxWorkers: 1,
      minWebservers: 1,
      maxWebservers: 1,
      schedulers: 1,
    });
  });

  it("stays absent where MWAA invents nothing: an invented value is a difference to Terraform", () => {
    const absent = [
      "kmsKey",
      "pluginsS3Path",
      "pluginsS3ObjectVersion",
      "requirementsS3Path",
      "requirementsS3ObjectVersion",
      "startupScriptS3Path",
      "startupScriptS3ObjectVersion",
    ];
    for (const member of absent) expect(settingsOf()).not.toHaveProperty(member);
    expect(settingsOf().configuration).toBeNull();
  });

  it("is raised by what is given: a minimum above the usual maximum lifts that maximum", () => {
    expect(settingsOf({ MinWorkers: 20 })).toMatchObject({ minWorkers: 20, maxWorkers: 20 });
    expect(settingsOf({ MinWebservers: 4 })).toMatchObject({ minWebservers: 4, maxWebservers: 4 });
  });

  it("a maintenance window is always chosen, in the service's form, and the same for the same environment", () => {
    const id = fc.stringMatching(/^e[a-z0-9]{10}$/);
    fc.assert(
      fc.property(id, (environmentId) => {
        const chosen = settingsOf({}, { environmentId }).weeklyMaintenanceWindowStart;
        expect(chosen).toMatch(/^(SAT|SUN):0[0-5]:(00|30)$/);
        expect(settingsOf({}, { environmentId }).weeklyMaintenanceWindowStart).toBe(chosen);
      }),
    );
  });
});

describe("maintenance windows", () => {
  it("of many environments lie spread over both days and all quiet hours: a pool is not busy all at once", () => {
    const chosen = Array.from({ length: 300 }, (_, at) => {
      const environmentId = `e${(at * 2_654_435_761).toString(36).padStart(10, "0").slice(-10)}`;
      return settingsOf({}, { environmentId }).weeklyMaintenanceWindowStart;
    });
    expect(new Set(chosen).size).toBe(24);
  });
});

describe("what a user gives", () => {
  it("is kept as written", () => {
    const changes = {
      DagS3Path: "dags/",
      EnvironmentClass: "mw1.large",
      MinWorkers: 2,
      MaxWorkers: 50,
      MinWebservers: 3,
      MaxWebservers: 5,
      Schedulers: 5,
      RequirementsS3Path: "requirements.txt",
      RequirementsS3ObjectVersion: "v1",
      WeeklyMaintenanceWindowStart: "MON:23:30",
      WebserverAccessMode: "PUBLIC_ONLY" as const,
      LoggingConfiguration: { WorkerLogs: { Enabled: true, LogLevel: "ERROR" as const } },
    };
    expect(settingsOf(changes)).toMatchObject({
      dagS3Path: "dags/",
      environmentClass: "mw1.large",
      minWorkers: 2,
      maxWorkers: 50,
      minWebservers: 3,
      maxWebservers: 5,
      schedulers: 5,
      requirementsS3Path: "requirements.txt",
      requirementsS3ObjectVersion: "v1",
      weeklyMaintenanceWindowStart: "MON:23:30",
      webserverAccessMode: "PUBLIC_ONLY",
      logging: { WorkerLogs: { enabled: true, level: "ERROR" }, TaskLogs: { enabled: true, level: "INFO" } },
    });
  });
});

describe("limits", () => {
  it.each<[Partial<CreateEnvironmentRequest>, string, string]>([
    [
      { EnvironmentClass: "mw1.huge" },
      "UnknownEnvironmentClass",
      `Choose one of: ${Object.keys(environmentClasses).join(", ")}.`,
    ],
    [
      { MaxWorkers: 51 },
      "WorkerLimits",
      "MaxWorkers is 51, but mw1.small allows 1 to 50. Change MaxWorkers or EnvironmentClass.",
    ],
    [
      { MinWorkers: 5, MaxWorkers: 4 },
      "WorkerLimits",
      "MinWorkers (5) is greater than MaxWorkers (4). Lower the first or raise the second.",
    ],
    [{ MinWebservers: 1 }, "WorkerLimits", "MinWebservers is 1, but mw1.small allows 2 to 5."],
    [{ MaxWebservers: 6 }, "WorkerLimits", "MaxWebservers is 6, but mw1.small allows 2 to 5."],
    [{ MinWebservers: 4, MaxWebservers: 3 }, "WorkerLimits", "MinWebservers (4) is greater than MaxWebservers (3)."],
    [{ Schedulers: 1 }, "WorkerLimits", "Schedulers is 1, but mw1.small allows 2 to 5."],
    [{ Schedulers: 0 }, "WorkerLimits", "Schedulers is 0"],
    [
      { EnvironmentClass: "mw1.micro", Schedulers: 2 },
      "WorkerLimits",
      "Schedulers is 2, but mw1.micro allows exactly 1.",
    ],
    [
      { EnvironmentClass: "mw1.micro", MaxWorkers: 2 },
      "WorkerLimits",
      "MaxWorkers is 2, but mw1.micro allows exactly 1.",
    ],
    [{ PluginsS3ObjectVersion: "v1" }, "InvalidRequest", "PluginsS3ObjectVersion is given without PluginsS3Path."],
    [
      { RequirementsS3ObjectVersion: "v1" },
      "InvalidRequest",
      "RequirementsS3ObjectVersion is given without RequirementsS3Path.",
    ],
    [
      { StartupScriptS3ObjectVersion: "v1" },
      "InvalidRequest",
      "StartupScriptS3ObjectVersion is given without StartupScriptS3Path.",
    ],
  ])("%j is refused, and the message says what to change", (changes, name, text) => {
    expect(refusal(changes)).toMatchObject({ name, message: expect.stringContaining(text) });
  });

  it("version comes first, then the bucket, then the sizes: the order callers meet refusals in", () => {
    const bad = { AirflowVersion: "9.9.9", EnvironmentClass: "mw1.huge", MaxWorkers: 51 };
    const noBucket = { bucket: { ...goodBucket, versioned: false } };
    expect(refusal(bad, noBucket).name).toBe("UnknownAirflowVersion");
    expect(refusal({ ...bad, AirflowVersion: "3.3.1" }, noBucket).name).toBe("SourceBucketNotVersioned");
    expect(refusal({ ...bad, AirflowVersion: "3.3.1" }).name).toBe("UnknownEnvironmentClass");
  });
});

describe("replicas that exist only for availability", () => {
  it("run once where the pool has one zone, and the record says so with the reason", () => {
    const { environment } = planned({ Schedulers: 3 });
    expect(environment.settings).toMatchObject({ schedulers: 3, minWebservers: 2 });
    expect(environment.collapsed).toEqual([
      { member: "Schedulers", asked: 3, runs: 1, reason: expect.stringContaining("one zone") },
      { member: "MinWebservers", asked: 2, runs: 1, reason: expect.stringContaining("one zone") },
    ]);
    expect(planOf({ Schedulers: 3, MinWorkers: 4 }).counts).toEqual({ web: 1, scheduler: 1, worker: 4 });
  });

  it("run as asked where there are zones to spread over", () => {
    const { environment } = planned({ Schedulers: 3 }, { pool: { zones: 2 } });
    expect(environment.collapsed).toEqual([]);
    expect(planOf({ Schedulers: 3 }, { pool: { zones: 2 } }).counts).toEqual({ web: 2, scheduler: 3, worker: 1 });
  });

  it("collapse nothing where one was asked for", () => {
    expect(planned({ EnvironmentClass: "mw1.micro" }).environment.collapsed).toEqual([]);
  });
});

describe("the operation", () => {
  it("points to the record and the record to it, both at their first generation", () => {
    const { environment, operation } = planned();
    expect(environment).toMatchObject({
      status: "CREATING",
      generation: 1,
      operationId: operation.operationId,
      operationKind: "create-environment",
      lastUpdate: { status: "PENDING" },
    });
    expect(operation).toMatchObject({
      environmentName: "first",
      environmentId: environment.environmentId,
      attempt: 1,
      direction: "forward",
      journal: {},
      lease: null,
      outcome: null,
    });
    expect(operation.ladderVersion).toBe(ladders["create-environment"].version);
  });

  it("carries a plan so specific that a step chooses nothing: image, names, counts, services, deadlines", () => {
    const plan = planOf();
    expect(plan.image).toBe("hangar/airflow:3.3.1");
    expect(plan.services.map((service) => [service.role, service.name, service.desiredCount])).toEqual([
      ["web", plan.names.services.web, 1],
      ["scheduler", plan.names.services.scheduler, 1],
      ["worker", plan.names.services.worker, 1],
    ]);
    expect(plan.template.scratch).not.toBe(plan.template.database);
    expect(plan.databaseConnections).toBe(environmentClasses["mw1.small"]!.databaseConnections);
    expect(plan.pollSeconds).toBe(testPool.pollSeconds);
  });

  it("polls at most a thousand times: an execution's history ends at 25,000 events", () => {
    const { deadlineSeconds, pollSeconds } = planOf({}, { pool: { pollSeconds: 5 } });
    expect((deadlineSeconds.template + deadlineSeconds.services + deadlineSeconds.canary) / pollSeconds).toBeLessThan(
      1000,
    );
  });

  it("holds no secret: neither plan nor record shows a configuration option", () => {
    const { environment, operation } = planned({ AirflowConfigurationOptions: { "smtp.smtp_password": "hunter2" } });
    expect(JSON.stringify([environment, operation])).not.toContain("hunter2");
    expect(environment.settings.configuration?.key).toMatch(/^configuration\/[0-9a-f]{64}\.json$/);
  });
});

describe("equal requests", () => {
  const shuffled = (value: unknown): unknown =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([key, part]) => [key, shuffled(part)]),
        )
      : value;
  const options = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}\.[a-z_]{1,8}$/),
    fc.string({ minLength: 1, maxLength: 20 }),
    { maxKeys: 6 },
  );

  it("have equal texts and one configuration object, however their members are ordered", () => {
    fc.assert(
      fc.property(
        options,
        fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
        (AirflowConfigurationOptions, Tags) => {
          const request: CreateEnvironmentRequest = { ...createRequest, AirflowConfigurationOptions, Tags };
          const other = shuffled(request) as CreateEnvironmentRequest;
          expect(requestText(other)).toBe(requestText(request));
          expect(configurationOf(other, sha256)).toEqual(configurationOf(request, sha256));
        },
      ),
    );
  });

  it("are told from unequal ones: another option is another configuration and another request", () => {
    fc.assert(
      fc.property(options, options, (one, other) => {
        fc.pre(JSON.stringify(Object.entries(one).toSorted()) !== JSON.stringify(Object.entries(other).toSorted()));
        const requests = [one, other].map((AirflowConfigurationOptions) => ({
          ...createRequest,
          AirflowConfigurationOptions,
        }));
        expect(requestText(requests[0]!)).not.toBe(requestText(requests[1]!));
        expect(configurationOf(requests[0]!, sha256)?.sha256).not.toBe(configurationOf(requests[1]!, sha256)?.sha256);
      }),
    );
  });

  it("without options have no configuration object, an empty map included", () => {
    expect(configurationOf(createRequest, sha256)).toBeNull();
    expect(configurationOf({ ...createRequest, AirflowConfigurationOptions: {} }, sha256)).toBeNull();
  });
});
