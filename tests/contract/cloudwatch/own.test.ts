// The CloudWatch engine keeps the CloudWatch metrics contract.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { createCloudWatchEngine } from "../../../local/cloudwatch/engine.ts";
import { clientDefaults, engineFolder, serve } from "../serve.ts";
import { cloudWatchContract } from "./suite.ts";

cloudWatchContract("CloudWatch engine", async () => {
  const { context, remove } = await engineFolder();
  const engine = createCloudWatchEngine(context);
  const served = await serve(engine);
  const client = new CloudWatchClient({ ...clientDefaults, endpoint: served.url });
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
