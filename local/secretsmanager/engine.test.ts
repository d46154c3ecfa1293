import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openForTest } from "../sqs/testing/open-for-test.ts";
import { askJson } from "../sqs/testing/small-engine.ts";
import { createSecretsManagerEngine } from "./engine.ts";

const setUp = () => openForTest(createSecretsManagerEngine);

describe("values for code in process", () => {
  it("are found by name and ARN, and absent for what is missing, deleted or binary", async () => {
    const { engine } = setUp();
    const { ARN } = await askJson(engine, "CreateSecret", { Name: "env/db", SecretString: "s3cret" });
    await askJson(engine, "CreateSecret", { Name: "bytes", SecretBinary: "AAE=" });
    expect([engine.value("env/db"), engine.value(ARN), engine.value(ARN.slice(0, -7))]).toEqual(
      Array(3).fill("s3cret"),
    );
    expect([engine.value("nothing"), engine.value("bytes")]).toEqual([undefined, undefined]);
    await askJson(engine, "DeleteSecret", { SecretId: "env/db" });
    expect(engine.value("env/db")).toBeUndefined();
  });

  it("survive a restart", async () => {
    const { engine, context } = setUp();
    await askJson(engine, "CreateSecret", { Name: "kept", SecretString: "s3cret" });
    await engine.close();
    const restarted = createSecretsManagerEngine(context);
    onTestFinished(() => restarted.close());
    expect(restarted.value("kept")).toBe("s3cret");
  });
});

describe("deletion", () => {
  it("is final when the recovery window is over, and frees the name", async () => {
    const { engine, time } = setUp();
    await askJson(engine, "CreateSecret", { Name: "s", SecretString: "one" });
    await askJson(engine, "DeleteSecret", { SecretId: "s", RecoveryWindowInDays: 7 });
    await time.pass(7 * 86_400 - 1);
    expect(await askJson(engine, "DescribeSecret", { SecretId: "s" })).toMatchObject({ status: 200 });
    await time.pass(1);
    const gone = await askJson(engine, "RestoreSecret", { SecretId: "s" });
    expect(gone).toMatchObject({ status: 400, __type: "ResourceNotFoundException" });
    expect(await askJson(engine, "CreateSecret", { Name: "s", SecretString: "two" })).toMatchObject({ status: 200 });
  });

  it("leaves nothing of a value in the file", async () => {
    const { engine, context } = setUp();
    await askJson(engine, "CreateSecret", { Name: "s", SecretString: "only-in-one-place" });
    await askJson(engine, "DeleteSecret", { SecretId: "s", ForceDeleteWithoutRecovery: true });
    await engine.close();
    expect(readFileSync(join(context.folder, "secrets.sqlite")).includes("only-in-one-place")).toBe(false);
  });
});

describe("versions without a label", () => {
  it("are kept to the newest hundred", async () => {
    const { engine } = setUp();
    await askJson(engine, "CreateSecret", { Name: "s", SecretString: "0", ClientRequestToken: "t".repeat(32) });
    for (let value = 1; value <= 103; value++) {
      await askJson(engine, "PutSecretValue", { SecretId: "s", SecretString: String(value) });
    }
    const first = await askJson(engine, "GetSecretValue", { SecretId: "s", VersionId: "t".repeat(32) });
    expect(first).toMatchObject({ __type: "ResourceNotFoundException" });
    expect(engine.value("s")).toBe("103");
  });
});

describe("secrecy", () => {
  it("a refused value is not repeated in the error, and only the owner may read the file", async () => {
    const { engine, context } = setUp();
    const long = await askJson(engine, "CreateSecret", { Name: "s", SecretString: "topsecret".repeat(10_000) });
    expect(long.status).toBe(400);
    expect(JSON.stringify(long)).not.toContain("topsecret");
    for (const file of ["secrets.sqlite", "secrets.sqlite-wal"]) {
      expect(statSync(join(context.folder, file)).mode & 0o777).toBe(0o600);
    }
  });
});
