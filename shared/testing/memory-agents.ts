// The agents of the tasks that run in memory: they read control.json and report, each time somebody looks.
import type { TaskRole } from "../domain/names.ts";
import type { Report } from "../domain/reports.ts";
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
}

export interface MemoryAgents {
  readonly script: AgentScript;
  /** Every running task of this prefix writes its report. */
  look(prefix: string): void;
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
  const script: AgentScript = { healthyAfterLooks: 1, unhealthy: {}, canary: { ends: "success", afterLooks: 1 } };
  const looks = new Map<string, number>();
  const canaryLooks = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => {
    const seen = (counts.get(key) ?? 0) + 1;
    counts.set(key, seen);
    return seen;
  };

  const canaryOf = (prefix: string, taskId: string): Report["canary"] => {
    const text = controlBucket().objects.get(`${prefix}control.json`)?.body;
    const wanted = text === undefined ? null : (JSON.parse(String(text)) as { canary: { id: string } | null }).canary;
    if (!wanted) return null;
    const seen = count(canaryLooks, `${taskId} ${wanted.id}`);
    if (script.canary.ends === "never" || seen <= script.canary.afterLooks) return { id: wanted.id, state: "running" };
    if (script.canary.ends === "failed") return { id: wanted.id, state: "failed", detail: "the canary's task failed" };
    return { id: wanted.id, state: "success", seconds: 4 };
  };

  return {
    script,
    look(prefix) {
      for (const { spec, taskIds } of containers.services.values()) {
        if (spec.task.environment["HANGAR_CONTROL_PREFIX"] !== prefix) continue;
        if (containers.script.failToStart[spec.role] || containers.script.keepEnding[spec.role]) continue;
        for (const taskId of taskIds) {
          const ill = script.unhealthy[spec.role];
          const healthy = count(looks, taskId) > script.healthyAfterLooks && ill === undefined;
          controlBucket().putReport(prefix, taskId, {
            schema: 1,
            taskId,
            role: spec.role,
            generation: Number(spec.task.environment["HANGAR_GENERATION"] ?? 1),
            at: now() / 1000,
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
            canary: healthy && spec.role === "scheduler" ? canaryOf(prefix, taskId) : null,
            problems: [],
          });
        }
      }
    },
  };
}
