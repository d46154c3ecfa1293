import { describe, expect, test } from "vitest";
import type { HealthCheckConfiguration } from "./configuration.ts";
import { codePasses } from "./probe.ts";
import {
  newTarget,
  nextProbeMilliseconds,
  type Observation,
  observeTarget,
  type TargetHealth,
} from "./target-health.ts";

const check: HealthCheckConfiguration = {
  path: "/health",
  intervalSeconds: 10,
  timeoutSeconds: 5,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
  successCodes: "200",
};
const passed: Observation = { kind: "passed" };
const refused: Observation = { kind: "refused" };
const failed: Observation = { kind: "mismatched", status: 500 };

function healthAfter(observations: readonly Observation[], ageSeconds = 1): TargetHealth {
  return observations.reduce((health, one) => observeTarget(health, one, check, ageSeconds), newTarget);
}

describe("a target", () => {
  test.each([
    ["serves after its first pass", [passed], "healthy"],
    ["is not given up while it is still starting", [refused, refused, refused, failed], "initial"],
    ["serves at once when it has started", [refused, refused, passed], "healthy"],
    ["survives fewer failures than the threshold", [passed, failed, failed], "healthy"],
    ["starts counting failures anew after a pass", [passed, failed, failed, passed, failed, failed], "healthy"],
    ["is taken out at the threshold", [passed, failed, failed, failed], "unhealthy"],
    ["is taken out at once when nobody listens there any more", [passed, refused], "unhealthy"],
    ["is not brought back by one lucky pass", [passed, refused, passed], "unhealthy"],
    ["is brought back by as many passes in a row as the threshold says", [passed, refused, passed, passed], "healthy"],
    ["is not brought back by passes with a failure between", [passed, refused, passed, failed, passed], "unhealthy"],
  ] as const)("%s", (_name, observations, state) => {
    expect(healthAfter(observations).state).toBe(state);
  });

  test("that never comes up becomes unhealthy once the threshold's intervals have passed, with the reason", () => {
    expect(healthAfter([failed], 29).state).toBe("initial");
    expect(healthAfter([failed], 30)).toMatchObject({
      state: "unhealthy",
      reason: "Target.ResponseCodeMismatch",
      description: "Health checks failed with these codes: [500]",
    });
  });

  test("is probed fast until it is healthy, and slowly then", () => {
    expect(nextProbeMilliseconds(newTarget, check)).toBe(200);
    expect(nextProbeMilliseconds(healthAfter([passed]), check)).toBe(10_000);
    expect(nextProbeMilliseconds(healthAfter([passed, failed]), check)).toBe(500);
    expect(nextProbeMilliseconds(healthAfter([passed, refused]), check)).toBe(500);
  });
});

test.each([
  ["200", 200, true],
  ["200", 204, false],
  ["200,204", 204, true],
  ["200-299", 250, true],
  ["200-299,404", 404, true],
  ["200-299", 302, false],
])("success codes %s: %i passes is %s", (codes, status, passes) => {
  expect(codePasses(codes, status)).toBe(passes);
});
