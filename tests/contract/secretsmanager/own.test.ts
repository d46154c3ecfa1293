// The Secrets Manager engine keeps the Secrets Manager contract.
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createSecretsManagerEngine } from "../../../local/secretsmanager/engine.ts";
import { serveWithClient } from "../serve.ts";
import { secretsManagerContract } from "./suite.ts";

secretsManagerContract("Secrets Manager engine", () =>
  serveWithClient(createSecretsManagerEngine, SecretsManagerClient),
);
