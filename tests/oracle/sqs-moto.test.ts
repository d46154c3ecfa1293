// The SQS contract, asked of moto: shows that the suite describes SQS and not merely our engine.
import { SQSClient } from "@aws-sdk/client-sqs";
import { clientDefaults } from "../contract/serve.ts";
import { sqsContract } from "../contract/sqs/suite.ts";
import { startMoto } from "./moto.ts";

/** What moto does otherwise. Where it is laxer than SQS our engine follows SQS's documents. */
const differences = {
  "a name may not be used again within a minute of its deletion": "moto lets a name be used again at once",
  "attributes out of bounds are refused": "moto stores attributes unchecked",
  "the visibility of a message that is not in flight cannot be changed": "moto changes it",
  "a dead letter names the queue it came from": "moto leaves DeadLetterQueueSourceArn out",
  "a redrive policy to a queue that does not exist is refused": "moto refuses it too, as QueueDoesNotExist",
  "a batch above the size limit is refused": "moto compares with 1 MiB; ours with the region's 256 KiB payload limit",
  "a body with characters that XML does not know is refused": "moto checks text only in attributes",
  "first-in-first-out queues are refused as unsupported": "moto has them; our engine does not",
  "an operation outside the subset is refused by name": "moto answers an HTML page",
};

/** What moto keeps in one run and breaks in the next. */
const undecided = {
  "a client that hung up takes no message with it":
    "moto's waiting request goes on, and takes the message if it comes first",
};

sqsContract(
  "moto SQS",
  async () => {
    const moto = await startMoto();
    const client = new SQSClient({ ...clientDefaults, endpoint: moto.url });
    return {
      client,
      async close() {
        client.destroy();
        await moto.stop();
      },
    };
  },
  differences,
  undecided,
);
