// The STS engine keeps the STS contract.
import { STSClient } from "@aws-sdk/client-sts";
import { createStsEngine } from "../../../local/sts/engine.ts";
import { clientDefaults, engineFolder, serve } from "../serve.ts";
import { stsContract } from "./suite.ts";

stsContract("STS engine", async () => {
  const { context, remove } = await engineFolder();
  const engine = createStsEngine(context);
  const served = await serve(engine);
  const client = new STSClient({ ...clientDefaults, endpoint: served.url });
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
