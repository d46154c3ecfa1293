import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { functions, type PortName } from "../../functions/wiring.ts";
import { actionsOfPort } from "../../tests/infra/adapter-calls.ts";
import { createAuthority } from "./authority.ts";
import type { Target } from "./evaluate.ts";
import { openPrincipals, type PrincipalStore } from "./principals.ts";

const functionsArn = "arn:aws:sts::000000000000:assumed-role/hangar-functions/one-machine";
let folder: string;
let principals: PrincipalStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-authority-"));
  principals = openPrincipals(join(folder, "access.json"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const allowed = (arn: string, action: string, target: Target) =>
  createAuthority(principals).denied(arn, [{ action, target }]) === undefined;

describe("the functions", () => {
  /** What each service's calls of the adapters are made on, in the names of one machine. */
  const named: Readonly<Record<string, readonly Target[]>> = {
    dynamodb: ["arn:aws:dynamodb:us-east-1:000000000000:table/hangar"],
    s3: ["arn:aws:s3:::hangar-control", { within: "arn:aws:s3:::hangar-control/" }],
    secretsmanager: [{ within: "arn:aws:secretsmanager:us-east-1:000000000000:secret:hangar/environments/e1-" }],
    sqs: [
      "arn:aws:sqs:us-east-1:000000000000:airflow-celery-e1-g1",
      "arn:aws:sqs:us-east-1:000000000000:hangar-scaling",
    ],
    sts: ["arn:aws:iam::000000000000:role/airflow"],
    states: [
      "arn:aws:states:us-east-1:000000000000:stateMachine:hangar-create-environment",
      "arn:aws:states:us-east-1:000000000000:execution:hangar-create-environment:create-e1-1-1",
    ],
  };
  const ports = [...new Set(Object.values(functions).flatMap((one): readonly PortName[] => one.ports))];

  it("have ports that call AWS, or the next test would say nothing", () => {
    expect(ports.flatMap(actionsOfPort).length).toBeGreaterThan(20);
  });

  it.each(ports)("may make every call the adapter of %s makes", (port) => {
    // Passing a role is asked by AWS behind the call; here roles are taken as written.
    const actions = actionsOfPort(port).filter((action) => action !== "iam:PassRole");
    for (const action of actions) {
      const targets = named[action.split(":")[0]!] ?? [{ within: "" }];
      expect([action, targets.some((target) => allowed(functionsArn, action, target))]).toEqual([action, true]);
    }
  });

  it.each([
    ["airflow:GetEnvironment", "arn:aws:airflow:us-east-1:000000000000:environment/first"],
    ["iam:CreateAccessKey", "arn:aws:iam::000000000000:user/ci"],
    ["s3:PutObject", "arn:aws:s3:::my-dags/dags/a.py"],
    ["s3:GetObject", "arn:aws:s3:::my-dags/dags/a.py"],
    ["s3:ListBucketVersions", "arn:aws:s3:::my-dags"],
    ["dynamodb:DeleteTable", "arn:aws:dynamodb:us-east-1:000000000000:table/hangar"],
    ["sqs:DeleteQueue", "arn:aws:sqs:us-east-1:000000000000:hangar-source-changes"],
    ["sts:AssumeRole", "arn:aws:iam::000000000000:role/hangar-tasks"],
  ])("may not %s on %s", (action, resource) => {
    expect(allowed(functionsArn, action, resource)).toBe(false);
  });
});

describe("tasks", () => {
  const tasksArn = "arn:aws:sts::000000000000:assumed-role/hangar-tasks/one-machine";

  it("may lend DAG code the role an environment names, and none of Hangar's own, in a path or not", () => {
    const may = (role: string) => allowed(tasksArn, "sts:AssumeRole", `arn:aws:iam::000000000000:role/${role}`);
    expect(["airflow", "teams/airflow", "hangar-execution"].map(may)).toEqual([true, true, true]);
    for (const own of ["functions", "tasks", "builders", "task-execution"]) expect(may(`hangar-${own}`)).toBe(false);
    for (const own of ["functions", "tasks"]) expect(may(`teams/hangar-${own}`)).toBe(false);
  });

  it("have keys for their queue and reports, not for what DAG code does", () => {
    expect(allowed(tasksArn, "s3:PutObject", "arn:aws:s3:::my-dags/data.csv")).toBe(false);
    expect(allowed(tasksArn, "cloudwatch:PutMetricData", "*")).toBe(true);
  });
});

it("tasks that build layers or check upgrades may write what they found, and nothing anybody takes orders from", () => {
  const buildersArn = "arn:aws:sts::000000000000:assumed-role/hangar-builders/one-machine";
  const may = (action: string, key: string) =>
    allowed(buildersArn, action, `arn:aws:s3:::hangar-control/environments/e1/${key}`);
  expect(
    ["blobs/a", "releases/r1.json", "upgrade-checks/c/request.json"].map((key) => may("s3:GetObject", key)),
  ).toEqual([true, true, true]);
  expect(["layers/l-1/layer.tar", "upgrade-checks/c/result.json"].map((key) => may("s3:PutObject", key))).toEqual([
    ...[true, true],
  ]);
  for (const key of ["control.json", "releases/r1.json", "upgrade-checks/c/request.json", "layers/build.json"])
    expect(may("s3:PutObject", key)).toBe(false);
});

describe("an assumed role", () => {
  const session = "arn:aws:sts::000000000000:assumed-role/airflow/session";
  const bucket = "arn:aws:s3:::my-dags/data.csv";

  it("without a policy of its own may use the region, but nothing of Hangar's own", () => {
    expect(allowed(session, "s3:PutObject", bucket)).toBe(true);
    expect(allowed(session, "s3:GetObject", "arn:aws:s3:::hangar-control/environments/e1/control.json")).toBe(false);
    expect(allowed(session, "iam:CreateAccessKey", "arn:aws:iam::000000000000:user/ci")).toBe(false);
    expect(allowed(session, "sts:AssumeRole", "arn:aws:iam::000000000000:role/other")).toBe(false);
    const alarms = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:";
    expect(allowed(session, "cloudwatch:PutMetricAlarm", `${alarms}mine`)).toBe(true);
    expect(allowed(session, "cloudwatch:SetAlarmState", `${alarms}hangar-e1-deficit`)).toBe(false);
    expect(allowed(session, "cloudwatch:DescribeAlarms", { within: alarms })).toBe(true);
    expect(allowed(session, "cloudwatch:PutMetricData", "*")).toBe(true);
  });

  it("with a policy may do what that says, in every session", () => {
    const document = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:Get*", Resource: "*" },
    } as const;
    principals.put("role/airflow", { createdAt: "now", policies: { own: document }, keys: [] });
    expect(allowed(session, "s3:PutObject", bucket)).toBe(false);
    expect(allowed(session.replace("session", "another"), "s3:GetObject", bucket)).toBe(true);
    expect(allowed("arn:aws:sts::000000000000:assumed-role/airflow-2/session", "s3:PutObject", bucket)).toBe(true);
  });
});

it("a caller that is no user and no role of the region may do nothing", () => {
  for (const arn of [
    "",
    "arn:aws:iam::000000000000:root",
    "arn:aws:iam::000000000000:user/stranger",
    "arn:aws:iam::000000000000:user/constructor",
  ]) {
    expect(allowed(arn, "airflow:ListEnvironments", "*")).toBe(false);
  }
});

describe("the access file", () => {
  it("is its owner's alone, and found again by the next start", () => {
    const key = { accessKeyId: "AKIAX", secretAccessKey: "s", createdAt: "now" };
    principals.put("user/ci", { createdAt: "now", policies: {}, keys: [key] });
    expect(statSync(join(folder, "access.json")).mode & 0o777).toBe(0o600);
    expect(openPrincipals(join(folder, "access.json")).holder("AKIAX")).toEqual({ id: "user/ci", key });
    principals.put("user/ci", undefined);
    expect(openPrincipals(join(folder, "access.json")).list()).toEqual([]);
  });

  it.each([
    "{ no json",
    "[]",
    '{"version":2,"principals":{}}',
    '{"version":1,"principals":{"user/a":{"keys":[]}}}',
    '{"version":1,"principals":{"ci":{}}}',
  ])("that is damaged is an error that says so, and is left as it is: %s", (text) => {
    const file = join(folder, "damaged.json");
    writeFileSync(file, text);
    expect(() => openPrincipals(file)).toThrow(/access file.*(Restore it|delete it)/s);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  it("that cannot be written changes nothing in memory: a key that was answered is a key that is kept", () => {
    rmSync(folder, { recursive: true });
    expect(() => principals.put("user/ci", { createdAt: "now", policies: {}, keys: [] })).toThrow();
    expect(principals.get("user/ci")).toBeUndefined();
  });
});
