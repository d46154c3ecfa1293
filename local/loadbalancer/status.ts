// What the load balancer process says about itself, as one JSON file that is replaced whole: the region reads it to
// answer DescribeTargetHealth. State, not messages: whoever reads late reads the truth.
import { readFileSync } from "node:fs";
import type { TargetHealthReason, TargetState } from "./target-health.ts";

export interface TargetStatus {
  readonly targetGroup: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly state: TargetState | "draining";
  readonly reason?: TargetHealthReason;
  readonly description?: string;
  /** Requests and upgraded connections it is answering, when the status was last written. */
  readonly inFlight: number;
}

/** An address that could not be listened on, and why. */
export interface ListenerProblem {
  readonly address: string;
  readonly port: number;
  /** `EADDRINUSE`, `EADDRNOTAVAIL` … */
  readonly code: string;
}

export interface LoadBalancerStatus {
  readonly pid: number;
  readonly startTime: string;
  /** The configuration in force. */
  readonly epoch: number;
  readonly port: number;
  readonly listening: readonly string[];
  readonly problems: readonly ListenerProblem[];
  /** Why the newest configuration file is not in force, when it is not. */
  readonly refused?: string;
  readonly targets: readonly TargetStatus[];
}

/** The last status of the process that keeps it in `path`, or undefined when it has not written one. */
export function readLoadBalancerStatus(path: string): LoadBalancerStatus | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LoadBalancerStatus;
  } catch {
    return undefined;
  }
}
