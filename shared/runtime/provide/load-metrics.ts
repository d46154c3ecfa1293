// What environments' monitors have measured.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { cloudwatchLoad } from "../../aws/cloudwatch-load.ts";
import { once, pool } from "../environment.ts";

export const loadMetrics = once(() =>
  cloudwatchLoad(new CloudWatchClient(), { periodSeconds: pool().scaling.metricSeconds }),
);
