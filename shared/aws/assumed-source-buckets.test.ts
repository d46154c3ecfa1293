import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import type { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeError } from "../domain/errors.ts";
import type { ExecutionRole } from "../domain/execution-role.ts";
import { assumedSourceBuckets } from "./assumed-source-buckets.ts";

const role: ExecutionRole = {
  roleArn: "arn:aws:iam::000000000000:role/airflow",
  externalId: "arn:aws:airflow:us-east-1:000000000000:environment/first",
  sessionName: "e0123456789",
};

/** An S3 that has every object and remembers whose key asked, and an STS that lends for so many minutes. */
async function setUp(options: { minutes?: number; refusal?: Error } = {}) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(/Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "nobody");
    response.end("bytes");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  server.unref();
  const asked: AssumeRoleCommand["input"][] = [];
  const sts = {
    async send(command: AssumeRoleCommand) {
      asked.push(command.input);
      if (options.refusal) throw options.refusal;
      const Expiration = new Date(Date.now() + (options.minutes ?? 60) * 60_000);
      return {
        Credentials: { AccessKeyId: `KEY${asked.length}`, SecretAccessKey: "s", SessionToken: "t", Expiration },
      };
    },
  };
  const s3 = (credentials: NonNullable<ConstructorParameters<typeof S3Client>[0]>["credentials"]) =>
    new S3Client({
      ...(credentials ? { credentials } : {}),
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: "us-east-1",
      forcePathStyle: true,
      maxAttempts: 1,
    });
  const buckets = assumedSourceBuckets({ sts: sts as never, s3 }, "arn:aws:iam::000000000000:root");
  return { buckets, asked, seen, read: (as = role) => buckets.as(as).read("my-dags", "dags/a.py", "v1") };
}

describe("source buckets under a role", () => {
  it("are read with the role's keys, which are asked for once, under the environment's external id", async () => {
    const { read, asked, seen } = await setUp();
    await read();
    await read();
    expect(asked).toEqual([{ RoleArn: role.roleArn, ExternalId: role.externalId, RoleSessionName: role.sessionName }]);
    expect(seen).toEqual(["KEY1", "KEY1"]);
  });

  it("say that the disk is full where the role meets it first: whoever asked is to read that", async () => {
    const full = Object.assign(new Error("The disk is full. Free some space."), { name: "StorageFull" });
    const failed = (await setUp({ refusal: full })).read().catch((error: unknown) => describeError(error));
    expect(await failed).toMatchObject({ code: "StorageFull", message: expect.stringContaining("Free some space.") });
  });

  it("are read with new keys once the old ones have five minutes left", async () => {
    const { read, seen } = await setUp({ minutes: 4 });
    await read();
    await read();
    expect(new Set(seen).size).toBe(2);
  });

  it("never share keys between environments, one role or not", async () => {
    const { read, asked, seen } = await setUp();
    await read();
    await read({ ...role, externalId: `${role.externalId}-2`, sessionName: "e9876543210" });
    expect(asked.map(({ ExternalId }) => ExternalId)).toEqual([role.externalId, `${role.externalId}-2`]);
    expect(seen).toEqual(["KEY1", "KEY2"]);
  });

  const statusOf403 = { $metadata: { httpStatusCode: 403 } };

  it("of a role that does not trust Hangar fail with what its trust must say, whatever is looked for", async () => {
    const refusal = Object.assign(new Error("no"), { name: "AccessDenied", ...statusOf403 });
    const { buckets } = await setUp({ refusal });
    const reader = buckets.as(role);
    const tries = [
      () => reader.facts("my-dags"),
      () => reader.find("my-dags", "a", null),
      () => reader.list("my-dags", ""),
      () => reader.stream("my-dags", "a", "v"),
    ];
    for (const look of tries) {
      await expect(look()).rejects.toMatchObject({
        name: "ExecutionRoleRefused",
        message: expect.stringContaining(role.externalId),
      });
    }
  });

  it("are not taken for missing when STS fails in any other way", async () => {
    const refusal = Object.assign(new Error("expired"), { name: "ExpiredTokenException", ...statusOf403 });
    const { buckets } = await setUp({ refusal });
    await expect(buckets.as(role).facts("my-dags")).rejects.toThrow("expired");
    await expect(buckets.as(role).find("my-dags", "a", null)).rejects.toThrow("expired");
  });
});
