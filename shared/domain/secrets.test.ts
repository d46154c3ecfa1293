import { describe, expect, it } from "vitest";
import { systemIdentifiers } from "../aws/system-clock.ts";
import { drawSecrets, drawTemplateSecrets } from "./secrets.ts";
import { secretKeys } from "./service-specs.ts";

const chance = systemIdentifiers();

describe("the secrets of an environment", () => {
  it("are one for each key a task is given, and all different", () => {
    const drawn = drawSecrets(chance, "key");
    expect(Object.keys(drawn).toSorted()).toEqual([...secretKeys].toSorted());
    const twice = [...Object.values(drawn), ...Object.values(drawSecrets(chance, "another key"))];
    expect(new Set(twice).size).toBe(twice.length);
  });

  it.each([() => drawSecrets(chance, "key").fernetKey, () => drawTemplateSecrets(chance).fernetKey])(
    "hold a Fernet key as Fernet wants it: 32 bytes, URL-safe base64, padded",
    (draw) => {
      const key = draw();
      expect(key).toMatch(/^[A-Za-z0-9_-]{43}=$/);
      expect(Buffer.from(key, "base64url")).toHaveLength(32);
    },
  );

  it("are long enough for what they sign: HS512 wants 64 bytes", () => {
    const { jwtSecret, apiSecretKey } = drawSecrets(chance, "key");
    for (const secret of [jwtSecret, apiSecretKey])
      expect(Buffer.from(secret, "base64url").length).toBeGreaterThanOrEqual(64);
  });

  it("can stand in a connection's address without being escaped", () => {
    for (const secret of Object.values(drawTemplateSecrets(chance))) expect(secret).toMatch(/^[A-Za-z0-9_=-]+$/);
    for (const key of ["metadataPassword", "celeryPassword"] as const)
      expect(drawSecrets(chance, "key")[key]).toMatch(/^[A-Za-z0-9_-]{20,}$/);
  });
});
