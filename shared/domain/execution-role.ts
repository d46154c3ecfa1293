// The role a request names: looked through at the source bucket and lent to DAG code, never a task's own (design, section 9).
import { HangarError } from "./errors.ts";
import type { EnvironmentItem } from "./items.ts";
import type { Pool } from "./pool.ts";

/** What AssumeRole is asked for, whoever asks. */
export interface ExecutionRole {
  readonly roleArn: string;
  /** The environment's ARN: a role that asks for it is lent to no other environment. */
  readonly externalId: string;
  /** The environment's id: what CloudTrail and bucket policies see behind the role's name. */
  readonly sessionName: string;
}

/** The role of an environment, or of one that is being planned. */
export const executionRoleOf = (
  environment: Pick<EnvironmentItem, "arn" | "environmentId"> & {
    readonly settings: Pick<EnvironmentItem["settings"], "executionRoleArn">;
  },
): ExecutionRole => ({
  roleArn: environment.settings.executionRoleArn,
  externalId: environment.arn,
  sessionName: environment.environmentId,
});

/** Whom a role must trust: this account, whose functions and tasks are allowed to ask for it (stacks/permissions.ts). */
export const hangarPrincipal = (pool: Pick<Pool, "partition" | "accountId">): string =>
  `arn:${pool.partition}:iam::${pool.accountId}:root`;

/** The role may not be assumed. @param cause what STS answered */
export const roleRefused = (role: ExecutionRole, principal: string, cause?: unknown): HangarError =>
  new HangarError(
    "ExecutionRoleRefused",
    `The execution role ${role.roleArn} cannot be assumed. Its trust policy must allow sts:AssumeRole to the principal ${principal} with the external id ${role.externalId} (docs/access.md, "The execution role").`,
    cause === undefined ? {} : { cause },
  );
