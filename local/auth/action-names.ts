// The actions a policy of this region may name. A misspelt one would be a statement that never matches, so it is refused
// with the names it may have meant.
import type { AirflowAction } from "../../functions/routes.ts";
import { fitsGlob } from "../../shared/domain/glob.ts";

/** MWAA's actions. The type makes this list complete: a route's action that is missing here does not compile. */
const airflowActions: Readonly<Record<AirflowAction, true>> = {
  CreateCliToken: true,
  CreateEnvironment: true,
  CreateWebLoginToken: true,
  DeleteEnvironment: true,
  GetEnvironment: true,
  InvokeRestApi: true,
  ListEnvironments: true,
  ListTagsForResource: true,
  PublishMetrics: true,
  TagResource: true,
  UntagResource: true,
  UpdateEnvironment: true,
};

/** Services of the region, by their prefix in policies. Of these only `airflow` has its actions checked by name. */
const services = [
  "airflow",
  "cloudwatch",
  "dynamodb",
  "ecs",
  "elasticloadbalancing",
  "events",
  "iam",
  "logs",
  "s3",
  "secretsmanager",
  "sqs",
  "states",
  "sts",
] as const;

/** What is wrong with an action pattern of a policy, or undefined. */
export function checkActionPattern(pattern: string): string | undefined {
  if (pattern === "*") return undefined;
  const [, service, action] = /^([A-Za-z0-9-]+):([A-Za-z*?]+)$/.exec(pattern) ?? [];
  if (service === undefined || action === undefined) {
    return `${pattern} is no action. Write * or service:Action, e.g. airflow:GetEnvironment.`;
  }
  const prefix = service.toLowerCase();
  if (prefix === "execute-api") {
    return `${pattern} is how Amazon API Gateway asks. This region asks for MWAA's own actions, e.g. airflow:GetEnvironment (docs/access.md).`;
  }
  if (!services.some((known) => known === prefix)) {
    return `this region has no service ${service}.${suggestion(prefix, services)}`;
  }
  if (prefix !== "airflow") return undefined;
  const known = Object.keys(airflowActions);
  if (known.some((name) => fitsGlob(action.toLowerCase(), name.toLowerCase()))) return undefined;
  return `airflow has no action ${action}.${suggestion(action, known)}`;
}

function suggestion(meant: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, distance: distance(meant.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3);
  if (near.length > 0) return ` Did you mean ${near.map(({ name }) => name).join(", ")}?`;
  return ` There are ${known.join(", ")}.`;
}

/** Levenshtein's distance: how many letters must be put in, taken out or changed. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change));
    }
    row = next;
  }
  return row[to.length]!;
}
