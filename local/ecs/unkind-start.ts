// Starts a task as slowly as Fargate does, in small: it takes 45 to 90 s there to find a place, fetch the image and begin.
// Now and then it does not succeed at all.
import { chanceOf } from "../unkind/chance.ts";
import { between, type Unkind } from "../unkind/unkind.ts";
import type { TaskRecord } from "./records.ts";

const startMilliseconds = [2000, 8000] as const;

export interface UnkindStart {
  readonly provisioningMilliseconds: number;
  readonly pendingMilliseconds: number;
  /** Why it will not start, in ECS's words ("Amazon ECS stopped task error messages"). */
  readonly failure?: string;
}

/**
 * How this start shall go. Only tasks of services fail: nobody starts another in place of a one-off task.
 * @param family of the task's definition
 */
export function planUnkindStart(unkind: Unkind, task: TaskRecord, family: string): UnkindStart {
  const size = unkind.strikes("task-slow-start", family);
  const whole = size === undefined ? 0 : between(...startMilliseconds, size);
  const provisioningMilliseconds = Math.round(whole * chanceOf(size ?? 0, "provisioning"));
  const fails = task.serviceArn !== undefined && unkind.strikes("task-start-failure", family) !== undefined;
  return {
    provisioningMilliseconds,
    pendingMilliseconds: whole - provisioningMilliseconds,
    ...(fails ? { failure: "Timeout waiting for network interface provisioning to complete." } : {}),
  };
}
