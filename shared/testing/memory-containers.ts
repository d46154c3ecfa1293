// The container service in memory: tasks are ids, and how they behave is scripted by the test.
import type { ServiceSpec, TaskSpec } from "../domain/service-specs.ts";
import type { TaskRole } from "../domain/names.ts";
import type { ServiceObservation } from "../domain/verdict.ts";
import type { Containers } from "../ports/containers.ts";

/** How tasks behave. Counts are looks: calls of `observe` or `describeOnce`. */
export interface ContainerScript {
  /** Role → why none of its tasks can be started. */
  failToStart: Partial<Record<TaskRole, string>>;
  /** Role → how its tasks end, again and again: none lives long enough to report. */
  keepEnding: Partial<Record<TaskRole, { readonly exitCode: number; readonly reason: string; readonly times: number }>>;
  /** Looks during which the tasks of a removed service are still stopping. */
  looksUntilStopped: number;
  /** Looks during which a one-off task still runs, and how it ends. */
  oneOff: { looks: number; exitCode: number | null; reason: string };
}

export interface MemoryService {
  readonly spec: ServiceSpec;
  readonly secretArn: string;
  readonly targetGroupArn: string | null;
  readonly taskIds: readonly string[];
}

export interface MemoryContainers extends Containers {
  readonly script: ContainerScript;
  readonly services: Map<string, MemoryService>;
  /** Services removed whose tasks are still stopping. */
  readonly stopping: Map<string, { readonly taskIds: readonly string[]; looksLeft: number }>;
  /** Service → tasks told to stop that are still there; a test puts them in. */
  readonly ending: Map<string, readonly string[]>;
  /** Family → contents registered and not deregistered, oldest first. */
  readonly definitions: Map<string, string[]>;
  /** By start token. */
  readonly oneOffs: Map<
    string,
    { readonly spec: TaskSpec; looks: number; stopped: { exitCode: number | null; reason: string } | null }
  >;
  /** Names of all services whose tasks may still be at work. */
  alive(): readonly string[];
}

/**
 * A cluster without tasks.
 * @param oneOffDone called once when a one-off task ends with exit code 0: what the task would have done
 */
export function memoryContainers(oneOffDone: (spec: TaskSpec) => void = () => {}): MemoryContainers {
  const script: ContainerScript = {
    failToStart: {},
    keepEnding: {},
    looksUntilStopped: 1,
    oneOff: { looks: 1, exitCode: 0, reason: "Essential container in task exited" },
  };
  const services: MemoryContainers["services"] = new Map();
  const stopping: MemoryContainers["stopping"] = new Map();
  const definitions: MemoryContainers["definitions"] = new Map();
  const oneOffs: MemoryContainers["oneOffs"] = new Map();
  let tasks = 0;

  const newTasks = (count: number) => Array.from({ length: count }, () => `task${String(++tasks).padStart(6, "0")}`);
  /** @returns whether the content is new */
  const register = (spec: TaskSpec, secretArn: string) => {
    const content = JSON.stringify([spec, secretArn]);
    const revisions = definitions.get(spec.family) ?? [];
    if (revisions.at(-1) === content) return false;
    definitions.set(spec.family, [...revisions, content]);
    return true;
  };
  const ending: MemoryContainers["ending"] = new Map();
  const observeService = (name: string): ServiceObservation | undefined => {
    const service = services.get(name);
    if (service) {
      const reason = script.failToStart[service.spec.role];
      const ends = script.keepEnding[service.spec.role];
      const stopped: ServiceObservation["stopped"] = service.taskIds.flatMap((taskId) => {
        if (reason !== undefined) return Array(3).fill({ taskId, reason, failedToStart: true, exitCode: null });
        if (!ends) return [];
        const { exitCode, reason: why, times } = ends;
        return Array(times).fill({ taskId, reason: why, failedToStart: false, exitCode });
      });
      return {
        name,
        runningTaskIds: reason === undefined ? [...service.taskIds, ...(ending.get(name) ?? [])] : [],
        endingTaskIds: reason === undefined ? (ending.get(name) ?? []) : [],
        desiredCount: service.spec.desiredCount,
        events: reason === undefined ? [] : [reason],
        stopped,
      };
    }
    const left = stopping.get(name);
    if (!left) return undefined;
    if (left.looksLeft-- <= 0) {
      stopping.delete(name);
      return undefined;
    }
    return {
      name,
      runningTaskIds: left.taskIds,
      endingTaskIds: left.taskIds,
      desiredCount: 0,
      events: [],
      stopped: [],
    };
  };

  return {
    script,
    services,
    stopping,
    ending,
    definitions,
    oneOffs,
    alive: () => [...services.keys(), ...stopping.keys()],

    async deploy(spec, secretArn, targetGroupArn) {
      const found = services.get(spec.name);
      const changed = register(spec.task, secretArn);
      const same = found && !changed && found.taskIds.length === spec.desiredCount;
      services.set(spec.name, {
        spec,
        secretArn,
        targetGroupArn,
        taskIds: same ? found.taskIds : newTasks(spec.desiredCount),
      });
    },
    async scale(name, desiredCount) {
      const found = services.get(name);
      if (!found) throw new Error(`There is no service ${name}.`);
      const kept = found.taskIds.slice(0, desiredCount);
      const taskIds = [...kept, ...newTasks(desiredCount - kept.length)];
      services.set(name, { ...found, spec: { ...found.spec, desiredCount }, taskIds });
    },
    async stopTasks(taskIds) {
      for (const [name, service] of services) {
        const kept = service.taskIds.filter((taskId) => !taskIds.includes(taskId));
        const fresh = newTasks(service.taskIds.length - kept.length);
        services.set(name, { ...service, taskIds: [...kept, ...fresh] });
      }
    },
    observe: async (names) => names.map(observeService).filter((observation) => observation !== undefined),
    async remove(names) {
      for (const name of names) {
        const found = services.get(name);
        if (found && found.taskIds.length > 0)
          stopping.set(name, { taskIds: found.taskIds, looksLeft: script.looksUntilStopped });
        services.delete(name);
        definitions.delete(name);
      }
    },
    async runOnce(spec, secretArn, startToken) {
      if (oneOffs.has(startToken)) return;
      register(spec, secretArn ?? "");
      oneOffs.set(startToken, { spec, looks: 0, stopped: null });
    },
    async describeOnce(_family, startToken) {
      const found = oneOffs.get(startToken);
      if (!found) return { state: "missing" };
      if (!found.stopped && found.looks++ < script.oneOff.looks) return { state: "running" };
      if (!found.stopped) {
        found.stopped = { exitCode: script.oneOff.exitCode, reason: script.oneOff.reason };
        if (script.oneOff.exitCode === 0) oneOffDone(found.spec);
      }
      return { state: "stopped", ...found.stopped };
    },
    async stopOnce(_family, startToken) {
      const found = oneOffs.get(startToken);
      if (found && !found.stopped)
        found.stopped = { exitCode: 143, reason: "Stopped by Hangar: its operation is undone." };
    },
    async forgetOnce(family) {
      definitions.delete(family);
    },
  };
}
