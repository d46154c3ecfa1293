import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketName } from "./env.ts";

describe("the bucket `env create` makes", () => {
  it.each([
    ["demo", "hangar-demo"],
    ["My_Env-2", "hangar-my-env-2"],
  ])("for %s is %s", (name, bucket) => expect(bucketName(name)).toBe(bucket));

  it("has a bucket's form for every name an environment can have whose last character is a letter or digit", () => {
    const name = fc.stringMatching(/^[a-zA-Z]([0-9a-zA-Z_-]{0,54}[0-9a-zA-Z])?$/);
    fc.assert(
      fc.property(name, (environmentName) => {
        expect(bucketName(environmentName)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
      }),
    );
  });
});
