// How environments' operations end, told to CloudWatch within seconds or not at all.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { cloudwatchOutcomes } from "../../aws/cloudwatch-outcomes.ts";
import { once } from "../environment.ts";

const limits = { connectionTimeout: 1000, requestTimeout: 3000 };

export const operationOutcomes = once(() =>
  cloudwatchOutcomes(new CloudWatchClient({ maxAttempts: 2, requestHandler: limits })),
);
