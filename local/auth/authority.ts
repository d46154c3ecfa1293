// Who may do what: finds the policies of whoever signed a request and asks them. Deny by default.
import { assumedRolePolicy, buildersPolicy, functionsPolicy, namedPolicies, tasksPolicy } from "./built-in-policies.ts";
import { compilePolicies, type Policies, type Target, type Verdict } from "./evaluate.ts";
import type { Principal, PrincipalId, PrincipalStore } from "./principals.ts";

/** One thing a request wants to do. */
export interface Wish {
  /** e.g. `s3:GetObject` */
  readonly action: string;
  readonly target: Target;
}

/** Why a request is turned away. */
export interface Denial extends Wish {
  readonly verdict: Exclude<Verdict, "allowed">;
}

/** Answers for one region. Both questions are decided by the policies of this moment: nothing is remembered of older ones. */
export interface Authority {
  /**
   * The first wish that is not allowed, or undefined when all are.
   * @param arn of the caller, as the front door verified it
   */
  denied(arn: string, wishes: readonly Wish[]): Denial | undefined;
  /** The verdict on an action whatever it is done to, when the caller's policies say that much. */
  verdictOf(arn: string, action: string): Verdict | undefined;
}

/** The principals that are always there; their policies cannot be changed. */
const builtIn: Readonly<Record<string, Policies>> = {
  "user/operator": compilePolicies([namedPolicies.admin]),
  "role/hangar-functions": compilePolicies([functionsPolicy]),
  "role/hangar-tasks": compilePolicies([tasksPolicy]),
  "role/hangar-builders": compilePolicies([buildersPolicy]),
};
const ofRolesWithout = compilePolicies([assumedRolePolicy]);
const nothing = compilePolicies([]);

/** Asks the store anew for each request; compiled policies live as long as the stored principal they are made of. */
export function createAuthority(principals: PrincipalStore): Authority {
  const compiled = new WeakMap<Principal, Policies>();

  const policiesOf = (arn: string): Policies => {
    const id = principalOf(arn);
    if (id === undefined) return nothing;
    const always = Object.hasOwn(builtIn, id) ? builtIn[id] : undefined;
    if (always) return always;
    const principal = principals.get(id);
    if (principal === undefined) return id.startsWith("role/") ? ofRolesWithout : nothing;
    let policies = compiled.get(principal);
    if (policies === undefined) {
      policies = compilePolicies(Object.values(principal.policies));
      compiled.set(principal, policies);
    }
    return policies;
  };

  return {
    denied(arn, wishes) {
      const policies = policiesOf(arn);
      for (const wish of wishes) {
        const verdict = policies.decide(wish.action, wish.target);
        if (verdict !== "allowed") return { ...wish, verdict };
      }
      return undefined;
    },
    verdictOf: (arn, action) => policiesOf(arn).decideWithoutTarget(action),
  };
}

/** A user by its name; an assumed role by the role's, whatever the session is called. */
function principalOf(arn: string): PrincipalId | undefined {
  const [, kind, name] = /^arn:[^:]+:(?:iam|sts)::\d{12}:(user|assumed-role)\/([^/]+)/.exec(arn) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  return kind === "user" ? `user/${name}` : `role/${name}`;
}

/** A denial in IAM's own words, and what to do. */
export function denialMessage(arn: string, { action, target, verdict }: Denial): string {
  const resource = typeof target === "string" ? target : `${target.within}*`;
  const because =
    verdict === "explicitly denied"
      ? "with an explicit deny in an identity-based policy"
      : `because no identity-based policy allows the ${action} action`;
  // Airflow's MwaaHook looks for the words "Airflow role" before it falls back to signing in.
  const role = action === "airflow:InvokeRestApi" ? " No Airflow role of the environment is granted to this user." : "";
  const who = /:user\/([^/]+)$/.exec(arn)?.[1];
  const fix = who === undefined ? "hangar exec -- aws iam put-role-policy" : `hangar auth policy ${who} FILE`;
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${because}.${role} Whoever may change policies can allow it: ${fix}`;
}
