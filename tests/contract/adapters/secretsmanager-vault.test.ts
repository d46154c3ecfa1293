// The Secrets Manager adapter on the region's Secrets Manager.
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll } from "vitest";
import { createSecretsManagerEngine } from "../../../local/secretsmanager/engine.ts";
import { secretsmanagerVault } from "../../../shared/aws/secretsmanager-vault.ts";
import { secretVaultContract } from "./secret-vault.suite.ts";
import { serveEngine } from "../serve.ts";

let close: () => Promise<void>;
let client: SecretsManagerClient;

beforeAll(async () => {
  const served = await serveEngine(createSecretsManagerEngine);
  client = new SecretsManagerClient(served.client);
  close = served.close;
});

afterAll(async () => {
  client.destroy();
  await close();
});

secretVaultContract(() => secretsmanagerVault(client));
