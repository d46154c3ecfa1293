// The engine's ARNs. The load balancer and its listener are there from the beginning, with ARNs that never change.
import { createHash, randomBytes } from "node:crypto";
import type { EngineContext } from "../engine.ts";

export const loadBalancerName = "hangar";

export interface LoadBalancerArns {
  readonly loadBalancer: string;
  readonly listener: string;
  /** The rule for what no other rule takes: 404. */
  readonly defaultRule: string;
  readonly newTargetGroup: (name: string) => string;
  readonly newRule: () => string;
}

export function loadBalancerArns({ region, accountId }: Pick<EngineContext, "region" | "accountId">): LoadBalancerArns {
  const prefix = `arn:aws:elasticloadbalancing:${region}:${accountId}`;
  const settled = (what: string) => createHash("sha256").update(`${prefix} ${what}`).digest("hex").slice(0, 16);
  const random = () => randomBytes(8).toString("hex");
  const path = `app/${loadBalancerName}/${settled("load balancer")}`;
  const rules = `${prefix}:listener-rule/${path}/${settled("listener")}`;
  return {
    loadBalancer: `${prefix}:loadbalancer/${path}`,
    listener: `${prefix}:listener/${path}/${settled("listener")}`,
    defaultRule: `${rules}/${settled("default rule")}`,
    newTargetGroup: (name) => `${prefix}:targetgroup/${name}/${random()}`,
    newRule: () => `${rules}/${random()}`,
  };
}
