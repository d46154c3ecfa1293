// What a page may ask of the API through the proxy: the operations of the service model, and Hangar's own beside them.
// Data, not patterns: a path that is not listed is not forwarded.
import { readFileSync } from "node:fs";
import { matcher } from "../../local/apigateway/route-match.ts";

export interface AllowedRoute {
  readonly method: string;
  /** `{…}` is one segment. */
  readonly path: string;
}

/** Hangar's extensions (docs/api.md). */
const extensions: readonly AllowedRoute[] = [
  { method: "GET", path: "/offerings" },
  { method: "POST", path: "/environments/{Name}/plan" },
  { method: "GET", path: "/environments/{Name}/operations" },
  { method: "GET", path: "/environments/{Name}/operations/{Id}" },
  { method: "POST", path: "/environments/{Name}/operations/{Id}/cancel" },
  { method: "POST", path: "/environments/{Name}/operations/{Id}/resume" },
  { method: "GET", path: "/environments/{Name}/access" },
  { method: "PUT", path: "/environments/{Name}/access" },
  { method: "GET", path: "/environments/{Name}/configuration" },
  { method: "GET", path: "/environments/{Name}/upgrades" },
  { method: "POST", path: "/environments/{Name}/pending" },
  { method: "DELETE", path: "/environments/{Name}/pending" },
  { method: "GET", path: "/environments/{Name}/window" },
  { method: "POST", path: "/environments/{Name}/window/skip" },
  { method: "POST", path: "/environments/{Name}/window/defer" },
  { method: "POST", path: "/environments/{Name}/upgrade-checks" },
  { method: "GET", path: "/environments/{Name}/upgrade-checks" },
  { method: "GET", path: "/environments/{Name}/upgrade-checks/{CheckId}" },
  { method: "GET", path: "/environments/{Name}/snapshots" },
  { method: "POST", path: "/environments/{Name}/snapshots" },
  { method: "POST", path: "/environments/{Name}/snapshots/{Snapshot}/restore" },
  { method: "DELETE", path: "/environments/{Name}/snapshots/{Snapshot}" },
  { method: "GET", path: "/snapshots" },
  { method: "DELETE", path: "/snapshots/{Snapshot}" },
  { method: "POST", path: "/snapshots/{Snapshot}/environments" },
  { method: "GET", path: "/environments/{Name}/releases" },
  { method: "GET", path: "/environments/{Name}/releases/{Number}" },
  { method: "POST", path: "/environments/{Name}/releases/{Number}/rollback" },
  { method: "GET", path: "/environments/{Name}/sync" },
  { method: "POST", path: "/webtoken/{Name}/roles/{Role}" },
  { method: "POST", path: "/restapi/{Name}/roles/{Role}" },
];

const model = new URL("../../contracts/mwaa-2020-07-01.service-2.json", import.meta.url);

/** All of them, read anew from the model. */
export function allowedRoutes(): readonly AllowedRoute[] {
  const { operations } = JSON.parse(readFileSync(model, "utf8")) as {
    operations: Record<string, { http: { method: string; requestUri: string } }>;
  };
  const modelled = Object.values(operations).map(({ http }) => ({ method: http.method, path: http.requestUri }));
  return [...modelled, ...extensions];
}

/** @param readOnly leaves GET @returns whether a method may be called on a raw path, which has passed `pathProblem` */
export function allowList(
  routes: readonly AllowedRoute[],
  readOnly: boolean,
): (method: string, rawPath: string) => boolean {
  const left = routes.filter(({ method }) => !readOnly || method === "GET");
  const match = matcher(left.map((route) => ({ ...route, function: "" })));
  return (method, rawPath) => typeof match(method, rawPath) === "object";
}
