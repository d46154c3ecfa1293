// What every SecretVault must guarantee: made once, never changed, gone at once.
import { expect, test } from "vitest";
import type { SecretVault } from "../../../shared/ports/secret-vault.ts";

export function secretVaultContract(vault: () => SecretVault): void {
  test("the first values stay, however often a secret is ensured", async () => {
    await vault().ensure("hangar/environments/e1", { fernetKey: "first", odd: 'ä"\\\n' });
    await vault().ensure("hangar/environments/e1", { fernetKey: "second" });
    expect(await vault().read("hangar/environments/e1")).toEqual({ fernetKey: "first", odd: 'ä"\\\n' });
  });

  test("its ARN names it", async () => {
    await vault().ensure("hangar/environments/e2", {});
    expect(await vault().arn("hangar/environments/e2")).toMatch(
      /^arn:aws:secretsmanager:[^:]+:\d{12}:secret:hangar\/environments\/e2-\w{6}$/,
    );
  });

  test("a secret that is not there is named in the refusal", async () => {
    await expect(vault().read("hangar/environments/none")).rejects.toThrow(/hangar\/environments\/none does not exist/);
    await expect(vault().arn("hangar/environments/none")).rejects.toMatchObject({ name: "DependencyUnavailable" });
  });

  test("removed is gone at once, a repeat is fine, and the name can be used again with other values", async () => {
    await vault().ensure("hangar/environments/e3", { key: "old" });
    await vault().remove("hangar/environments/e3");
    await vault().remove("hangar/environments/e3");
    await expect(vault().read("hangar/environments/e3")).rejects.toThrow();
    await vault().ensure("hangar/environments/e3", { key: "new" });
    expect(await vault().read("hangar/environments/e3")).toEqual({ key: "new" });
  });
}
