// Is it healthy yet? Observations in, a verdict with its reason out; the ladders test nothing but the word.
import type { LayerResult } from "./layer.ts";
import type { Report } from "./reports.ts";
import type { ServiceSpec } from "./service-specs.ts";

export interface Verdict {
  readonly verdict: "ready" | "notYet" | "failed";
  readonly reason: string;
  /** Of a failure, where it has one of its own: `LastUpdate.Error.ErrorCode`. */
  readonly code?: string;
}

/** What the container service says of one service. */
export interface ServiceObservation {
  readonly name: string;
  /** Those that start, too. */
  readonly runningTaskIds: readonly string[];
  /** Those of them that have been told to stop: the service has counted them out, and started others in their place. */
  readonly endingTaskIds: readonly string[];
  /** How many tasks it was told to keep. */
  readonly desiredCount: number;
  /** Newest first, in the container service's words. */
  readonly events: readonly string[];
  /** Tasks that ended, newest first. */
  readonly stopped: readonly {
    readonly taskId: string;
    readonly reason: string;
    readonly failedToStart: boolean;
    /** Of its container; null when it never ran or the service does not say. */
    readonly exitCode: number | null;
  }[];
}

/** A task that cannot even be started this often will not start by waiting longer. */
const hopelessStarts = 3;
/** A service whose tasks failed this often, while none of them is healthy, fails for a reason in the task itself. */
const hopelessEnds = 5;
/**
 * A component its agent has started again this often, and which still does not come up, will not: most often it cannot
 * read one of AirflowConfigurationOptions. Agents restart nothing while the database or the queue is away.
 */
const hopelessRestarts = 3;

/** Services: every wanted task runs and its own agent says that every component does its job. */
export function servicesVerdict(
  specs: readonly Pick<ServiceSpec, "name" | "role" | "desiredCount">[],
  services: readonly ServiceObservation[],
  reports: readonly Report[],
): Verdict {
  const waiting: string[] = [];
  for (const spec of specs) {
    const service = services.find((candidate) => candidate.name === spec.name);
    const failures = service?.stopped.filter((task) => task.failedToStart) ?? [];
    if (failures.length >= hopelessStarts) return failed(`${spec.role}: ${failures[0]!.reason}`);
    const memory = service?.events.find((event) => event.includes("insufficient memory"));
    if (memory && (service?.runningTaskIds.length ?? 0) < spec.desiredCount) return failed(`${spec.role}: ${memory}`);
    const running = new Set(service?.runningTaskIds ?? []);
    const healthy = reports.filter((report) => running.has(report.taskId) && report.healthy && !report.stopping);
    const ends = service?.stopped.filter((task) => task.exitCode !== null && task.exitCode !== 0) ?? [];
    if (ends.length >= hopelessEnds && healthy.length === 0) {
      return failed(`${spec.role}: its tasks keep ending (${ends.length} so far): ${ends[0]!.reason}`);
    }
    const crashing = healthy.length === 0 ? crashingComponent(reports, running) : undefined;
    if (crashing) return failed(`${spec.role}: ${crashing}`);
    if (healthy.length < spec.desiredCount) waiting.push(describe(spec, running.size, reports, running));
  }
  return waiting.length ? notYet(waiting.join("; ")) : { verdict: "ready", reason: "every component reports healthy" };
}

function crashingComponent(reports: readonly Report[], running: ReadonlySet<string>): string | undefined {
  const components = reports
    .filter((report) => running.has(report.taskId) && !report.stopping)
    .flatMap((report) => Object.entries(report.components));
  const found = components.find(([, { state, restarts }]) => state !== "running" && restarts >= hopelessRestarts);
  if (!found) return undefined;
  const [name, { restarts, detail }] = found;
  return `its ${name} keeps ending (${restarts} restarts so far)${detail ? `: ${detail}` : ""}`;
}

function describe(
  spec: Pick<ServiceSpec, "role" | "desiredCount">,
  runningCount: number,
  reports: readonly Report[],
  running: ReadonlySet<string>,
): string {
  const states = reports
    .filter((report) => running.has(report.taskId))
    .flatMap((report) => Object.entries(report.components))
    .filter(([, component]) => component.state !== "running")
    .map(([name, component]) => `${name} ${component.state}${component.detail ? ` (${component.detail})` : ""}`);
  return `${spec.role}: ${runningCount} of ${spec.desiredCount} tasks run${states.length ? `, ${states.join(", ")}` : ""}`;
}

/** What the container service says of a one-off task. */
export type OneOff =
  | { readonly state: "missing" }
  | { readonly state: "running" }
  | { readonly state: "stopped"; readonly exitCode: number | null; readonly reason: string };

/** The one-off task that migrates a template: done is done well, or not at all. */
export function templateVerdict(task: OneOff): Verdict {
  if (task.state === "missing") return notYet("the migration task has not been seen yet");
  if (task.state === "running") return notYet("the template database is being migrated");
  if (task.exitCode === 0) return { verdict: "ready", reason: "the template database is migrated" };
  return failed(
    `the migration of the template database ended with exit code ${task.exitCode ?? "unknown"}: ${task.reason}`,
  );
}

/** A layer that cannot be built: the files are at fault, not the service. */
const layerFailed = (reason: string): Verdict => ({ verdict: "failed", reason, code: "LAYER_FAILED" });

/**
 * The one-off task that builds a layer. Its result is the answer, ready or failed, in the resolver's own words.
 * @param task what was seen of it before the result was read; null: none was started for this layer
 */
export function layerVerdict(result: LayerResult | undefined, task: OneOff | null): Verdict {
  if (result?.state === "ready") return { verdict: "ready", reason: "the layer is built" };
  if (result) return layerFailed(result.error?.message ?? "the layer could not be built, and left no reason");
  if (!task) return layerFailed("the build of the layer was stopped by another one");
  if (task.state === "missing") return notYet("the build of the layer has not been seen yet");
  if (task.state === "running") return notYet("the layer is being built");
  return layerFailed(
    `the build of the layer could not be carried out (exit code ${task.exitCode ?? "unknown"}): ${task.reason}`,
  );
}

/** The canary: one run of a hidden DAG through scheduler, queue and worker. */
export function canaryVerdict(canaryId: string, reports: readonly Report[]): Verdict {
  const seen = reports.map((report) => report.canary).find((canary) => canary?.id === canaryId);
  if (!seen) return notYet("no agent has reported the canary run yet");
  if (seen.state === "success")
    return { verdict: "ready", reason: `the canary run succeeded in ${seen.seconds ?? "?"} s` };
  if (seen.state === "failed") return failed(`the canary run failed: ${seen.detail ?? "no detail"}`);
  return notYet("the canary run is under way");
}

/** A verdict that is still `notYet` when its time is over has failed; the reason says what it waited for. */
export function withDeadline(verdict: Verdict, startedAt: number, deadlineSeconds: number, now: number): Verdict {
  if (verdict.verdict !== "notYet" || now < startedAt + deadlineSeconds * 1000) return verdict;
  return { ...verdict, ...failed(`not ready within ${deadlineSeconds} s: ${verdict.reason}`) };
}

/**
 * Seconds until a check looks again: often at first, then a hundredth of the time it has waited, so that twelve hours are
 * some seven hundred looks and not forty thousand. An execution's history ends at 25,000 events (design, section 5).
 */
export const nextLookSeconds = (pollSeconds: number, startedAt: number, now: number): number =>
  Math.max(pollSeconds, Math.floor((now - startedAt) / 100_000));

const notYet = (reason: string): Verdict => ({ verdict: "notYet", reason });
const failed = (reason: string): Verdict => ({ verdict: "failed", reason });
