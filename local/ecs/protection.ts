// Scale-in protection: a task that is working must not be picked when its service shrinks. Set through ECS's API or by
// the task itself through its metadata address.
import type { JsonOperation } from "../json-protocol.ts";
import { invalidParameter, optionalFlag, optionalInteger, textList } from "./input.ts";
import type { TaskRecord } from "./records.ts";
import { arnOf, changeTask, clusterOf, findTask, type State, shortName } from "./state.ts";

const DEFAULT_MINUTES = 120;
const LONGEST_MINUTES = 2880;

/** UpdateTaskProtection and GetTaskProtection. */
export function protectionOperations(state: State): Record<string, JsonOperation> {
  return {
    UpdateTaskProtection: (input) => {
      const cluster = clusterOf(state, input);
      const enabled = optionalFlag(input, "protectionEnabled");
      if (enabled === undefined) throw invalidParameter("protectionEnabled cannot be blank.");
      const minutes = optionalInteger(input, "expiresInMinutes", 1, LONGEST_MINUTES);
      const names = textList(input, "tasks");
      if (names.length < 1 || names.length > 10) throw invalidParameter("Specify from 1 to 10 tasks.");
      return answer(state, names, (name) => {
        const task = findTask(state, cluster, name);
        const refusal = task ? protectTask(state, task, enabled, minutes) : MISSING;
        return { arn: task?.arn ?? arnOf(state, `task/${cluster.name}/${shortName(name)}`), task, refusal };
      });
    },
    GetTaskProtection: (input) => {
      const cluster = clusterOf(state, input);
      const names = textList(input, "tasks");
      const service = state.store.tasks.values().filter((task) => task.clusterArn === cluster.arn && task.serviceArn);
      const asked = names.length > 0 ? names : service.map((task) => task.arn);
      return answer(state, asked, (name) => {
        const task = findTask(state, cluster, name);
        const refusal = task ? protectionRefusal(task) : MISSING;
        return { arn: task?.arn ?? arnOf(state, `task/${cluster.name}/${shortName(name)}`), task, refusal };
      });
    },
  };
}

export interface Refusal {
  readonly reason: string;
  readonly detail: string;
}

/**
 * Sets or ends a task's protection, durably.
 * @param minutes how long it holds; the default is two hours, as in ECS
 * @returns why not, or undefined when done
 */
export function protectTask(
  state: State,
  task: TaskRecord,
  enabled: boolean,
  minutes = DEFAULT_MINUTES,
): Refusal | undefined {
  const refusal = protectionRefusal(task);
  if (refusal) return refusal;
  changeTask(state, task, { protectedUntil: enabled ? state.context.now() + minutes * 60_000 : 0 });
  state.wake();
  return undefined;
}

/** When the protection of a task ends, in milliseconds, or undefined when it has none. */
export function protectionOf(state: State, task: TaskRecord): number | undefined {
  return task.protectedUntil !== undefined && task.protectedUntil > state.context.now()
    ? task.protectedUntil
    : undefined;
}

const MISSING: Refusal = { reason: "MISSING", detail: "The task was not found." };

function protectionRefusal(task: TaskRecord): Refusal | undefined {
  if (task.serviceArn === undefined) return { reason: "TASK_NOT_VALID", detail: "The task is not part of a service." };
  if (task.desiredStatus === "STOPPED") return { reason: "TASK_NOT_VALID", detail: "The task is stopping or stopped." };
  return undefined;
}

function answer(
  state: State,
  names: readonly string[],
  each: (name: string) => { arn: string; task: TaskRecord | undefined; refusal: Refusal | undefined },
): unknown {
  const results = names.map(each);
  return {
    protectedTasks: results
      .filter((result) => !result.refusal)
      .map(({ arn, task }) => wireProtection(arn, task && protectionOf(state, task))),
    failures: results.flatMap(({ arn, refusal }) => (refusal ? [{ arn, ...refusal }] : [])),
  };
}

function wireProtection(taskArn: string, protectedUntil: number | undefined): unknown {
  return protectedUntil !== undefined
    ? { taskArn, protectionEnabled: true, expirationDate: protectedUntil / 1000 }
    : { taskArn, protectionEnabled: false };
}
