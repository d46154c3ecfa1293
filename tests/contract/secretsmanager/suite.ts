// What a client of Secrets Manager may rely on, asked through the real SDK client.
import * as secrets from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** An implementation to ask. */
export interface SecretsUnderTest {
  readonly client: secrets.SecretsManagerClient;
  close(): Promise<void>;
}

/** Declares the suite. */
export function secretsManagerContract(title: string, connect: () => Promise<SecretsUnderTest>): void {
  describe(title, () => {
    let under: SecretsUnderTest;
    let client: secrets.SecretsManagerClient;
    let created = 0;
    beforeAll(async () => {
      under = await connect();
      client = under.client;
    });
    afterAll(() => under?.close());

    const freshName = () => `contract/secret-${++created}`;
    const create = (Name: string, SecretString = "one", more: Partial<secrets.CreateSecretCommandInput> = {}) =>
      client.send(new secrets.CreateSecretCommand({ Name, SecretString, ...more }));
    const get = (SecretId: string, more: Partial<secrets.GetSecretValueCommandInput> = {}) =>
      client.send(new secrets.GetSecretValueCommand({ SecretId, ...more }));

    it("a secret is read back by name, by ARN and by ARN without its random characters", async () => {
      const Name = freshName();
      const { ARN, VersionId } = await create(Name, "s3cret ✓");
      expect(ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:us-east-1:\\d{12}:secret:${Name}-[A-Za-z0-9]{6}$`));
      for (const id of [Name, ARN!, ARN!.slice(0, -7)]) {
        expect(await get(id)).toMatchObject({
          Name,
          ARN,
          VersionId,
          SecretString: "s3cret ✓",
          VersionStages: ["AWSCURRENT"],
        });
      }
      expect((await get(Name)).CreatedDate).toBeInstanceOf(Date);
    });

    it("bytes come back as bytes", async () => {
      const Name = freshName();
      const SecretBinary = Buffer.from([0, 1, 254, 255]);
      await client.send(new secrets.CreateSecretCommand({ Name, SecretBinary }));
      expect([...(await get(Name)).SecretBinary!]).toEqual([0, 1, 254, 255]);
    });

    it("creating a secret again is refused, repeating the very request is not", async () => {
      const Name = freshName();
      const ClientRequestToken = "a".repeat(32);
      const first = await create(Name, "one", { ClientRequestToken });
      expect((await create(Name, "one", { ClientRequestToken })).ARN).toBe(first.ARN);
      await expect(create(Name, "two", { ClientRequestToken })).rejects.toMatchObject({
        name: "ResourceExistsException",
      });
      await expect(create(Name, "one")).rejects.toMatchObject({ name: "ResourceExistsException" });
    });

    it("a missing secret is not found", async () => {
      await expect(get("nowhere")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });

    it("a new value becomes current, the one before it previous, older ones lose their label", async () => {
      const Name = freshName();
      const first = await create(Name, "one");
      const put = (SecretString: string) =>
        client.send(new secrets.PutSecretValueCommand({ SecretId: Name, SecretString }));
      const second = await put("two");
      expect(second.VersionStages).toEqual(["AWSCURRENT"]);
      expect((await get(Name)).SecretString).toBe("two");
      expect((await get(Name, { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("one");
      const third = await put("three");
      const described = await client.send(new secrets.DescribeSecretCommand({ SecretId: Name }));
      expect(described.VersionIdsToStages).toEqual({
        [third.VersionId!]: ["AWSCURRENT"],
        [second.VersionId!]: ["AWSPREVIOUS"],
      });
      expect((await get(Name, { VersionId: first.VersionId })).SecretString).toBe("one");
    });

    it("a value under a label of its own leaves the current one alone", async () => {
      const Name = freshName();
      await create(Name, "one");
      const staged = { SecretId: Name, SecretString: "next", VersionStages: ["AWSPENDING"] };
      await client.send(new secrets.PutSecretValueCommand(staged));
      expect((await get(Name)).SecretString).toBe("one");
      expect((await get(Name, { VersionStage: "AWSPENDING" })).SecretString).toBe("next");
    });

    it("a put repeated with its token changes nothing, with another value it is refused", async () => {
      const Name = freshName();
      await create(Name, "one");
      const ClientRequestToken = "b".repeat(32);
      const put = (SecretString: string) =>
        client.send(new secrets.PutSecretValueCommand({ SecretId: Name, SecretString, ClientRequestToken }));
      await put("two");
      await put("two");
      expect((await get(Name, { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("one");
      await expect(put("three")).rejects.toMatchObject({ name: "ResourceExistsException" });
    });

    it("an update changes description and value", async () => {
      const Name = freshName();
      await create(Name, "one");
      const update = { SecretId: Name, Description: "of the database", SecretString: "two" };
      await client.send(new secrets.UpdateSecretCommand(update));
      expect((await get(Name)).SecretString).toBe("two");
      const described = await client.send(new secrets.DescribeSecretCommand({ SecretId: Name }));
      expect(described.Description).toBe("of the database");
    });

    it("a label no version has is not found", async () => {
      const Name = freshName();
      await create(Name);
      await expect(get(Name, { VersionStage: "NONE" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });

    it("a secret marked for deletion refuses reads and its name, until it is restored", async () => {
      const Name = freshName();
      await create(Name);
      const deletion = new secrets.DeleteSecretCommand({ SecretId: Name, RecoveryWindowInDays: 7 });
      const { DeletionDate } = await client.send(deletion);
      expect(DeletionDate!.getTime()).toBeGreaterThan(Date.now() + 6 * 86_400_000);
      await expect(get(Name)).rejects.toMatchObject({ name: "InvalidRequestException" });
      await expect(create(Name)).rejects.toMatchObject({ name: "InvalidRequestException" });
      await client.send(new secrets.RestoreSecretCommand({ SecretId: Name }));
      expect((await get(Name)).SecretString).toBe("one");
    });

    it("a forced deletion frees the name at once, and may be repeated", async () => {
      const Name = freshName();
      const { ARN } = await create(Name);
      const deletion = new secrets.DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true });
      await client.send(deletion);
      await client.send(deletion);
      await expect(get(Name)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
      expect((await create(Name, "new")).ARN).not.toBe(ARN);
      expect((await get(Name)).SecretString).toBe("new");
    });

    it("a forced deletion with a recovery window is refused", async () => {
      const Name = freshName();
      await create(Name);
      const both = { SecretId: Name, ForceDeleteWithoutRecovery: true, RecoveryWindowInDays: 7 };
      const deletion = client.send(new secrets.DeleteSecretCommand(both));
      await expect(deletion).rejects.toMatchObject({ name: "InvalidParameterException" });
    });

    it("secrets are listed by name prefix, page by page, without those marked for deletion", async () => {
      const prefix = `listed/${++created}/`;
      for (const end of ["a", "b", "c", "gone"]) await create(prefix + end);
      await client.send(new secrets.DeleteSecretCommand({ SecretId: `${prefix}gone` }));
      const names: string[] = [];
      const Filters = [{ Key: "name" as const, Values: [prefix] }];
      for await (const page of secrets.paginateListSecrets({ client, pageSize: 2 }, { Filters, SortOrder: "asc" })) {
        names.push(...page.SecretList!.map((secret) => secret.Name!));
      }
      expect(names.sort()).toEqual([`${prefix}a`, `${prefix}b`, `${prefix}c`]);
    });

    it("tags are set, read and taken away", async () => {
      const Name = freshName();
      await create(Name, "one", { Tags: [{ Key: "owner", Value: "data" }] });
      await client.send(new secrets.TagResourceCommand({ SecretId: Name, Tags: [{ Key: "stage", Value: "test" }] }));
      await client.send(new secrets.UntagResourceCommand({ SecretId: Name, TagKeys: ["owner"] }));
      const described = await client.send(new secrets.DescribeSecretCommand({ SecretId: Name }));
      expect(described.Tags).toEqual([{ Key: "stage", Value: "test" }]);
    });

    it("a value of 65,536 bytes is the longest", async () => {
      await create(freshName(), "x".repeat(65_536));
      await expect(create(freshName(), "x".repeat(65_537))).rejects.toMatchObject({ name: "ValidationException" });
      await expect(create(freshName(), "ü".repeat(40_000))).rejects.toMatchObject({ name: "ValidationException" });
    });

    it("a name outside the rules is refused", async () => {
      await expect(create("with space")).rejects.toMatchObject({ name: "ValidationException" });
    });

    it("an operation outside the subset is refused by name", async () => {
      const rotation = client.send(new secrets.RotateSecretCommand({ SecretId: freshName() }));
      await expect(rotation).rejects.toMatchObject({ name: "UnknownOperationException" });
    });
  });
}
