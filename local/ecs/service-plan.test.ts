import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeploymentRecord, ServiceRecord, TaskRecord } from "./records.ts";
import { afterFailure, planService } from "./service-plan.ts";

const NOW = 1_000_000;

function deployment(id: string, change: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const none = { failures: 0, lastFailureAt: 0, notBefore: 0, failedTasks: 0 };
  return { id, definitionArn: `definition-of-${id}`, createdAt: 0, updatedAt: 0, ...none, ...change };
}

function service(desiredCount: number, change: Partial<ServiceRecord> = {}): ServiceRecord {
  return {
    name: "s",
    arn: "arn:s",
    clusterArn: "arn:c",
    status: "ACTIVE",
    desiredCount,
    requestHash: "",
    loadBalancers: [],
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deployments: [deployment("new")],
    events: [],
    steady: false,
    createdAt: 0,
    createdBy: "",
    asRequested: {},
    tags: [],
    ...change,
  };
}

function task(id: string, change: Partial<TaskRecord> = {}): TaskRecord {
  return {
    id,
    arn: id,
    clusterArn: "arn:c",
    definitionArn: "d",
    containerName: "main",
    group: "service:s",
    serviceArn: "arn:s",
    deploymentId: "new",
    launchType: "FARGATE",
    overrides: {},
    tags: [],
    lastStatus: "RUNNING",
    desiredStatus: "RUNNING",
    version: 1,
    createdAt: Number(id.replace(/\D/g, "") || 0),
    ports: [],
    ...change,
  };
}

const stops = (plan: ReturnType<typeof planService>) => plan.stop.map(({ task: stopped }) => stopped.id);

describe("planService", () => {
  it("starts what is missing", () => {
    expect(planService(service(3), [task("1")], NOW).start).toBe(2);
  });

  it("is steady only when exactly the desired tasks of the newest deployment run and nothing is stopping", () => {
    expect(planService(service(1), [task("1")], NOW).steady).toBe(true);
    expect(planService(service(1), [task("1", { lastStatus: "PENDING" })], NOW).steady).toBe(false);
    const leaving = task("2", { desiredStatus: "STOPPED", lastStatus: "STOPPING" });
    expect(planService(service(1), [task("1"), leaving], NOW).steady).toBe(false);
  });

  it("stops the newest first when it shrinks, so that the longest-proven task stays", () => {
    expect(stops(planService(service(1), [task("1"), task("2"), task("3")], NOW))).toEqual(["3", "2"]);
  });

  it("passes over protected tasks, and looks again when the first protection ends", () => {
    const plan = planService(service(0), [task("1"), task("2", { protectedUntil: NOW + 5000 })], NOW);
    expect(stops(plan)).toEqual(["1"]);
    expect(plan).toMatchObject({ protectedTasks: 1, wakeAt: NOW + 5000 });
    expect(stops(planService(service(0), [task("2", { protectedUntil: NOW })], NOW))).toEqual(["2"]);
  });

  const rolling = (desired: number, change: Partial<ServiceRecord> = {}) =>
    service(desired, { deployments: [deployment("new"), deployment("old"), deployment("oldest")], ...change });

  it("keeps every old task until a new one runs in its place", () => {
    const old = [task("1", { deploymentId: "old" }), task("2", { deploymentId: "old" })];
    expect(planService(rolling(2), old, NOW)).toMatchObject({ start: 2, stop: [] });
    const pending = [...old, task("3", { lastStatus: "PENDING" }), task("4")];
    expect(stops(planService(rolling(2), pending, NOW))).toEqual(["2"]);
  });

  it("stops tasks of the oldest deployment first", () => {
    const tasks = [task("1", { deploymentId: "old" }), task("2", { deploymentId: "oldest" }), task("3")];
    expect(stops(planService(rolling(2, { desiredCount: 2 }), tasks, NOW))).toEqual(["2"]);
  });

  it("stops before it starts when at most the desired number may live", () => {
    const old = [task("1", { deploymentId: "old" })];
    const alone = rolling(1, { minimumHealthyPercent: 0, maximumPercent: 100 });
    const plan = planService(alone, old, NOW);
    expect(stops(plan)).toEqual(["1"]);
  });

  it("starts nothing during a back-off and says when it ends", () => {
    const waiting = service(1, { deployments: [deployment("new", { notBefore: NOW + 700 })] });
    expect(planService(waiting, [], NOW)).toMatchObject({ start: 0, wakeAt: NOW + 700 });
    expect(planService(waiting, [], NOW + 700).start).toBe(1);
  });

  it("stops everything, protected or not, once the service is deleted", () => {
    const tasks = [task("1", { protectedUntil: NOW + 5000 }), task("2", { lastStatus: "PENDING" })];
    expect(stops(planService(service(0, { status: "DRAINING" }), tasks, NOW))).toEqual(["1", "2"]);
  });

  it("never stops a protected task, never falls below the floor, never exceeds the ceiling, and comes to rest", () => {
    const anyTask = fc.record({
      deploymentId: fc.constantFrom("new", "old", "oldest"),
      lastStatus: fc.constantFrom("RUNNING" as const, "PENDING" as const),
      protectedUntil: fc.constantFrom(0, NOW + 1000),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.array(anyTask, { maxLength: 12 }), (desired, initial) => {
        let tasks = initial.map((change, index) => task(String(index), change));
        const asked = rolling(desired);
        for (let round = 0; round < 30; round += 1) {
          const plan = planService(asked, tasks, NOW);
          for (const { task: stopped } of plan.stop) expect(stopped.protectedUntil ?? 0).toBeLessThanOrEqual(NOW);
          const running = tasks.filter((one) => one.lastStatus === "RUNNING");
          const left = tasks.filter((one) => !stops(plan).includes(one.id));
          const floor = Math.min(desired, running.length);
          expect(left.filter((one) => one.lastStatus === "RUNNING").length).toBeGreaterThanOrEqual(floor);
          const ceiling = Math.max(2 * desired, tasks.length, 1);
          expect(left.length + plan.start).toBeLessThanOrEqual(ceiling);
          const started = Array.from({ length: plan.start }, (_, index) => task(`${100 * (round + 1) + index}`));
          tasks = [...left.map((one) => ({ ...one, lastStatus: "RUNNING" as const })), ...started];
        }
        const free = tasks.filter((one) => (one.protectedUntil ?? 0) <= NOW);
        const held = tasks.length - free.length;
        expect(tasks.length).toBeLessThanOrEqual(desired + held);
        expect(planService(asked, tasks, NOW)).toMatchObject({ start: 0, stop: [] });
      }),
    );
  });
});

describe("afterFailure", () => {
  const failAt = (before: DeploymentRecord, now: number, startedAt: number) =>
    afterFailure(before, task("1", { createdAt: startedAt, startedAt }), now);

  it("doubles the wait with each failure in a row, from half a second to half a minute", () => {
    let current = deployment("new");
    const waits: number[] = [];
    for (let round = 1; round <= 8; round += 1) {
      const now = NOW + round * 100_000;
      current = failAt(current, now, now - 1000);
      waits.push(current.notBefore - now);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it("begins again after a task that ran for a minute", () => {
    const troubled = deployment("new", { failures: 6, lastFailureAt: NOW });
    expect(failAt(troubled, NOW + 70_000, NOW + 10_000)).toMatchObject({ failures: 1, notBefore: NOW + 70_500 });
    expect(failAt(troubled, NOW + 60_000, NOW + 10_000).failures).toBe(7);
  });

  it("counts tasks that fail together once", () => {
    const once = failAt(deployment("new"), NOW, NOW - 1000);
    expect(failAt(once, NOW + 5, NOW - 900)).toMatchObject({ failures: 1, failedTasks: 2, notBefore: once.notBefore });
  });
});
