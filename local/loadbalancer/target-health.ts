// Whether a target gets requests, decided from what its probes found. Pure: what was known and one observation in,
// what is known now out. States and reasons are those of DescribeTargetHealth.
import type { HealthCheckConfiguration } from "./configuration.ts";

export type TargetState = "initial" | "healthy" | "unhealthy";

export type TargetHealthReason =
  | "Elb.InitialHealthChecking"
  | "Target.FailedHealthChecks"
  | "Target.ResponseCodeMismatch"
  | "Target.Timeout";

export interface TargetHealth {
  readonly state: TargetState;
  readonly reason?: TargetHealthReason;
  readonly description?: string;
  /** Nobody listens there: certain, where a failed check is only likely. */
  readonly refusesConnections: boolean;
  readonly passesInARow: number;
  readonly failuresInARow: number;
}

/** What one probe, or one request that found nobody listening, says. */
export type Observation =
  | { readonly kind: "passed" }
  | { readonly kind: "refused" }
  | { readonly kind: "timedOut"; readonly seconds: number }
  | { readonly kind: "failed"; readonly description: string }
  | { readonly kind: "mismatched"; readonly status: number };

/** Probes follow each other this fast until a target is healthy; then at the group's interval. */
export const impatientProbeMilliseconds = 500;
/** A target that is still starting is asked more often: the probe is refused at once and costs nearly nothing. */
export const startingProbeMilliseconds = 200;

export const newTarget: TargetHealth = {
  state: "initial",
  reason: "Elb.InitialHealthChecking",
  description: "Initial health checks in progress",
  refusesConnections: false,
  passesInARow: 0,
  failuresInARow: 0,
};

export const healthyTarget: TargetHealth = {
  state: "healthy",
  refusesConnections: false,
  passesInARow: 1,
  failuresInARow: 0,
};

/**
 * Takes in one observation. One pass makes a new target healthy, `healthyThreshold` passes an unhealthy one;
 * `unhealthyThreshold` failures make a healthy one unhealthy, a refused connection at once. A new target stays
 * `initial` until it first passes or has failed for as long as the threshold's intervals take.
 * @param ageSeconds how long the target has been registered
 */
export function observeTarget(
  before: TargetHealth,
  observation: Observation,
  check: HealthCheckConfiguration,
  ageSeconds: number,
): TargetHealth {
  if (observation.kind === "passed") {
    const passesInARow = before.passesInARow + 1;
    const enough = before.state !== "unhealthy" || passesInARow >= check.healthyThreshold;
    return enough
      ? { ...healthyTarget, passesInARow }
      : { ...before, refusesConnections: false, passesInARow, failuresInARow: 0 };
  }
  const failuresInARow = before.failuresInARow + 1;
  const refusesConnections = observation.kind === "refused";
  const counted = { refusesConnections, passesInARow: 0, failuresInARow };
  const patienceIsOver =
    before.state === "initial"
      ? ageSeconds >= check.unhealthyThreshold * check.intervalSeconds
      : refusesConnections || failuresInARow >= check.unhealthyThreshold;
  if (before.state !== "unhealthy" && !patienceIsOver) return { ...before, ...counted };
  return { state: "unhealthy", ...explain(observation), ...counted };
}

/** Milliseconds until the target should be probed again. */
export function nextProbeMilliseconds(health: TargetHealth, check: HealthCheckConfiguration): number {
  if (health.state === "initial") return startingProbeMilliseconds;
  if (health.state === "healthy" && health.failuresInARow === 0) return check.intervalSeconds * 1000;
  return Math.min(impatientProbeMilliseconds, check.intervalSeconds * 1000);
}

function explain(observation: Exclude<Observation, { kind: "passed" }>): {
  reason: TargetHealthReason;
  description: string;
} {
  switch (observation.kind) {
    case "refused":
      return { reason: "Target.FailedHealthChecks", description: "Health checks failed: nobody listens on the port" };
    case "timedOut":
      return { reason: "Target.Timeout", description: `Request timed out after ${observation.seconds} s` };
    case "mismatched":
      return {
        reason: "Target.ResponseCodeMismatch",
        description: `Health checks failed with these codes: [${observation.status}]`,
      };
    case "failed":
      return { reason: "Target.FailedHealthChecks", description: `Health checks failed: ${observation.description}` };
  }
}
