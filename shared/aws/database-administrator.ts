// Connection strings of the pool's administrator. The password is read from Secrets Manager when a connection is made, so
// that a rotated one is picked up.
import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Pool } from "../domain/pool.ts";

/**
 * What postgres-session.ts asks for at each connection.
 * @param secrets @param server each asked for when it is needed, not before
 */
export function databaseAdministrator(
  secrets: () => SecretsManagerClient,
  server: () => Pool["database"],
): (database: string) => Promise<string> {
  return async (database) => {
    const { host, port, adminSecretId, sslMode } = server();
    const { SecretString } = await secrets().send(new GetSecretValueCommand({ SecretId: adminSecretId }));
    const { username, password } = JSON.parse(SecretString ?? "{}") as { username: string; password: string };
    const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
    return `postgresql://${login}@${host}:${port}/${encodeURIComponent(database)}?sslmode=${sslMode}`;
  };
}
