// The pool's PostgreSQL server.
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { databaseAdministrator } from "../../aws/database-administrator.ts";
import { postgresDatabases } from "../../aws/postgres-databases.ts";
import { once, pool } from "../environment.ts";

const secrets = once(() => new SecretsManagerClient());

export const databases = once(() =>
  postgresDatabases({ connectionString: databaseAdministrator(secrets, () => pool().database) }),
);
