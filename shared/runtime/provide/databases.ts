// The pool's PostgreSQL server. Its administrator's password is read from Secrets Manager when a connection is made, so
// that a rotated one is picked up.
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { postgresDatabases } from "../../aws/postgres-databases.ts";
import { once, pool } from "../environment.ts";

const secrets = once(() => new SecretsManagerClient());

export const databases = once(() => postgresDatabases({ connectionString: administratorOf }));

async function administratorOf(database: string): Promise<string> {
  const { host, port, adminSecretId, sslMode } = pool().database;
  const { SecretString } = await secrets().send(new GetSecretValueCommand({ SecretId: adminSecretId }));
  const { username, password } = JSON.parse(SecretString ?? "{}") as { username: string; password: string };
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@${host}:${port}/${encodeURIComponent(database)}?sslmode=${sslMode}`;
}
