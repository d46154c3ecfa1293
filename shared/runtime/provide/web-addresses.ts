// The load balancer of this function's pool.
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { elbWebAddresses } from "../../aws/elb-web-addresses.ts";
import { webContainerPort } from "../../domain/service-specs.ts";
import { once, pool } from "../environment.ts";

export const webAddresses = once(() =>
  elbWebAddresses(new ElasticLoadBalancingV2Client(), { ...pool().loadBalancer, port: webContainerPort }),
);
