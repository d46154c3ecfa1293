// The Secrets Manager engine keeps the Secrets Manager contract.
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createSecretsManagerEngine } from "../../../local/secretsmanager/engine.ts";
import { clientDefaults, engineFolder, serve } from "../serve.ts";
import { secretsManagerContract } from "./suite.ts";

secretsManagerContract("Secrets Manager engine", async () => {
  const { context, remove } = await engineFolder();
  const engine = createSecretsManagerEngine(context);
  const served = await serve(engine);
  const client = new SecretsManagerClient({ ...clientDefaults, endpoint: served.url });
  return {
    client,
    async close() {
      client.destroy();
      await served.close();
      await engine.close();
      await remove();
    },
  };
});
