// The CloudWatch Logs engine keeps the CloudWatch Logs contract.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { createLogsEngine } from "../../../local/logs/engine.ts";
import { serveWithClient } from "../serve.ts";
import { logsContract } from "./suite.ts";

logsContract("CloudWatch Logs engine", () => serveWithClient(createLogsEngine, CloudWatchLogsClient));
