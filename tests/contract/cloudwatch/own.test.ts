// The CloudWatch engine keeps the contracts of CloudWatch's metrics and alarms.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { createCloudWatchEngine } from "../../../local/cloudwatch/engine.ts";
import { serveWithClient } from "../serve.ts";
import { alarmsContract } from "./alarms.suite.ts";
import { cloudWatchContract } from "./suite.ts";

const connect = () => serveWithClient(createCloudWatchEngine, CloudWatchClient);

cloudWatchContract("CloudWatch engine", connect);
alarmsContract("CloudWatch engine, alarms", connect);
