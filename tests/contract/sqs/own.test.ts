// The SQS engine keeps the SQS contract.
import { SQSClient } from "@aws-sdk/client-sqs";
import { createSqsEngine } from "../../../local/sqs/engine.ts";
import { clientDefaults, engineFolder, serve } from "../serve.ts";
import { sqsContract } from "./suite.ts";

sqsContract("SQS engine", async () => {
  const { context, remove } = await engineFolder();
  const engine = createSqsEngine(context);
  const served = await serve(engine);
  const client = new SQSClient({ ...clientDefaults, endpoint: served.url });
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
