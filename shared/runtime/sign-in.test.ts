import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { withSigningKeys } from "../../state-machines/testing/available.ts";
import { systemIdentifiers } from "../aws/system-clock.ts";
import { tokenClaims } from "../domain/access.ts";
import { environmentStatuses } from "../domain/status.ts";
import { createMemoryWorld } from "../testing/memory-world.ts";
import { recordIn } from "../testing/planned.ts";
import { signed, signInToken } from "./sign-in.ts";

const now = Date.UTC(2026, 0, 1);
const claims = tokenClaims({ environmentId: "e1", use: "web", identity: "user/ann", role: "Op", now, jti: "once" });
const part = (token: string, at: number) => Buffer.from(token.split(".")[at]!, "base64url");
const json = (token: string, at: number) => JSON.parse(String(part(token, at))) as Record<string, unknown>;

/** The key as an environment's web tasks get it: 32 bytes in base64. */
const publicKeyOf = (raw: string) =>
  createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(raw, "base64").toString("base64url") },
    format: "jwk",
  });
const verifies = (token: string, key: ReturnType<typeof publicKeyOf>) =>
  verify(null, Buffer.from(token.split(".").slice(0, 2).join(".")), key, part(token, 2));

describe("a signed token", () => {
  const keys = systemIdentifiers().signingKeys();
  const token = signed(claims, keys.privateKey);

  it("is a compact JWT that its public key verifies, and no other does", () => {
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(json(token, 0)).toEqual({ alg: "EdDSA", typ: "JWT" });
    expect(json(token, 1)).toEqual(claims);
    expect(verifies(token, publicKeyOf(keys.publicKey))).toBe(true);
    expect(verifies(token, publicKeyOf(systemIdentifiers().signingKeys().publicKey))).toBe(false);
  });

  it("does not verify once a claim was changed", () => {
    const [head, , signature] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ ...claims, role: "Admin" })).toString("base64url");
    expect(verifies(`${head}.${forged}.${signature}`, publicKeyOf(keys.publicKey))).toBe(false);
  });
});

describe("a token to sign in", () => {
  const who = { use: "web", identity: "user/ann", role: "Op" } as const;
  const subject = (status: (typeof environmentStatuses)[number]) => {
    const world = createMemoryWorld({ now });
    const environment = recordIn(status);
    return { world, environment, key: withSigningKeys(world, environment.names.signInSecret) };
  };

  it("is signed with the environment's own key, for a minute, and never the same twice", async () => {
    const { world, environment, key } = subject("AVAILABLE");
    const token = await signInToken(environment, who, world.ports);
    expect(verifies(token, key)).toBe(true);
    expect(json(token, 1)).toMatchObject({
      aud: `${environment.environmentId}/web`,
      sub: "user/ann",
      role: "Op",
      iat: now / 1000,
      exp: now / 1000 + 60,
    });
    const again = await signInToken(environment, who, world.ports);
    expect(json(again, 1)["jti"]).not.toBe(json(token, 1)["jti"]);
  });

  it.each(environmentStatuses)("while %s: given exactly where a web server may be there to take it", async (status) => {
    const { world, environment } = subject(status);
    const token = signInToken(environment, who, world.ports);
    if (!["CREATING", "CREATE_FAILED", "DELETING"].includes(status)) return expect(token).resolves.toMatch(/^ey/);
    await expect(token).rejects.toMatchObject({
      name: "EnvironmentUnusable",
      message: expect.stringContaining(status),
    });
    return expect(world.calls).toEqual([]);
  });
});
