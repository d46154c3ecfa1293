// Who may do what with the region's other services, and what a change of keys and policies does, through the front door.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PolicyDocument } from "../auth/policy-grammar.ts";
import { openCredentials } from "./credentials.ts";
import {
  accountId,
  airflowArn,
  allow,
  deny,
  type GuardedDoor,
  type Key,
  openGuardedDoor,
  policy,
  users,
} from "./testing/guarded-door.ts";

let door: GuardedDoor;
beforeAll(async () => {
  door = await openGuardedDoor();
});
afterAll(() => door.close());

describe("other services", () => {
  const sqs = (QueueName: string) => JSON.stringify({ QueueUrl: `http://127.0.0.1/${accountId}/${QueueName}` });
  const json = (target: string) => ({ "x-amz-target": target, "content-type": "application/x-amz-json-1.0" });

  it.each([
    ["functions", "dynamodb", json("DynamoDB_20120810.GetItem"), '{"TableName":"hangar"}', 200],
    ["functions", "dynamodb", json("DynamoDB_20120810.DeleteTable"), '{"TableName":"hangar"}', 400],
    ["functions", "dynamodb", json("DynamoDB_20120810.GetItem"), '{"TableName":"other"}', 400],
    ["tasks", "dynamodb", json("DynamoDB_20120810.GetItem"), '{"TableName":"hangar"}', 400],
    ["tasks", "dynamodb", json("DynamoDB_20120810.GetItem"), '{"TableName":"mine"}', 400],
    ["dag-code", "dynamodb", json("DynamoDB_20120810.GetItem"), '{"TableName":"mine"}', 200],
    ["dag-code", "dynamodb", json("DynamoDB_20120810.GetItem"), '{"TableName":"hangar"}', 400],
    ["tasks", "secretsmanager", json("secretsmanager.GetSecretValue"), '{"SecretId":"hangar/pool/database"}', 400],
    ["dag-code", "secretsmanager", json("secretsmanager.GetSecretValue"), '{"SecretId":"hangar/pool/database"}', 400],
    ["dag-code", "secretsmanager", json("secretsmanager.GetSecretValue"), '{"SecretId":"mine"}', 200],
    ["tasks", "secretsmanager", json("secretsmanager.ListSecrets"), "{}", 400],
    ["tasks", "sqs", json("AmazonSQS.ReceiveMessage"), sqs("airflow-celery-e1-g1"), 200],
    ["tasks", "sqs", json("AmazonSQS.DeleteQueue"), sqs("airflow-celery-e1-g1"), 400],
    ["tasks", "sqs", json("AmazonSQS.SendMessage"), sqs("hangar-source-changes"), 400],
    ["dag-code", "sqs", json("AmazonSQS.ReceiveMessage"), sqs("airflow-celery-e1-g1"), 400],
    ["reader", "sqs", json("AmazonSQS.SendMessage"), sqs("mine"), 400],
    ["operator", "sqs", json("AmazonSQS.SendMessage"), sqs("anything"), 200],
  ] as const)("%s, %s %o %s: %i", async (who, service, headers, body, status) => {
    const answer = await door.ask(who, service, "POST /", { ...headers }, body);
    expect(answer.status).toBe(status);
    expect(answer.reached.length).toBe(status === 200 ? 1 : 0);
    if (status !== 200) expect(answer.text).toContain("AccessDeniedException");
  });

  it.each([
    ["tasks", "GET /hangar-control/environments/e1/control.json", 200],
    ["tasks", "PUT /hangar-control/environments/e1/reports/t.json", 200],
    ["tasks", "PUT /hangar-control/environments/e1/control.json", 403],
    ["tasks", "DELETE /hangar-control/environments/e1/reports/t.json", 403],
    ["tasks", "PUT /my-bucket/result.csv", 403],
    ["dag-code", "PUT /my-bucket/result.csv", 200],
    ["dag-code", "GET /hangar-control/environments/e1/control.json", 403],
    ["functions", "GET /my-bucket/dags/a.py", 403],
    ["functions", "PUT /hangar-control/environments/e1/control.json", 200],
    ["functions", "POST /hangar-control?delete=", 200],
    ["functions", "PUT /my-bucket/dags/a.py", 403],
    ["operator2", "PUT /my-bucket/dags/a.py", 200],
    ["operator2", "GET /hangar-control/environments/e1/control.json", 403],
    ["reader", "GET /my-bucket/dags/a.py", 403],
    ["nobody", "GET /", 403],
  ])("%s, %s: %i", async (who, line, status) => {
    const answer = await door.ask(who, "s3", line, { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" });
    expect(answer.status).toBe(status);
    expect(answer.reached.length).toBe(status === 200 ? 1 : 0);
    if (status !== 200) expect(answer.text).toContain("<Code>AccessDenied</Code>");
  });

  it("a copy needs the source as well", async () => {
    const copy = (who: string, source: string) =>
      door.ask(who, "s3", "PUT /my-bucket/copy", {
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
        "x-amz-copy-source": source,
      });
    expect((await copy("operator2", "other/key")).status).toBe(200);
    expect((await copy("operator2", "hangar-control/environments/e1/control.json")).status).toBe(403);
  });
});

describe("a change of keys and policies", () => {
  const iam = async (who: string, parameters: Record<string, string>) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    return door.ask(who, "iam", "POST /", headers, new URLSearchParams(parameters).toString());
  };

  it("is for those whose policy allows it: not for operate, read-only, functions or tasks", async () => {
    const grab = { Action: "PutUserPolicy", UserName: "reader", PolicyName: "more", PolicyDocument: "{}" };
    for (const who of ["reader", "operator2", "only-first", "functions", "tasks", "dag-code"]) {
      for (const parameters of [grab, { Action: "CreateAccessKey", UserName: "admin" }, { Action: "ListUsers" }]) {
        expect([who, (await iam(who, parameters)).status]).toEqual([who, 403]);
      }
    }
  });

  it("counts from the next request on, and a revoked key is a key that never was", async () => {
    await iam("operator", { Action: "CreateUser", UserName: "changing" });
    await iam("operator", { Action: "CreateAccessKey", UserName: "changing" });
    await iam("operator", { Action: "CreateAccessKey", UserName: "changing" });
    const [first, second] = door.credentials.principals.get("user/changing")!.keys as unknown as readonly [Key, Key];
    const status = async (key = first) => (await door.ask(key, "airflow", "GET /environments/first")).status;
    expect(await status()).toBe(403);
    const write = (document: PolicyDocument) =>
      iam("operator", {
        Action: "PutUserPolicy",
        UserName: "changing",
        PolicyName: "own",
        PolicyDocument: JSON.stringify(document),
      });
    await write(policy(allow("airflow:Get*", airflowArn("environment/first"))));
    expect(await status()).toBe(200);
    await write(policy(allow("airflow:Get*", "*"), deny("airflow:*", airflowArn("environment/first"))));
    expect(await status()).toBe(403);
    await write(policy(allow("airflow:Get*", "*")));
    expect([await status(first), await status(second)]).toEqual([200, 200]);
    await iam("operator", { Action: "DeleteAccessKey", UserName: "changing", AccessKeyId: first.accessKeyId });
    const refused = await door.ask(first, "airflow", "GET /environments/first");
    expect(refused.headers.get("x-amzn-errortype")).toBe("UnrecognizedClientException");
    expect(await status(second)).toBe(200);
  });

  it("is on the disk before it is answered: another start finds the same users and keys", async () => {
    await iam("operator", { Action: "CreateUser", UserName: "kept" });
    const answer = await iam("operator", { Action: "CreateAccessKey", UserName: "kept" });
    const again = openCredentials(join(door.folder, "credentials.json"), accountId);
    const key = again.principals.get("user/kept")!.keys[0]!;
    expect(answer.text).toContain(key.secretAccessKey);
    expect(again.find(key.accessKeyId)).toMatchObject({ arn: `arn:aws:iam::${accountId}:user/kept` });
  });

  it("that is no policy is refused and changes nothing", async () => {
    const answer = await iam("operator", {
      Action: "PutUserPolicy",
      UserName: "reader",
      PolicyName: "own",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: allow("airflow:GetEnviroment", "*") }),
    });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("Did you mean GetEnvironment");
    expect(door.credentials.principals.get("user/reader")!.policies).toEqual({ own: users["reader"] });
  });

  it("of the role that hangar env create names is allowed", async () => {
    const document = JSON.stringify({ Version: "2012-10-17", Statement: allow("s3:Get*", "*") });
    const own = { RoleName: "hangar-execution", PolicyName: "own" };
    expect((await iam("operator", { Action: "PutRolePolicy", ...own, PolicyDocument: document })).status).toBe(200);
    expect((await iam("operator", { Action: "DeleteRolePolicy", ...own })).status).toBe(200);
  });

  it("of the region's own user and roles is refused", async () => {
    for (const parameters of [
      { Action: "DeleteAccessKey", UserName: "operator", AccessKeyId: "AKIAX" },
      { Action: "PutRolePolicy", RoleName: "hangar-tasks", PolicyName: "p", PolicyDocument: "{}" },
    ]) {
      const answer = await iam("operator", parameters);
      expect(answer.text).toContain("UnmodifiableEntity");
    }
  });
});
