// What tasks of this function's pool have written.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { cloudwatchTaskOutput } from "../../aws/cloudwatch-task-output.ts";
import { once, pool } from "../environment.ts";

export const taskOutput = once(() => {
  const { cluster, taskLogGroup: group } = pool();
  return cloudwatchTaskOutput({ ecs: new ECSClient(), logs: new CloudWatchLogsClient() }, { cluster, group });
});
