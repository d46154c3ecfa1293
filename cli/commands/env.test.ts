import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketName } from "./env.ts";

describe("the bucket `env create` makes", () => {
  it.each([
    ["demo", "hangar-demo"],
    ["my-env-2", "hangar-my-env-2"],
  ])("for %s is %s", (name, bucket) => expect(bucketName(name)).toBe(bucket));

  const name = fc.stringMatching(/^[a-zA-Z][0-9a-zA-Z_-]{0,79}$/);

  it("has a bucket's form for every name an environment can have", () => {
    fc.assert(
      fc.property(name, (environmentName) => {
        expect(bucketName(environmentName)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
      }),
    );
  });

  it("is one environment's alone: names that differ by case, an underscore or their end have buckets of their own", () => {
    const names = ["my-env", "My-Env", "my_env", "my-env-", "x".repeat(80), `${"x".repeat(79)}y`];
    expect(new Set(names.map(bucketName)).size).toBe(names.length);
  });
});
