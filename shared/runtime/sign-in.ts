// Signs the tokens that let people and programs into an environment's Airflow. The private key is read for each token and
// kept nowhere else.
import { createPrivateKey, sign } from "node:crypto";
import { type TokenClaims, tokenClaims } from "../domain/access.ts";
import { HangarError } from "../domain/errors.ts";
import type { AirflowRole, EnvironmentItem } from "../domain/items.ts";
import type { Clock, Identifiers } from "../ports/clock.ts";
import type { SecretVault } from "../ports/secret-vault.ts";

export interface SigningPorts {
  readonly secretVault: SecretVault;
  readonly clock: Clock;
  readonly identifiers: Identifiers;
}

/**
 * A token for one use within a minute.
 * @throws EnvironmentUnusable while the environment has no web server that could take it
 */
export async function signInToken(
  environment: EnvironmentItem,
  who: { readonly use: "web" | "cli"; readonly identity: string; readonly role: AirflowRole },
  ports: SigningPorts,
): Promise<string> {
  if (["CREATING", "CREATE_FAILED", "DELETING"].includes(environment.status)) {
    throw new HangarError(
      "EnvironmentUnusable",
      `Environment ${environment.name} has status ${environment.status}: there is no Airflow to enter. Wait until it is AVAILABLE.`,
    );
  }
  if (environment.names.signInSecret === "") {
    throw new HangarError(
      "EnvironmentUnusable",
      `Environment ${environment.name} has no key to sign anybody in with: an earlier version of Hangar made it. Create another environment in its place.`,
    );
  }
  const { privateKey } = await ports.secretVault.read(environment.names.signInSecret);
  const claims = tokenClaims({
    environmentId: environment.environmentId,
    ...who,
    now: ports.clock.now(),
    jti: ports.identifiers.secret(18),
  });
  return signed(claims, privateKey!);
}

/** A compact JWT (RFC 7519) with EdDSA (RFC 8037). @param privateKey base64 of PKCS #8 */
export function signed(claims: TokenClaims, privateKey: string): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString("base64url")}`;
}
