// Environments' alarms.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { cloudwatchAlarms } from "../../aws/cloudwatch-alarms.ts";
import { once } from "../environment.ts";

export const alarms = once(() => cloudwatchAlarms(new CloudWatchClient()));
