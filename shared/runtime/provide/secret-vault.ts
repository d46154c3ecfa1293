// The secrets of environments and templates.
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { secretsmanagerVault } from "../../aws/secretsmanager-vault.ts";
import { once } from "../environment.ts";

export const secretVault = once(() => secretsmanagerVault(new SecretsManagerClient()));
