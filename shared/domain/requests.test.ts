import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequest } from "../../state-machines/testing/requests.ts";
import {
  CreateEnvironmentRequest,
  DeleteEnvironmentRequest,
  GetEnvironmentRequest,
  InvokeRestApiRequest,
  parseRequest,
  TagResourceRequest,
  UntagResourceRequest,
  UpdateEnvironmentRequest,
  uploadedFiles,
} from "./requests.ts";
import { ListEnvironmentsRequest } from "./extension-requests.ts";

const refusal = (schema: Parameters<typeof parseRequest>[0], input: unknown): string => {
  try {
    parseRequest(schema, input);
  } catch (error) {
    expect((error as Error).name).toBe("InvalidRequest");
    return (error as Error).message;
  }
  throw new Error("The request was accepted.");
};
const refused = (changes: object) => refusal(CreateEnvironmentRequest, { ...createRequest, ...changes });

describe("CreateEnvironment refuses what boto3 lets through", () => {
  // botocore checks presence, types and minimum lengths only (MWAA API reference 1.3)
  it.each<[object, string]>([
    [
      { Name: "1st" },
      "Value '1st' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][0-9a-zA-Z-_]*",
    ],
    [
      { Name: "a".repeat(81) },
      `Value '${"a".repeat(81)}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80`,
    ],
    [
      { Schedulers: 9 },
      "Value '9' at 'schedulers' failed to satisfy constraint: Member must have value less than or equal to 5",
    ],
    [
      { MinWorkers: 0 },
      "Value '0' at 'minWorkers' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [{ MaxWorkers: "10" }, "Value '10' at 'maxWorkers' failed to satisfy constraint: Member must be an integer"],
    [
      { WebserverAccessMode: "NOPE" },
      "Value 'NOPE' at 'webserverAccessMode' failed to satisfy constraint: Member must satisfy enum value set: [PRIVATE_ONLY, PUBLIC_ONLY, PUBLIC_AND_PRIVATE]",
    ],
    [
      { EndpointManagement: "" },
      "Value '' at 'endpointManagement' failed to satisfy constraint: Member must satisfy enum value set: [CUSTOMER, SERVICE]",
    ],
    [
      { WeeklyMaintenanceWindowStart: "MON:25:00" },
      "Value 'MON:25:00' at 'weeklyMaintenanceWindowStart' failed to satisfy constraint: Member must satisfy regular expression pattern: .*(MON|TUE|WED|THU|FRI|SAT|SUN):([01]\\d|2[0-3]):(00|30).*",
    ],
    [
      { NetworkConfiguration: { SubnetIds: ["subnet-a", "subnet-b", "subnet-c"] } },
      'Value \'["subnet-a","subnet-b","subnet-c"]\' at \'networkConfiguration.SubnetIds\' failed to satisfy constraint: Member must have length between 2 and 2',
    ],
    [
      { NetworkConfiguration: { SubnetIds: ["subnet-a", "net-b"] } },
      "Value 'net-b' at 'networkConfiguration.SubnetIds.1' failed to satisfy constraint: Member must satisfy regular expression pattern: subnet-[a-zA-Z0-9\\-._]+",
    ],
    [
      { SourceBucketArn: "my-dags" },
      "Value 'my-dags' at 'sourceBucketArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws(-[a-z]+)?:s3:::[a-z0-9.\\-]+",
    ],
    [
      { LoggingConfiguration: { TaskLogs: { Enabled: true } } },
      "Value at 'loggingConfiguration.TaskLogs.LogLevel' failed to satisfy constraint: Member must not be null",
    ],
    [
      { LoggingConfiguration: { TaskLogs: { Enabled: true, LogLevel: "TRACE" } } },
      "Value 'TRACE' at 'loggingConfiguration.TaskLogs.LogLevel' failed to satisfy constraint: Member must satisfy enum value set: [CRITICAL, ERROR, WARNING, INFO, DEBUG]",
    ],
    [{ Tags: {} }, "Value '{}' at 'tags' failed to satisfy constraint: Member must have length between 1 and 50"],
    [
      { Tags: { team: "" } },
      "Value '' at 'tags.team' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
  ])("%j", (changes, fault) => {
    expect(refused(changes)).toBe(`1 validation error detected: ${fault}`);
  });

  it("a configuration key with a hyphen", () => {
    expect(refused({ AirflowConfigurationOptions: { "core.my-key": "x" } })).toContain(
      "at 'airflowConfigurationOptions.core.my-key' failed",
    );
  });
});

describe("a refusal", () => {
  it("lists every fault at once, so that a caller corrects them in one go", () => {
    const message = refusal(CreateEnvironmentRequest, { Name: "1st", Schedulers: 9 });
    expect(message).toMatch(/^6 validation errors detected: /);
    for (const member of [
      "name",
      "executionRoleArn",
      "sourceBucketArn",
      "dagS3Path",
      "networkConfiguration",
      "schedulers",
    ])
      expect(message).toContain(`at '${member}' failed`);
  });

  it("never shows the value of a configuration option, whatever is wrong with it", () => {
    const secret = fc.oneof(
      fc.constant(""),
      fc.string({ minLength: 6, unit: "binary-ascii" }),
      fc.integer({ min: 100_000 }),
    );
    fc.assert(
      fc.property(secret, (value) => {
        const result = CreateEnvironmentRequest.safeParse({
          ...createRequest,
          AirflowConfigurationOptions: { "core.secret": value },
        });
        if (result.success) return;
        const message = refused({ AirflowConfigurationOptions: { "core.secret": value } });
        expect(message).toContain("Value at 'airflowConfigurationOptions.core.secret'");
        if (String(value).length > 5) expect(message).not.toContain(String(value));
      }),
    );
    expect(refused({ AirflowConfigurationOptions: "hunter2-hunter2" })).not.toContain("hunter2");
  });

  it("shortens a long value", () => {
    expect(refused({ EnvironmentClass: "x".repeat(2000) })).toContain(`'${"x".repeat(100)}…' at 'environmentClass'`);
  });
});

describe("an accepted request", () => {
  it("keeps what the model knows, as it was written, and drops the rest", () => {
    const full = {
      ...createRequest,
      DagS3Path: "dags/",
      AirflowConfigurationOptions: { "core.default_timezone": "utc" },
      Tags: { "team name": "Größe@x" },
      LoggingConfiguration: { TaskLogs: { Enabled: true, LogLevel: "DEBUG" } },
      KmsKey: "arn:aws:kms:eu-west-1:000000000000:key/12345678-1234-1234-1234-123456789012",
    };
    expect(parseRequest(CreateEnvironmentRequest, { ...full, NotAMember: 1 })).toEqual(full);
  });

  it.each([GetEnvironmentRequest, DeleteEnvironmentRequest])("a name is all Get and Delete want", (schema) => {
    expect(parseRequest(schema, { Name: "first", other: 1 })).toEqual({ Name: "first" });
    expect(refusal(schema, { Name: "no/slash" })).toContain("at 'name'");
  });
});

describe("ListEnvironments", () => {
  it.each([
    [{}, {}],
    [{ MaxResults: "25" }, { MaxResults: 25 }],
    [
      { MaxResults: "1", NextToken: "x" },
      { MaxResults: 1, NextToken: "x" },
    ],
  ])("reads the query's text: %j", (query, request) => {
    expect(parseRequest(ListEnvironmentsRequest, query)).toEqual(request);
  });

  it.each([
    ["26", "Member must have value less than or equal to 25"],
    ["0", "Member must have value greater than or equal to 1"],
    ["", "Member must have value greater than or equal to 1"],
    ["many", "Member must be an integer"],
    ["2.5", "Member must be an integer"],
  ])("refuses MaxResults '%s' and shows what was sent", (text, constraint) => {
    expect(refusal(ListEnvironmentsRequest, { MaxResults: text })).toBe(
      `1 validation error detected: Value '${text}' at 'maxResults' failed to satisfy constraint: ${constraint}`,
    );
  });
});

const updateFault = (changes: object) => refusal(UpdateEnvironmentRequest, { Name: "first", ...changes });
const fileMembers = uploadedFiles.flatMap(({ member }) => [`${member}S3Path`, `${member}S3ObjectVersion`]);

describe("UpdateEnvironment", () => {
  it("wants nothing but a name, and keeps what the model knows", () => {
    expect(parseRequest(UpdateEnvironmentRequest, { Name: "first" })).toEqual({ Name: "first" });
    const full = {
      Name: "first",
      MaxWorkers: 4,
      NetworkConfiguration: { SecurityGroupIds: ["sg-b"] },
      WorkerReplacementStrategy: "GRACEFUL",
      LoggingConfiguration: { TaskLogs: { Enabled: true, LogLevel: "DEBUG" } },
    };
    expect(parseRequest(UpdateEnvironmentRequest, { ...full, NotAMember: 1 })).toEqual(full);
  });

  it.each([...fileMembers, "AirflowConfigurationOptions"])("takes null for %s: it clears it", (member) => {
    expect(parseRequest(UpdateEnvironmentRequest, { Name: "first", [member]: null })).toHaveProperty(member, null);
    expect(refused({ [member]: null })).toContain("Member must not be null");
  });

  it.each([
    "DagS3Path",
    "EnvironmentClass",
    "ExecutionRoleArn",
    "LoggingConfiguration",
    "MaxWorkers",
    "MaxWebservers",
    "MinWorkers",
    "MinWebservers",
    "NetworkConfiguration",
    "Schedulers",
    "SourceBucketArn",
    "WebserverAccessMode",
    "WeeklyMaintenanceWindowStart",
    "AirflowVersion",
    "WorkerReplacementStrategy",
  ])("refuses null for %s, which cannot be without a value", (member) => {
    const at = `${member.charAt(0).toLowerCase()}${member.slice(1)}`;
    expect(updateFault({ [member]: null })).toMatch(new RegExp(`at '${at}' failed to satisfy constraint: Member must`));
  });

  it.each([...fileMembers, "DagS3Path", "EnvironmentClass"])("refuses an empty string for %s", (member) => {
    expect(updateFault({ [member]: "" })).toContain("Member must have length greater than or equal to 1");
  });

  it.each<[object, string, string]>([
    [{ KmsKey: "arn:aws:kms:us-east-1:000000000000:key/1" }, "kmsKey", ""],
    [{ EndpointManagement: "SERVICE" }, "endpointManagement", ""],
    [{ EndpointManagement: null }, "endpointManagement", ""],
    [{ Tags: { team: "a" } }, "tags", "; use TagResource"],
    [
      { NetworkConfiguration: { SubnetIds: ["subnet-a", "subnet-b"], SecurityGroupIds: ["sg-a"] } },
      "networkConfiguration.SubnetIds",
      "",
    ],
  ])("refuses %j: a caller who sends it believes that it changes something", (changes, where, instead) => {
    expect(updateFault(changes)).toContain(
      `at '${where}' failed to satisfy constraint: Member can only be set when the environment is created${instead}`,
    );
  });

  it("refuses a network without security groups, and a strategy it does not know", () => {
    expect(updateFault({ NetworkConfiguration: {} })).toContain(
      "at 'networkConfiguration.SecurityGroupIds' failed to satisfy constraint: Member must not be null",
    );
    expect(updateFault({ WorkerReplacementStrategy: "GENTLE" })).toContain("[FORCED, GRACEFUL]");
  });

  it("never shows the value of an option", () => {
    expect(updateFault({ AirflowConfigurationOptions: { "smtp.smtp_password": 1234567 } })).not.toContain("1234567");
  });
});

describe("tags", () => {
  const ResourceArn = "arn:aws:airflow:us-east-1:000000000000:environment/first";

  it.each<[unknown, readonly string[]]>([
    ["team", ["team"]],
    ["team,cost center,a:b", ["team", "cost center", "a:b"]],
    ["", []],
    [["team"], ["team"]],
  ])("to remove come from the query, joined by commas: %j", (tagKeys, read) => {
    expect(parseRequest(UntagResourceRequest, { ResourceArn, tagKeys })).toEqual({ ResourceArn, tagKeys: read });
  });

  it("to add are checked by the model: none at all, too many, characters no tag has", () => {
    const put = (Tags: unknown) => refusal(TagResourceRequest, { ResourceArn, Tags });
    expect(put({})).toContain("Member must have length between 1 and 50");
    expect(put(Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`k${at}`, "v"])))).toContain("1 and 50");
    expect(put({ "a,b": "x" })).toContain("Map keys must satisfy constraint");
    expect(put(undefined)).toContain("Member must not be null");
    expect(refusal(TagResourceRequest, { ResourceArn: "first", Tags: { a: "b" } })).toContain("at 'resourceArn'");
  });
});

describe("InvokeRestApi", () => {
  const call = { Name: "first", Path: "/dags", Method: "GET" };

  it("takes any document as body and query: what they may be is Airflow's to say", () => {
    for (const value of [null, 1, "x", [1], { a: { b: null } }])
      expect(parseRequest(InvokeRestApiRequest, { ...call, Body: value, QueryParameters: value })).toEqual({
        ...call,
        Body: value,
        QueryParameters: value,
      });
  });

  it.each<[object, string]>([
    [{ Path: "" }, "at 'path'"],
    [{ Path: "x".repeat(65) }, "Member must have length less than or equal to 64"],
    [{ Method: "HEAD" }, "Member must satisfy enum value set: [GET, PUT, POST, PATCH, DELETE]"],
    [{ Role: "Owner" }, "Member must satisfy enum value set: [Admin, Op, User, Viewer, Public]"],
  ])("refuses %j", (changes, fault) => {
    expect(refusal(InvokeRestApiRequest, { ...call, ...changes })).toContain(fault);
  });
});
