import { describe, expect, it } from "vitest";
import { testPool } from "../../state-machines/testing/requests.ts";
import { planned, plannedAt, recordIn } from "../testing/planned.ts";
import { environmentView } from "./environment-view.ts";
import { schemaOf } from "./model-schema.ts";
import { mwaaShapes } from "./mwaa-model.generated.ts";

type View = ReturnType<typeof environmentView>;
const view = (changes: Parameters<typeof planned>[0] = {}, options: Record<string, string> | null = null): View =>
  environmentView(planned(changes).environment, testPool, options, plannedAt);

const full = {
  PluginsS3Path: "plugins.zip",
  PluginsS3ObjectVersion: "v1",
  RequirementsS3Path: "requirements.txt",
  RequirementsS3ObjectVersion: "v2",
  StartupScriptS3Path: "startup.sh",
  StartupScriptS3ObjectVersion: "v3",
  KmsKey: "12345678-1234-1234-1234-123456789012",
  Tags: { team: "data" },
};

describe("GetEnvironment's Environment", () => {
  it.each([
    ["a bare one", view()],
    ["a full one", view(full, { "core.x": "y" })],
  ])("of %s is what the service model describes, WebserverUrl aside", (_, shown) => {
    // the model wants https://, recorded answers hold a bare host; and recorded answers hold `Tags: {}` where the model
    // wants one tag at least (MWAA API reference 2.1)
    const { WebserverUrl, Tags, Hangar: _extension, ...modelled } = JSON.parse(JSON.stringify(shown));
    expect(schemaOf(mwaaShapes, "Environment").parse(modelled)).toEqual(modelled);
    expect(WebserverUrl).not.toContain("://");
    expect(Tags).toEqual(shown["Tags"]);
  });

  it("has no member a user did not set: an invented value is a difference to Terraform", () => {
    for (const member of Object.keys(full).filter((name) => name !== "Tags")) expect(view()).not.toHaveProperty(member);
    expect(view()).not.toHaveProperty("AirflowConfigurationOptions");
    expect(view(full)).toMatchObject(full);
    expect(Object.values(view())).not.toContain(undefined);
  });

  it("shows times as epoch seconds: an ISO text becomes 1970 in the JavaScript SDK", () => {
    expect(view()["CreatedAt"]).toBe(plannedAt / 1000);
    expect(view()["LastUpdate"]).toEqual({ Status: "PENDING", CreatedAt: plannedAt / 1000 });
  });

  it("always has LastUpdate, with the error of a failure: Terraform reads it without asking", () => {
    const failed = recordIn("CREATE_FAILED", {
      lastUpdate: { status: "FAILED", createdAt: 1500, error: { code: "INCORRECT_CONFIGURATION", message: "why" } },
    });
    expect(environmentView(failed, testPool, null, plannedAt)).toMatchObject({
      Status: "CREATE_FAILED",
      LastUpdate: {
        Status: "FAILED",
        CreatedAt: 1.5,
        Error: { ErrorCode: "INCORRECT_CONFIGURATION", ErrorMessage: "why" },
      },
    });
  });

  it("shows all five logging modules, with a log group only where one is enabled", () => {
    const logging = view({ LoggingConfiguration: { WebserverLogs: { Enabled: true, LogLevel: "ERROR" } } })[
      "LoggingConfiguration"
    ];
    expect(logging).toEqual({
      DagProcessingLogs: { Enabled: false, LogLevel: "INFO" },
      SchedulerLogs: { Enabled: false, LogLevel: "INFO" },
      TaskLogs: {
        Enabled: true,
        LogLevel: "INFO",
        CloudWatchLogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:airflow-first-Task",
      },
      WebserverLogs: {
        Enabled: true,
        LogLevel: "ERROR",
        CloudWatchLogGroupArn: "arn:aws:logs:us-east-1:000000000000:log-group:airflow-first-WebServer",
      },
      WorkerLogs: { Enabled: false, LogLevel: "INFO" },
    });
  });

  it("shows what was asked for, and beside it what runs and why where that is less", () => {
    expect(view()).toMatchObject({
      Schedulers: 2,
      MinWebservers: 2,
      Hangar: {
        EnvironmentId: "e0000000001",
        Collapsed: [
          { Member: "Schedulers", Asked: 2, Runs: 1 },
          { Member: "MinWebservers", Asked: 2, Runs: 1 },
        ],
      },
    });
  });

  it("says how many workers there shall be, how many are on their way out, and why", () => {
    const drains = [{ id: "d1", role: "worker" as const, generation: 1, tasks: ["t1", "t2"] }];
    const reason = "3 workers: 9 running and 2 queued tasks, 5 to a worker, between MinWorkers 1 and MaxWorkers 5.";
    const record = planned().environment;
    const item = { ...record, workers: 3, drains, scaling: { changedAt: 1_800_000_000_500, reason, againAt: 0 } };
    expect(environmentView(item, testPool, null, plannedAt)["Hangar"]).toMatchObject({
      Workers: { Wanted: 3, Draining: 2, ChangedAt: 1_800_000_000.5, Reason: reason },
    });
    expect(environmentView(record, testPool, null, plannedAt)["Hangar"]).toMatchObject({
      Workers: { Wanted: 1, Draining: 0 },
    });
  });

  it("shows configuration options as they were given", () => {
    expect(view({}, { "core.x": "y" })["AirflowConfigurationOptions"]).toEqual({ "core.x": "y" });
  });
});
