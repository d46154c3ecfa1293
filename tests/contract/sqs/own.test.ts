// The SQS engine keeps the SQS contract.
import { SQSClient } from "@aws-sdk/client-sqs";
import { createSqsEngine } from "../../../local/sqs/engine.ts";
import { serveWithClient } from "../serve.ts";
import { sqsContract } from "./suite.ts";

sqsContract("SQS engine", () => serveWithClient(createSqsEngine, SQSClient));
