// The container service of this function's pool.
import { ECSClient } from "@aws-sdk/client-ecs";
import { ecsContainers } from "../../aws/ecs-containers.ts";
import { once, pool } from "../environment.ts";

export const containers = once(() => {
  const { cluster, network, roles, region, taskLogGroup } = pool();
  const logs = taskLogGroup === null ? null : { group: taskLogGroup, region };
  return ecsContainers(new ECSClient(), { cluster, network, roles, logs });
});
