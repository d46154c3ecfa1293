// The CloudWatch Logs engine keeps the CloudWatch Logs contract.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { createLogsEngine } from "../../../local/logs/engine.ts";
import { clientDefaults, engineFolder, serve } from "../serve.ts";
import { logsContract } from "./suite.ts";

logsContract("CloudWatch Logs engine", async () => {
  const { context, remove } = await engineFolder();
  const engine = createLogsEngine(context);
  const served = await serve(engine);
  const client = new CloudWatchLogsClient({ ...clientDefaults, endpoint: served.url });
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
