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
  /** Looks during which the tasks of a service that was removed, or scaled to none, are still stopping. */
  looksUntilStopped: number;
  /** Looks during which a one-off task still runs, and how it ends. */
  oneOff: { looks: number; exitCode: number | null; reason: string };
  /** Looks during which a one-off task that was started is not listed yet. */
  looksUntilListed: number;
  /** Tasks have work in hand: a service that is scaled to none does not end them by itself. */
  protectedTasks: boolean;
  /** The same for one-off tasks with this word in their command, where they differ. */
  oneOffOf: Partial<Record<string, { looks: number; exitCode: number | null; reason: string }>>;
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
 * @param oneOffEnded called once when a one-off task has ended, by itself or because it was stopped: what it would have done
 */
export function memoryContainers(
  oneOffEnded: (spec: TaskSpec, end: { readonly exitCode: number | null; readonly reason: string }) => void = () => {},
): MemoryContainers {
  const script: ContainerScript = {
    failToStart: {},
    keepEnding: {},
    looksUntilStopped: 1,
    oneOff: { looks: 1, exitCode: 0, reason: "Essential container in task exited" },
    oneOffOf: {},
    looksUntilListed: 0,
    protectedTasks: false,
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
  const looksLeft = new Map<string, number>();
  const guarded = new Map<string, readonly string[]>();
  const unlisted = new Map<string, number>();
  const end = (name: string, taskIds: readonly string[]) => {
    ending.set(name, taskIds);
    looksLeft.set(name, script.looksUntilStopped);
  };
  const endingOf = (name: string): readonly string[] => {
    const left = looksLeft.get(name);
    if (left === 0) ending.delete(name);
    if (left !== undefined) looksLeft.set(name, left - 1);
    return ending.get(name) ?? [];
  };
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
      const leaving = endingOf(name);
      return {
        name,
        runningTaskIds: reason === undefined ? [...service.taskIds, ...(guarded.get(name) ?? []), ...leaving] : [],
        endingTaskIds: reason === undefined ? leaving : [],
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
      if (desiredCount === 0 && found.taskIds.length > 0) {
        if (script.protectedTasks) guarded.set(name, found.taskIds);
        else end(name, found.taskIds);
      }
      const taskIds = [...kept, ...newTasks(desiredCount - kept.length)];
      services.set(name, { ...found, spec: { ...found.spec, desiredCount }, taskIds });
    },
    async stopTasks(taskIds) {
      for (const [name, held] of guarded) {
        if (!held.some((taskId) => taskIds.includes(taskId))) continue;
        guarded.delete(name);
        end(name, held);
      }
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
      const unseen = unlisted.get(startToken) ?? script.looksUntilListed;
      unlisted.set(startToken, Math.max(0, unseen - (found ? 1 : 0)));
      if (!found || unseen > 0) return { state: "missing" };
      const { looks, exitCode, reason } =
        found.spec.command.map((word) => script.oneOffOf[word]).find((one) => one !== undefined) ?? script.oneOff;
      if (!found.stopped && found.looks++ < looks) return { state: "running" };
      if (!found.stopped) {
        found.stopped = { exitCode, reason };
        oneOffEnded(found.spec, found.stopped);
      }
      return { state: "stopped", ...found.stopped };
    },
    async stopOnce(_family, startToken) {
      const found = oneOffs.get(startToken);
      if (!found || found.stopped) return;
      found.stopped = { exitCode: 143, reason: "Stopped by Hangar: its operation is undone." };
      oneOffEnded(found.spec, found.stopped);
    },
    async forgetOnce(family) {
      definitions.delete(family);
    },
  };
}
