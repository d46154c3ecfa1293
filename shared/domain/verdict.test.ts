import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Report } from "./reports.ts";
import {
  canaryVerdict,
  nextLookSeconds,
  type ServiceObservation,
  servicesVerdict,
  templateVerdict,
  withDeadline,
} from "./verdict.ts";

const specs = [
  { name: "web-1", role: "web", desiredCount: 1 },
  { name: "worker-1", role: "worker", desiredCount: 2 },
] as const;

const report = (taskId: string, changes: Partial<Report> = {}): Report => ({
  schema: 1,
  taskId,
  role: "worker",
  generation: 1,
  at: 1,
  healthy: true,
  components: { worker: { state: "running", restarts: 0 } },
  staged: [],
  problems: [],
  ...changes,
});
const service = (
  name: string,
  runningTaskIds: string[],
  changes: Partial<ServiceObservation> = {},
): ServiceObservation => ({
  name,
  runningTaskIds,
  endingTaskIds: [],
  desiredCount: 1,
  events: [],
  stopped: [],
  ...changes,
});
const stopped = (count: number, changes: Partial<ServiceObservation["stopped"][number]> = {}) =>
  Array.from({ length: count }, (_, at) => ({
    taskId: `old${at}`,
    reason: `reason ${at}`,
    failedToStart: false,
    exitCode: 1 as number | null,
    ...changes,
  }));

const services = [service("web-1", ["a"]), service("worker-1", ["b", "c"])];
const reports = [report("a", { role: "web" }), report("b"), report("c")];
const seen = (webChanges: Partial<ServiceObservation>, said: readonly Report[] = []) =>
  servicesVerdict([specs[0]], [service("web-1", [], webChanges)], said);

describe("services are ready", () => {
  it("when every wanted task runs and its own agent says it is healthy", () => {
    expect(servicesVerdict(specs, services, reports)).toEqual({
      verdict: "ready",
      reason: "every component reports healthy",
    });
  });

  it("when no task is wanted", () => {
    expect(servicesVerdict([{ ...specs[0], desiredCount: 0 }], [], []).verdict).toBe("ready");
  });
});

describe("services are not yet ready", () => {
  it.each<[string, readonly ServiceObservation[], readonly Report[], string]>([
    ["before ECS knows them", [], [], "web: 0 of 1 tasks run; worker: 0 of 2 tasks run"],
    ["while an agent has not reported", services, reports.slice(0, 2), "worker: 2 of 2 tasks run"],
    [
      "while a component starts, and say which",
      services,
      [
        ...reports.slice(0, 2),
        report("c", {
          healthy: false,
          components: { worker: { state: "starting", restarts: 0, detail: "importing" } },
        }),
      ],
      "worker: 2 of 2 tasks run, worker starting (importing)",
    ],
    [
      "on the word of a task that no longer runs",
      [services[0]!, service("worker-1", ["b", "d"])],
      reports,
      "worker: 2 of 2 tasks run",
    ],
    [
      "on the word of a task that is stopping",
      services,
      [...reports.slice(0, 2), report("c", { stopping: true })],
      "worker: 2 of 2 tasks run",
    ],
  ])("%s", (_, observed, said, reason) => {
    expect(servicesVerdict(specs, observed, said)).toEqual({ verdict: "notYet", reason });
  });
});

describe("services have failed", () => {
  it("when a task could not be started three times, in the container service's words", () => {
    const cannot = (count: number) =>
      seen({ stopped: stopped(count, { failedToStart: true, exitCode: null, reason: "CannotPullContainerError" }) });
    expect(cannot(3)).toEqual({ verdict: "failed", reason: "web: CannotPullContainerError" });
    expect(cannot(2).verdict).toBe("notYet");
  });

  it("when there is too little memory for a wanted task, and not when it runs all the same", () => {
    const events = ["(service web-1) was unable to place a task: insufficient memory"];
    expect(seen({ events })).toEqual({ verdict: "failed", reason: `web: ${events[0]}` });
    expect(seen({ events, runningTaskIds: ["a"] }, [report("a")]).verdict).toBe("ready");
  });

  it("when their tasks keep ending with an error and none is healthy: with the last reason, long before the deadline", () => {
    const verdict = seen({ runningTaskIds: ["a"], stopped: stopped(5) });
    expect(verdict).toEqual({ verdict: "failed", reason: "web: its tasks keep ending (5 so far): reason 0" });
  });

  it.each<[string, Partial<ServiceObservation>, readonly Report[]]>([
    ["after four such ends", { stopped: stopped(4) }, []],
    ["when the tasks ended well", { stopped: stopped(9, { exitCode: 0 }) }, []],
    ["when nobody knows how they ended", { stopped: stopped(9, { exitCode: null }) }, []],
  ])("but not %s", (_, observation, said) => expect(seen(observation, said).verdict).toBe("notYet"));

  const restarted = (restarts: number, changes: Partial<Report> = {}) =>
    report("a", {
      role: "web",
      healthy: false,
      components: { "api-server": { state: "starting", restarts, detail: "exited with code 1 after 4 s" } },
      ...changes,
    });

  it("when a component keeps ending in a task that runs on, and no task is healthy: with how it ended last", () => {
    expect(seen({ runningTaskIds: ["a"] }, [restarted(3)])).toEqual({
      verdict: "failed",
      reason: "web: its api-server keeps ending (3 restarts so far): exited with code 1 after 4 s",
    });
  });

  it.each<[string, Report, Partial<ServiceObservation>]>([
    ["after two restarts", restarted(2), {}],
    ["on the word of a task that is gone", restarted(9), { runningTaskIds: ["z"] }],
    ["on the word of a task that is stopping", restarted(9, { stopping: true }), {}],
    [
      "while it runs again and waits to be judged healthy",
      restarted(9, { components: { "api-server": { state: "running", restarts: 9 } } }),
      {},
    ],
  ])("but not %s", (_, said, changes) =>
    expect(seen({ runningTaskIds: ["a"], ...changes }, [said]).verdict).toBe("notYet"),
  );

  it("but not when another task of the service is healthy: a restart is that task's own matter then", () => {
    const both = servicesVerdict(
      [specs[1]],
      [service("worker-1", ["a", "b"])],
      [restarted(9, { role: "worker" }), report("b")],
    );
    expect(both.verdict).toBe("notYet");
  });

  it("but not when a task is healthy now: it came through after all", () => {
    expect(seen({ runningTaskIds: ["a"], stopped: stopped(9) }, [report("a")]).verdict).toBe("ready");
    const two = servicesVerdict([specs[1]], [service("worker-1", ["b"], { stopped: stopped(9) })], [report("b")]);
    expect(two.verdict).toBe("notYet");
  });
});

describe("the template's migration", () => {
  it.each([
    [{ state: "missing" }, "notYet", "has not been seen yet"],
    [{ state: "running" }, "notYet", "is being migrated"],
    [{ state: "stopped", exitCode: 0, reason: "done" }, "ready", "is migrated"],
    [{ state: "stopped", exitCode: 1, reason: "no such host" }, "failed", "ended with exit code 1: no such host"],
    [{ state: "stopped", exitCode: null, reason: "killed" }, "failed", "ended with exit code unknown: killed"],
  ] as const)("%j is %s", (task, verdict, reason) => {
    expect(templateVerdict(task)).toEqual({ verdict, reason: expect.stringContaining(reason) });
  });
});

describe("the canary", () => {
  const canary = (state: "running" | "success" | "failed", id = "mine", more = {}) => [
    report("b"),
    report("a", { canary: { id, state, ...more } }),
  ];
  it.each<[string, readonly Report[], string, string]>([
    ["nobody reports", [report("b")], "notYet", "no agent has reported the canary run yet"],
    [
      "of an earlier operation counts for nothing",
      canary("success", "theirs"),
      "notYet",
      "no agent has reported the canary run yet",
    ],
    ["runs", canary("running"), "notYet", "the canary run is under way"],
    ["came through", canary("success", "mine", { seconds: 4 }), "ready", "the canary run succeeded in 4 s"],
    [
      "failed, with the agent's reason",
      canary("failed", "mine", { detail: "no worker took it" }),
      "failed",
      "the canary run failed: no worker took it",
    ],
  ])("%s", (_, said, verdict, reason) => expect(canaryVerdict("mine", said)).toEqual({ verdict, reason }));
});

describe("a deadline", () => {
  const waiting = { verdict: "notYet", reason: "web: 0 of 1 tasks run" } as const;
  it("turns waiting into failure at its moment, and says what was waited for", () => {
    expect(withDeadline(waiting, 1000, 60, 60_999)).toBe(waiting);
    expect(withDeadline(waiting, 1000, 60, 61_000)).toEqual({
      verdict: "failed",
      reason: "not ready within 60 s: web: 0 of 1 tasks run",
    });
  });

  it.each([
    { verdict: "ready", reason: "r" },
    { verdict: "failed", reason: "f" },
  ] as const)("leaves an answer as it is: $verdict", (verdict) => {
    expect(withDeadline(verdict, 0, 1, 1e12)).toBe(verdict);
  });
});

describe("the pause before a check looks again", () => {
  /** Looks of a check that waits in vain until its deadline, each as late as it was told. */
  const looksUntil = (deadlineSeconds: number, pollSeconds: number): number => {
    let looks = 0;
    for (let now = 0; now < deadlineSeconds * 1000; looks++) now += nextLookSeconds(pollSeconds, 0, now) * 1000;
    return looks;
  };

  it("keeps a drain of twelve hours below a thousand looks: an execution's history ends at 25,000 events", () => {
    expect(looksUntil(43_200, 1)).toBeLessThan(1000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 43_200 }), (poll, deadline) => {
        expect(looksUntil(deadline, poll)).toBeLessThan(1000);
      }),
    );
  });

  it("is never shorter than the pool wants, and longer by no more than a hundredth of what was waited already", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: -1e6, max: 1e8 }), (poll, waited) => {
        const pause = nextLookSeconds(poll, 1e9, 1e9 + waited);
        expect(pause).toBeGreaterThanOrEqual(poll);
        expect(pause).toBeLessThanOrEqual(Math.max(poll, waited / 100_000));
        expect(Number.isInteger(pause), "the workflow service waits whole seconds").toBe(true);
      }),
    );
  });

  it("is the pool's own for the first minutes: most checks are done by then", () => {
    for (const waited of [0, 1, 100, 199]) expect(nextLookSeconds(1, 0, waited * 1000)).toBe(1);
    expect(nextLookSeconds(1, 0, 43_200_000)).toBe(432);
  });
});
