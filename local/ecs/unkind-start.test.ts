import { expect, it } from "vitest";
import type { KindName } from "../unkind/kinds.ts";
import type { TaskRecord } from "./records.ts";
import { pauseUnlessAborted } from "../pause.ts";
import { planUnkindStart } from "./unkind-start.ts";

const striking = (sizes: Partial<Record<KindName, number>>) => ({ strikes: (kind: KindName) => sizes[kind] });
const ofService = { serviceArn: "arn:aws:ecs:us-east-1:000000000000:service/c/s" } as TaskRecord;
const oneOff = {} as TaskRecord;

it("a start takes from two seconds to eight, in PROVISIONING and PENDING together", () => {
  for (const size of [0, 0.25, 0.5, 0.999]) {
    const { provisioningMilliseconds, pendingMilliseconds } = planUnkindStart(
      striking({ "task-slow-start": size }),
      oneOff,
      "f",
    );
    expect(provisioningMilliseconds + pendingMilliseconds).toBe(Math.round(2000 + 6000 * size));
    expect(Math.min(provisioningMilliseconds, pendingMilliseconds)).toBeGreaterThanOrEqual(0);
  }
});

it("a start fails only where a service starts another task in its place", () => {
  const unkind = striking({ "task-start-failure": 0.5 });
  expect(planUnkindStart(unkind, ofService, "f").failure).toMatch(/^Timeout waiting for network interface/);
  expect(planUnkindStart(unkind, oneOff, "f")).not.toHaveProperty("failure");
});

it("the wait of a task that shall stop is over at once", async () => {
  const stopping = new AbortController();
  const waited = pauseUnlessAborted(3_600_000, stopping.signal);
  stopping.abort();
  await waited;
  await pauseUnlessAborted(3_600_000, stopping.signal);
});
