// What the load balancer process is told, as one JSON file that is replaced whole. Only the region writes it; still, the
// process checks the one thing that must never go wrong: nothing but loopback is listened on or spoken to.
import { isLoopbackAddress, listeningAddress } from "./addresses.ts";

export interface TargetConfiguration {
  /** Who stands behind it, e.g. a task's ARN. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

export interface HealthCheckConfiguration {
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Passes in a row that bring an unhealthy target back. A new target needs one, as behind an Application Load Balancer. */
  readonly healthyThreshold: number;
  /** Failures in a row that make a healthy target unhealthy. */
  readonly unhealthyThreshold: number;
  /** Status codes that pass: `200`, `200,202`, `200-299`. */
  readonly successCodes: string;
}

export interface TargetGroupConfiguration {
  readonly targets: readonly TargetConfiguration[];
  readonly healthCheck: HealthCheckConfiguration;
  /** How long a removed target may finish what it is answering. */
  readonly deregistrationDelaySeconds: number;
}

/** What a rule answers by itself, as an Application Load Balancer's fixed-response action says it. */
export interface FixedResponse {
  readonly statusCode: number;
  readonly contentType: string;
  readonly messageBody: string;
}

/** Forward to a target group, by its ARN, a key of `targetGroups`; or answer. */
export type RuleAction = { readonly targetGroup: string } | { readonly fixedResponse: FixedResponse };

export interface RuleConditions {
  /** The lowest goes first. */
  readonly priority: number;
  /** Loopback IPv4 addresses (listened on) and names under `.localhost` (which mean 127.0.0.1); lower case. */
  readonly hosts: readonly string[];
  /** `*` and `?` as in an Application Load Balancer's path-pattern; absent: every path. */
  readonly pathPatterns?: readonly string[];
}

export type RuleConfiguration = RuleConditions & RuleAction;

export interface LoadBalancerConfiguration {
  /** Rises with every change, so that the status can say which one is in force. */
  readonly epoch: number;
  readonly port: number;
  /** Keyed by ARN. */
  readonly targetGroups: Readonly<Record<string, TargetGroupConfiguration>>;
  readonly rules: readonly RuleConfiguration[];
}

/**
 * Reads the configuration's text.
 * @throws Error when it is no JSON of this kind, or names an address that is not of this machine
 */
export function parseConfiguration(text: string): LoadBalancerConfiguration {
  const configuration = JSON.parse(text) as LoadBalancerConfiguration;
  if (!Number.isInteger(configuration.epoch) || !isPort(configuration.port)) {
    throw new Error("The load balancer's configuration has no epoch or no port.");
  }
  for (const rule of configuration.rules) {
    const foreign = rule.hosts.find((host) => listeningAddress(host) === undefined);
    if (foreign !== undefined) throw new Error(`The load balancer listens on loopback only, not on ${foreign}.`);
    if ("fixedResponse" in rule) continue;
    if (!configuration.targetGroups[rule.targetGroup])
      throw new Error(`A rule names ${rule.targetGroup}, which does not exist.`);
  }
  for (const { address, port } of Object.values(configuration.targetGroups).flatMap(({ targets }) => targets)) {
    if (!isLoopbackAddress(address) || !isPort(port)) {
      throw new Error(`The load balancer speaks to loopback only, not to ${address}:${port}.`);
    }
  }
  return configuration;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}
