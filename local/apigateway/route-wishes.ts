// What a request to the MWAA API wants to do, from its route: the action of functions/routes.ts on the environment, the
// Airflow role or the resource that the path names.
import type { RouteWiring } from "../../functions/routes.ts";
import type { Authority, Denial } from "../auth/authority.ts";
import type { ServiceRequest } from "../engine.ts";
import type { Route, RouteMatch } from "./route-match.ts";

/** What a route says of who may take it (functions/routes.ts). */
export type GuardedRoute = Pick<RouteWiring, "action" | "resource">;

/** The roles of Airflow that MWAA knows. */
const airflowRoles = ["Admin", "Op", "User", "Viewer", "Public"] as const;

/** Why the caller may not take this route, or undefined when he may. */
export function routeDenial(
  authority: Authority,
  caller: Pick<ServiceRequest["caller"], "arn" | "accountId">,
  { route: { action, resource }, parameters }: RouteMatch<Route & GuardedRoute>,
  region: string,
): Denial | undefined {
  const wish = `airflow:${action}`;
  const denied = (target: string) => authority.denied(caller.arn, [{ action: wish, target }]);
  const named = `arn:aws:airflow:${region}:${caller.accountId}`;
  // The model calls the environment of a metric's path by another name.
  const { Name, EnvironmentName: name = Name, Role: role, ResourceArn: resourceArn } = parameters;
  if (resource === "any") return denied("*");
  if (resourceArn !== undefined) return denied(resourceArn);
  if (name === undefined) throw new Error(`A route for ${action} names no environment in its path.`);
  if (resource === "environment") return denied(`${named}:environment/${name}`);
  if (role !== undefined) return denied(`${named}:role/${name}/${role}`);
  // The table chooses the role after this: one that may be had is enough, and one that is forbidden forbids the choice.
  const verdicts = [`${named}:environment/${name}`, ...airflowRoles.map((one) => `${named}:role/${name}/${one}`)].map(
    denied,
  );
  const forbidden = verdicts.find((verdict) => verdict?.verdict === "explicitly denied");
  return forbidden ?? (verdicts.includes(undefined) ? undefined : verdicts[0]);
}
