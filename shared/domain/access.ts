// Who gets which Airflow role, and the tokens that carry it (design, section 9; MWAA API: CreateWebLoginToken).
import { HangarError } from "./errors.ts";
import { fitsStars } from "./glob.ts";
import type { AccessEntry, AirflowRole, EnvironmentItem } from "./items.ts";

/** MWAA user guide: web login and CLI tokens live for a minute. */
export const tokenSeconds = 60;
/** Airflow user names of MWAA are this long at most. */
const identityLength = 64;

/** What a token of the control plane says; signed with the environment's Ed25519 key (dataplane/README.md). */
export interface TokenClaims {
  readonly iss: "hangar";
  readonly aud: string;
  readonly sub: string;
  readonly role: AirflowRole;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

/**
 * The claims of one token: for one environment, one use, one minute.
 * @param use `web` signs in a browser or a program, `cli` runs one command
 * @param jti random; a token is accepted once
 */
export function tokenClaims(input: {
  readonly environmentId: string;
  readonly use: "web" | "cli";
  readonly identity: string;
  readonly role: AirflowRole;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly jti: string;
}): TokenClaims {
  const iat = Math.floor(input.now / 1000);
  return {
    iss: "hangar",
    aud: `${input.environmentId}/${input.use}`,
    sub: input.identity,
    role: input.role,
    iat,
    exp: iat + tokenSeconds,
    jti: input.jti,
  };
}

/**
 * The role of a caller: what the path grants, which IAM has allowed by then; else the first entry of the record's table
 * whose pattern fits; else Public.
 */
export function airflowRoleOf(
  access: readonly AccessEntry[],
  callerArn: string,
  asked: AirflowRole | undefined,
): AirflowRole {
  return asked ?? access.find(({ principal }) => matches(principal, callerArn))?.role ?? "Public";
}

/**
 * The same, where a role is needed. The words `Airflow role` matter: Airflow's own MWAA hook looks for them and then
 * signs in by token (apache-airflow-providers-amazon, MwaaHook).
 * @throws AirflowRoleMissing for Public
 */
export function neededRole(
  environment: EnvironmentItem,
  callerArn: string,
  asked: AirflowRole | undefined,
): AirflowRole {
  const role = airflowRoleOf(environment.access, callerArn, asked);
  if (role !== "Public") return role;
  throw new HangarError(
    "AirflowRoleMissing",
    `${callerArn} has no Airflow role in environment ${environment.name}. Have an entry for it put into the environment's access table (PUT /environments/${environment.name}/access).`,
  );
}

/** `user/name` or `assumed-role/role/session`: what CreateWebLoginToken answers as IamIdentity. */
export const iamIdentity = (callerArn: string): string => callerArn.split(":").slice(5).join(":");

/** The same as a name of at most 64 characters for Airflow; longer ones end in a hash. @param digest hex sha256 of a text */
export function airflowIdentity(callerArn: string, digest: (text: string) => string): string {
  const identity = iamIdentity(callerArn);
  if (identity.length <= identityLength) return identity;
  return `${identity.slice(0, identityLength - 17)}-${digest(callerArn).slice(0, 16)}`;
}

/**
 * Patterns as IAM reads them in ArnLike: each of an ARN's six parts by itself, `*` for any characters within one, so that
 * no part can be made up in another (paths of users and roles may hold colons). A bare `*` is everybody. `?` is a character
 * like any other here: an entry that was written for one principal must not come to fit others.
 */
function matches(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const own = partsOf(arn);
  return partsOf(pattern).every((part, at) => fitsStars(part, own[at]!));
}

/** Always six: the last one keeps its colons; those that are not there are empty. */
function partsOf(arn: string): readonly string[] {
  const parts = arn.split(":");
  return [...Array.from({ length: 5 }, (_, at) => parts[at] ?? ""), parts.slice(5).join(":")];
}
