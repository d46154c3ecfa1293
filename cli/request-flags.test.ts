import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flagOf, requestOf } from "./request-flags.ts";
import { bodyMembers, type Shape } from "./service-model.ts";
import { updateBody, updateFlags } from "./update-request.ts";

const flags = updateFlags();
const members = bodyMembers("UpdateEnvironmentInput");
const read = (given: Readonly<Record<string, string | true>>) => requestOf(flags, given);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-flags-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("flags of an update", () => {
  it("are the members of the service model, all but the name, which is in the path", () => {
    const model = JSON.parse(
      readFileSync(new URL("../contracts/mwaa-2020-07-01.service-2.json", import.meta.url), "utf8"),
    ) as { shapes: Record<string, { members: Record<string, unknown> }> };
    const wanted = Object.keys(model.shapes["UpdateEnvironmentInput"]!.members).filter((name) => name !== "Name");
    expect(members.map(({ name }) => name)).toEqual(wanted);
    expect(flags.filter(({ value }) => value !== undefined).map(({ flag }) => flag)).toEqual(wanted.map(flagOf));
  });

  // `aws mwaa update-environment help` of awscli 1.46
  it.each([
    ["DagS3Path", "--dag-s3-path"],
    ["PluginsS3ObjectVersion", "--plugins-s3-object-version"],
    ["AirflowConfigurationOptions", "--airflow-configuration-options"],
    ["SourceBucketArn", "--source-bucket-arn"],
    ["MinWebservers", "--min-webservers"],
    ["WeeklyMaintenanceWindowStart", "--weekly-maintenance-window-start"],
  ])("spell %s as the AWS CLI does: %s", (member, flag) => expect(flagOf(member)).toBe(flag));

  /** A value of a shape, as a request holds it. */
  const valueOfShape = (shape: Shape): fc.Arbitrary<unknown> => {
    if (shape.type === "integer") return fc.integer({ min: -1000, max: 1000 });
    if (shape.type === "boolean") return fc.boolean();
    if (shape.type === "list") return fc.array(valueOfShape(shape.member), { maxLength: 4 });
    if (shape.type === "map") return fc.dictionary(fc.stringMatching(/^[a-z][a-z._]{0,9}$/), valueOfShape(shape.value));
    if (shape.type === "structure") {
      const parts = Object.entries(shape.members).map(([name, part]) => [name, valueOfShape(part)] as const);
      return fc.record(Object.fromEntries(parts), { requiredKeys: [] });
    }
    // a text that names a file is read from there
    return fc.string().filter((text) => !text.startsWith("file://"));
  };
  const requests = fc.record(Object.fromEntries(members.map(({ name, shape }) => [name, valueOfShape(shape)])), {
    requiredKeys: [],
  });
  const asText = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it("make every request of the model: what goes in as text comes out as the model has it", () => {
    fc.assert(
      fc.property(requests, (request) => {
        const given = Object.entries(request).map(([member, value]) => [flagOf(member), asText(value)]);
        expect(plain(read(Object.fromEntries(given)))).toEqual(plain(request));
      }),
      { numRuns: 300 },
    );
  });

  it("make options from key=value, whatever the values are, when they are quoted", () => {
    const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
    const options = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9._]{0,9}$/), fc.string(), { minKeys: 1 });
    fc.assert(
      fc.property(options, (wanted) => {
        const text = Object.entries(wanted).map(([key, value]) => `${key}=${quoted(value)}`);
        const flag = "--airflow-configuration-options";
        expect(plain(read({ [flag]: text.join(",") }))).toEqual({ AirflowConfigurationOptions: plain(wanted) });
      }),
    );
  });

  it("read words of shorthand as the model wants them", () => {
    expect(
      read({
        "--logging-configuration": "TaskLogs={Enabled=true,LogLevel=INFO}",
        "--network-configuration": "SecurityGroupIds=sg-1",
        "--max-workers": "5",
      }),
    ).toEqual({
      LoggingConfiguration: { TaskLogs: { Enabled: true, LogLevel: "INFO" } },
      NetworkConfiguration: { SecurityGroupIds: ["sg-1"] },
      MaxWorkers: 5,
    });
  });

  it("take a value from a file, so that a secret option need not stand in the shell's history", () => {
    const file = join(folder, "options.json");
    writeFileSync(file, '{"smtp.smtp_password": "hunter2"}');
    const flag = "--airflow-configuration-options";
    expect(read({ [flag]: `file://${file}` })).toEqual({
      AirflowConfigurationOptions: { "smtp.smtp_password": "hunter2" },
    });
    expect(() => read({ [flag]: "file:///nowhere" })).toThrow("/nowhere");
  });

  it.each([
    ["--clear-plugins", { PluginsS3Path: null, PluginsS3ObjectVersion: null }],
    ["--clear-requirements", { RequirementsS3Path: null, RequirementsS3ObjectVersion: null }],
    ["--clear-startup-script", { StartupScriptS3Path: null, StartupScriptS3ObjectVersion: null }],
    ["--clear-airflow-configuration-options", { AirflowConfigurationOptions: null }],
  ])("%s sends null", (flag, request) => expect(read({ [flag]: true })).toEqual(request));

  it.each<[string, Readonly<Record<string, string | true>>]>([
    ["a member set and taken away", { "--clear-plugins": true, "--plugins-s3-path": "plugins.zip" }],
    ["a word for a number", { "--max-workers": "many" }],
    ["a half number", { "--max-workers": "1.5" }],
    ["a word for a truth", { "--logging-configuration": "TaskLogs={Enabled=yes,LogLevel=INFO}" }],
    ["an unknown member", { "--logging-configuration": "TaskLog={Enabled=true}" }],
    ["a member of every object", { "--logging-configuration": "constructor={Enabled=true}" }],
    ["broken JSON", { "--airflow-configuration-options": '{"a": "hunter2"' }],
    ["broken shorthand", { "--airflow-configuration-options": 'a="hunter2' }],
    ["an option's comma without quotes", { "--airflow-configuration-options": "celery.worker_autoscale=hunter2,12" }],
  ])("refuse %s as wrong usage, and never repeat the value", (_, given) => {
    expect(() => read(given)).toThrow(expect.objectContaining({ name: "Failure", exitCode: 2 }));
    expect(() => read(given)).not.toThrow(/hunter2/);
  });

  it("let workers finish their tasks unless told otherwise, which is not what the wire's default does", () => {
    expect(updateBody({ MaxWorkers: 5 })).toEqual({ MaxWorkers: 5, WorkerReplacementStrategy: "GRACEFUL" });
    expect(updateBody(read({ "--worker-replacement-strategy": "FORCED" }))).toEqual({
      WorkerReplacementStrategy: "FORCED",
    });
  });
});
