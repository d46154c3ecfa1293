// What a client of STS may rely on, asked through the real SDK client.
import * as sts from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contractCaller } from "../serve.ts";

/** An implementation to ask. */
export interface StsUnderTest {
  readonly client: sts.STSClient;
  close(): Promise<void>;
}

const RoleArn = "arn:aws:iam::000000000000:role/service-role/reader";
const RoleSessionName = "contract@test";

/** Declares the suite. */
export function stsContract(title: string, connect: () => Promise<StsUnderTest>): void {
  describe(title, () => {
    let under: StsUnderTest;
    let client: sts.STSClient;
    beforeAll(async () => {
      under = await connect();
      client = under.client;
    });
    afterAll(() => under?.close());
    const assume = (more: Partial<sts.AssumeRoleCommandInput> = {}) =>
      client.send(new sts.AssumeRoleCommand({ RoleArn, RoleSessionName, ...more }));

    it("a caller learns who it is", async () => {
      const identity = await client.send(new sts.GetCallerIdentityCommand({}));
      expect(identity).toMatchObject({ Arn: contractCaller.arn, Account: contractCaller.accountId });
      expect(identity.UserId).toMatch(/^AIDA[A-Z2-7]{16}$/);
    });

    it("an assumed role comes with temporary keys and the session's ARN", async () => {
      const before = Date.now();
      const { Credentials, AssumedRoleUser } = await assume({ DurationSeconds: 900, ExternalId: "arn:aws:airflow:x" });
      expect(Credentials!.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
      expect(Credentials!.SecretAccessKey).toHaveLength(40);
      expect(Credentials!.SessionToken!.length).toBeGreaterThan(100);
      const lifetime = Credentials!.Expiration!.getTime() - before;
      expect(lifetime).toBeGreaterThan(898_000);
      expect(lifetime).toBeLessThan(910_000);
      expect(AssumedRoleUser!.Arn).toBe("arn:aws:sts::000000000000:assumed-role/reader/contract@test");
      expect(AssumedRoleUser!.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{16}:contract@test$/);
    });

    it("every session has keys of its own", async () => {
      const [first, second] = [await assume(), await assume()];
      expect(first.Credentials!.AccessKeyId).not.toBe(second.Credentials!.AccessKeyId);
      expect(first.Credentials!.SecretAccessKey).not.toBe(second.Credentials!.SecretAccessKey);
    });

    for (const [what, input] of [
      ["a malformed role ARN", { RoleArn: "arn:aws:iam::000000000000:user/somebody" }],
      ["a role ARN of no account", { RoleArn: "arn:aws:iam::12345:role/reader-of-things" }],
      ["a session name of one character", { RoleSessionName: "x" }],
      ["a session name with a space", { RoleSessionName: "not ok" }],
      ["an external id with a space", { ExternalId: "not ok" }],
      ["a session shorter than a quarter of an hour", { DurationSeconds: 899 }],
      ["a session longer than twelve hours", { DurationSeconds: 43_201 }],
      ["a session policy, which would not be honoured", { Policy: "{}" }],
    ] as const) {
      it(`${what} is refused`, async () => {
        await expect(assume(input)).rejects.toMatchObject({ name: "ValidationError", $fault: "client" });
      });
    }

    it("an action outside the subset is refused as an invalid action", async () => {
      const token = client.send(new sts.GetSessionTokenCommand({}));
      await expect(token).rejects.toMatchObject({ name: "InvalidAction" });
    });
  });
}
