// The agents of the tasks that run in memory: they read control.json and report, each time somebody looks.
import type { ControlDocument } from "../domain/control-document.ts";
import type { TaskRole } from "../domain/names.ts";
import type { Report } from "../domain/reports.ts";
import type { TaskSpec } from "../domain/service-specs.ts";
import type { MemoryContainers } from "./memory-containers.ts";
import type { MemoryControlBucket } from "./memory-control-bucket.ts";

/** How agents report. Counts are looks: calls of `reports`. */
export interface AgentScript {
  /** Looks before a task is healthy. */
  healthyAfterLooks: number;
  /** Role → what its component says instead of ever being healthy. */
  unhealthy: Partial<Record<TaskRole, string>>;
  /** How the canary ends, and after how many looks at a healthy scheduler. */
  canary: { ends: "success" | "failed" | "never"; afterLooks: number };
  /** Tasks of these generations are never healthy: what they run is broken. */
  unhealthyGenerations: readonly number[];
  /** What a worker has in hand when it is asked to drain, and how many looks later it lets go; only the first of a service, if so. */
  drain: { inFlight: number; looksUntilReleased: number; onlyFirst?: boolean };
  /** Looks until a scheduler that was asked to pause has. */
  pause: { looksUntilPaused: number };
}

export interface MemoryAgents {
  readonly script: AgentScript;
  /** Every running task of this prefix writes its report. */
  look(prefix: string): void;
  /** Workers that have let go for good. */
  releasedTasks(): readonly string[];
}

/**
 * Agents of all tasks of these containers.
 * @param now milliseconds since the epoch
 * @param controlBucket asked late: the bucket's reader calls us
 */
export function memoryAgents(
  containers: Pick<MemoryContainers, "services" | "script">,
  controlBucket: () => MemoryControlBucket,
  now: () => number,
): MemoryAgents {
  const script: AgentScript = {
    healthyAfterLooks: 1,
    unhealthy: {},
    canary: { ends: "success", afterLooks: 1 },
    unhealthyGenerations: [],
    drain: { inFlight: 1, looksUntilReleased: 1 },
    pause: { looksUntilPaused: 1 },
  };
  const released = new Map<string, string>();
  const drainLooks = new Map<string, number>();
  const looks = new Map<string, number>();
  const canaryLooks = new Map<string, number>();
  const pauseLooks = new Map<string, number>();
  const freed = new Set<string>();
  const count = (counts: Map<string, number>, key: string) => {
    const seen = (counts.get(key) ?? 0) + 1;
    counts.set(key, seen);
    return seen;
  };

  const controlOf = (prefix: string): ControlDocument | undefined => {
    const text = controlBucket().objects.get(`${prefix}control.json`)?.body;
    return text === undefined ? undefined : (JSON.parse(String(text)) as ControlDocument);
  };

  /** Released is final; a drain that is gone before is forgotten (design, section 8). */
  const drainOf = (
    control: ControlDocument | undefined,
    taskId: string,
    generation: number,
    first: boolean,
  ): Report["drain"] => {
    const final = released.get(taskId);
    if (final !== undefined) return { id: final, state: "released", inFlight: 0 };
    const asked = control?.drains.find((drain) => generation <= drain.generation);
    if (!asked) return null;
    const seen = count(drainLooks, `${taskId} ${asked.id}`);
    if (seen <= script.drain.looksUntilReleased || (script.drain.onlyFirst && !first))
      return { id: asked.id, state: "draining", inFlight: script.drain.inFlight };
    released.set(taskId, asked.id);
    return { id: asked.id, state: "released", inFlight: 0 };
  };

  const pauseOf = (control: ControlDocument | undefined, taskId: string, generation: number): Report["pause"] => {
    const asked = control?.pause;
    if (!asked || generation > asked.generation) return null;
    const seen = count(pauseLooks, `${taskId} ${asked.id}`);
    return { id: asked.id, state: seen <= script.pause.looksUntilPaused ? "pausing" : "paused" };
  };

  /** Until control.json names its generation a task that knows a canary queue is held; then never again. */
  const isHeld = (
    control: ControlDocument | undefined,
    taskId: string,
    generation: number,
    task: TaskSpec,
  ): boolean => {
    if (task.environment["HANGAR_CANARY_QUEUE_NAME"] === undefined || freed.has(taskId)) return false;
    if ((control?.generation ?? 0) >= generation) freed.add(taskId);
    return !freed.has(taskId);
  };

  const canaryOf = (control: ControlDocument | undefined, taskId: string, generation: number): Report["canary"] => {
    const wanted = control?.canary;
    if (!wanted || wanted.generation !== generation) return null;
    const seen = count(canaryLooks, `${taskId} ${wanted.id}`);
    if (script.canary.ends === "never" || seen <= script.canary.afterLooks) return { id: wanted.id, state: "running" };
    if (script.canary.ends === "failed") return { id: wanted.id, state: "failed", detail: "the canary's task failed" };
    return { id: wanted.id, state: "success", seconds: 4 };
  };

  return {
    script,
    releasedTasks: () => [...released.keys()],
    look(prefix) {
      const control = controlOf(prefix);
      for (const { spec, taskIds } of containers.services.values()) {
        if (spec.task.environment["HANGAR_CONTROL_PREFIX"] !== prefix) continue;
        if (containers.script.failToStart[spec.role] || containers.script.keepEnding[spec.role]) continue;
        const generation = Number(spec.task.environment["HANGAR_GENERATION"] ?? 1);
        for (const taskId of taskIds) {
          const broken = script.unhealthyGenerations.includes(generation) ? "it is broken" : undefined;
          const ill = script.unhealthy[spec.role] ?? broken;
          const healthy = count(looks, taskId) > script.healthyAfterLooks && ill === undefined;
          controlBucket().putReport(prefix, taskId, {
            schema: 1,
            taskId,
            role: spec.role,
            generation,
            epoch: control?.epoch ?? null,
            at: now() / 1000,
            staged: [control?.release, control?.candidate].flatMap((release) => release?.id ?? []),
            healthy,
            components: {
              [spec.role]: healthy
                ? { state: "running", restarts: 0 }
                : {
                    state: ill === undefined ? "starting" : "unhealthy",
                    restarts: 0,
                    ...(ill === undefined ? {} : { detail: ill }),
                  },
            },
            canary: healthy && spec.role === "scheduler" ? canaryOf(control, taskId, generation) : null,
            held: isHeld(control, taskId, generation, spec.task),
            pause: spec.role === "scheduler" ? pauseOf(control, taskId, generation) : null,
            drain: spec.role === "worker" ? drainOf(control, taskId, generation, taskId === taskIds[0]) : null,
            problems: [],
          });
        }
      }
    },
  };
}
