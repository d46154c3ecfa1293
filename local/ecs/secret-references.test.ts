import { describe, expect, it } from "vitest";
import { parseValueFrom, resolveSecrets } from "./secret-references.ts";

const ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:environment-abc-AbCdEf";

describe("parseValueFrom", () => {
  it.each([
    ["name/of/secret", { secretId: "name/of/secret" }],
    [ARN, { secretId: ARN }],
    [`${ARN}:password::`, { secretId: ARN, jsonKey: "password" }],
    [`${ARN}::AWSPREVIOUS:`, { secretId: ARN, versionStage: "AWSPREVIOUS" }],
    [`${ARN}:key:AWSCURRENT:v-1`, { secretId: ARN, jsonKey: "key", versionStage: "AWSCURRENT", versionId: "v-1" }],
  ])("reads %s as ECS does", (valueFrom, expected) => {
    expect(parseValueFrom(valueFrom)).toEqual(expected);
  });
});

describe("resolveSecrets", () => {
  it("reads a secret once, however many keys are taken from it", async () => {
    let reads = 0;
    const read = async () => {
      reads += 1;
      return '{"a":"1","b":2}';
    };
    const secrets = [
      { name: "A", valueFrom: `${ARN}:a::` },
      { name: "B", valueFrom: `${ARN}:b::` },
    ];
    expect(await resolveSecrets(secrets, read)).toEqual({ A: "1", B: "2" });
    expect(reads).toBe(1);
  });

  it("names the secret and never its value when it is not the JSON it should be", async () => {
    const asked = resolveSecrets([{ name: "A", valueFrom: `${ARN}:a::` }], async () => "p4ssword");
    await expect(asked).rejects.toThrow(`the secret ${ARN} is not JSON`);
    await expect(asked).rejects.not.toThrow("p4ssword");
  });
});
