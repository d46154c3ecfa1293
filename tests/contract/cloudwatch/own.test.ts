// The CloudWatch engine keeps the CloudWatch metrics contract.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { createCloudWatchEngine } from "../../../local/cloudwatch/engine.ts";
import { serveWithClient } from "../serve.ts";
import { cloudWatchContract } from "./suite.ts";

cloudWatchContract("CloudWatch engine", () => serveWithClient(createCloudWatchEngine, CloudWatchClient));
