// Metrics of the control plane itself, written as structured log lines (embedded metric format): no call on the way.
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { OperationKind } from "../domain/ladders.ts";

const namespace = "Hangar/ControlPlane";

/** Counts how operations end: `OperationsSucceeded`, `OperationsRolledBack`, `OperationsStuck`, by operation. */
export function countOutcome(kind: OperationKind, outcome: "succeeded" | "rolledBack" | "stuck"): void {
  const metrics = new Metrics({ namespace, serviceName: "hangar", defaultDimensions: { operation: kind } });
  metrics.addMetric(`Operations${outcome.charAt(0).toUpperCase()}${outcome.slice(1)}`, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
}
