import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordIn, sha256 } from "../testing/planned.ts";
import { airflowIdentity, airflowRoleOf, iamIdentity, neededRole, tokenClaims } from "./access.ts";
import { airflowRoles } from "./items.ts";

const account = "000000000000";
const user = `arn:aws:iam::${account}:user/ann`;
const session = `arn:aws:sts::${account}:assumed-role/Developer/ann`;
/** Whether an entry with this pattern gives the caller its role. */
const fits = (principal: string, caller: string) =>
  airflowRoleOf([{ principal, role: "Admin" }], caller, undefined) === "Admin";

describe("an entry of the access table", () => {
  it.each<[string, string, boolean]>([
    [user, user, true],
    [user, `${user}e`, false],
    [user, user.replace("iam", "sts"), false],
    [`arn:aws:iam::${account}:user/*`, user, true],
    [`arn:aws:iam::${account}:user/a*n`, user, true],
    [`arn:aws:iam::${account}:user/an*nn`, user, false],
    [`arn:aws:iam::${account}:user/*nn*`, user, true],
    [`arn:aws:iam::${account}:user/**`, user, true],
    [`arn:aws:iam::${account}:user/*nn*n`, user, false],
    [`arn:aws:iam::${account}:user/b*`, user, false],
    [`arn:aws:sts::${account}:assumed-role/Developer/*`, session, true],
    [`arn:aws:sts::${account}:assumed-role/Dev/*`, session, false],
    ["arn:aws:*::*:user/ann", user, true],
    ["*", user, true],
    ["*", session, true],
    ["", user, false],
    ["arn:*", user, false],
    ["*:user/ann", user, false],
    [`arn:aws:iam::${account}:user/a?n`, user, false],
    [`arn:aws:iam::${account}:user/a.n`, user, false],
    [user.toUpperCase(), user, false],
  ])("%j for %s: %s", (pattern, caller, fit) => {
    expect(fits(pattern, caller)).toBe(fit);
  });

  it("is read part by part: a path that looks like another account's principal is not taken for it", () => {
    // IAM: paths may hold any printable character, colons among them
    expect(fits("arn:aws:iam::*:role/Admin", `arn:aws:iam::${account}:user/x:role/Admin`)).toBe(false);
    expect(fits("arn:aws:iam::*:user/ann", `arn:aws:iam::${account}:user/x:user/ann`)).toBe(false);
  });

  const segment = fc.string({ unit: fc.constantFrom("a", "b", "*", "/"), maxLength: 6 });
  const arns = fc.array(segment, { minLength: 6, maxLength: 7 }).map((parts) => parts.join(":"));

  it("fits what IAM's ArnLike fits: a star stays within its part of the ARN", () => {
    const escaped = (text: string) => text.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&");
    fc.assert(
      fc.property(arns, arns, (pattern, caller) => {
        const text = caller.replaceAll("*", "c");
        const [, head, tail] = /^((?:[^:]*:){5})(.*)$/s.exec(pattern)!;
        const source = escaped(head!).replaceAll("*", "[^:]*") + escaped(tail!).replaceAll("*", ".*");
        expect(fits(pattern, text)).toBe(new RegExp(`^${source}$`, "s").test(text));
      }),
      { numRuns: 500 },
    );
  });

  it("without a star fits itself alone", () => {
    const plain = arns.map((arn) => arn.replaceAll("*", "c"));
    fc.assert(
      fc.property(plain, plain, (pattern, caller) => {
        expect(fits(pattern, caller)).toBe(pattern === caller);
        expect(fits(caller, caller)).toBe(true);
      }),
    );
  });
});

describe("a caller's role", () => {
  const table = [
    { principal: user, role: "Viewer" },
    { principal: `arn:aws:iam::${account}:user/*`, role: "Op" },
    { principal: "*", role: "User" },
  ] as const;

  it.each([
    [user, "Viewer"],
    [`arn:aws:iam::${account}:user/bob`, "Op"],
    [session, "User"],
  ])("is that of the first entry that fits %s: %s", (caller, role) => {
    expect(airflowRoleOf(table, caller, undefined)).toBe(role);
  });

  it("is Public where nothing fits", () => {
    expect(airflowRoleOf([], user, undefined)).toBe("Public");
    expect(airflowRoleOf(table.slice(0, 1), session, undefined)).toBe("Public");
  });

  it.each(airflowRoles)("is %s where the path says so, which IAM has allowed by then", (role) => {
    expect(airflowRoleOf(table, user, role)).toBe(role);
  });

  it("that is Public is no way in, in the words Airflow's own MWAA hook looks for", () => {
    const environment = recordIn("AVAILABLE", { access: table });
    expect(neededRole(environment, session, undefined)).toBe("User");
    for (const refused of [
      () => neededRole(environment, user, "Public"),
      () => neededRole({ ...environment, access: [] }, user, undefined),
      () => neededRole({ ...environment, access: [{ principal: "*", role: "Public" }] }, user, undefined),
    ]) {
      expect(refused).toThrow(expect.objectContaining({ name: "AirflowRoleMissing" }));
      expect(refused).toThrow("Airflow role");
    }
  });
});

describe("a token's claims", () => {
  it("are for one environment, one use and one minute", () => {
    const input = { environmentId: "e1", use: "cli", identity: "user/ann", role: "Op", jti: "once" } as const;
    expect(tokenClaims({ ...input, now: 1_800_000_000_999 })).toEqual({
      iss: "hangar",
      aud: "e1/cli",
      sub: "user/ann",
      role: "Op",
      iat: 1_800_000_000,
      exp: 1_800_000_060,
      jti: "once",
    });
  });
});

describe("a caller's name in Airflow", () => {
  it.each([
    [user, "user/ann"],
    [session, "assumed-role/Developer/ann"],
    [`arn:aws:iam::${account}:root`, "root"],
    [`arn:aws:iam::${account}:user/a:b/ann`, "user/a:b/ann"],
  ])("of %s is %s", (arn, name) => {
    expect(iamIdentity(arn)).toBe(name);
    expect(airflowIdentity(arn, sha256)).toBe(name);
  });

  it("is at most 64 characters long, and different for different callers", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 50, maxLength: 70 });
    const arn = name.map((tail) => `arn:aws:iam::${account}:user/${tail}`);
    fc.assert(
      fc.property(arn, arn, (one, other) => {
        fc.pre(one !== other);
        const [first, second] = [one, other].map((caller) => airflowIdentity(caller, sha256));
        expect(first!.length).toBeLessThanOrEqual(64);
        expect(first).not.toBe(second);
      }),
    );
    const long = (length: number) => airflowIdentity(`arn:aws:iam::${account}:user/${"x".repeat(length - 5)}`, sha256);
    expect(long(64)).toBe(`user/${"x".repeat(59)}`);
    expect(long(65)).toMatch(/^user\/x{42}-[0-9a-f]{16}$/);
  });
});
