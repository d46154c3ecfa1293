// The pool's PostgreSQL server, as those look at it who only want to know.
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { databaseAdministrator } from "../../aws/database-administrator.ts";
import { postgresLive } from "../../aws/postgres-live.ts";
import { once, pool } from "../environment.ts";

const secrets = once(() => new SecretsManagerClient());

export const liveDatabase = once(() =>
  postgresLive({ connectionString: databaseAdministrator(secrets, () => pool().database) }),
);
