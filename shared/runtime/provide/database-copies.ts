// The pool's PostgreSQL server, as an upgrade and a restore use it.
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { databaseAdministrator } from "../../aws/database-administrator.ts";
import { postgresCopies } from "../../aws/postgres-copies.ts";
import { once, pool } from "../environment.ts";

const secrets = once(() => new SecretsManagerClient());

export const databaseCopies = once(() =>
  postgresCopies({ connectionString: databaseAdministrator(secrets, () => pool().database) }),
);
