// One health check of one target: a GET on a connection of its own, the body thrown away.
import { request } from "node:http";
import type { HealthCheckConfiguration, TargetConfiguration } from "./configuration.ts";
import type { Observation } from "./target-health.ts";

/** Asks once and says what came of it; never rejects, never outlasts the check's timeout. */
export function probeTarget(target: TargetConfiguration, check: HealthCheckConfiguration): Promise<Observation> {
  return new Promise((resolve) => {
    const asked = request({
      host: target.address,
      port: target.port,
      path: check.path,
      agent: false,
      headers: { host: `${target.address}:${target.port}`, "user-agent": "ELB-HealthChecker/2.0", connection: "close" },
    });
    const finish = (observation: Observation) => {
      clearTimeout(timer);
      resolve(observation);
      asked.destroy();
    };
    const timer = setTimeout(
      () => finish({ kind: "timedOut", seconds: check.timeoutSeconds }),
      check.timeoutSeconds * 1000,
    );
    asked.once("response", ({ statusCode = 0 }) =>
      finish(
        codePasses(check.successCodes, statusCode) ? { kind: "passed" } : { kind: "mismatched", status: statusCode },
      ),
    );
    asked.on("error", (error: NodeJS.ErrnoException) =>
      finish(error.code === "ECONNREFUSED" ? { kind: "refused" } : { kind: "failed", description: error.message }),
    );
    asked.end();
  });
}

/** True when `status` is in a list like `200`, `200,202` or `200-299`. */
export function codePasses(successCodes: string, status: number): boolean {
  return successCodes.split(",").some((part) => {
    const [low, high = low] = part.split("-").map(Number);
    return low !== undefined && high !== undefined && status >= low && status <= high;
  });
}
