// The roles of a graph and what their policies say.
import { type Graph, type Resource, resourceOf, resourcesOf } from "./synth/graph.ts";

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  /** Who may assume it: `Service:lambda.amazonaws.com`. */
  readonly trusted: readonly string[];
  readonly policy: { readonly Version: string; readonly Statement: readonly Statement[] };
  readonly managed: readonly string[];
}

export const roles = (graph: Graph): readonly Role[] => resourcesOf(graph, "aws:iam/role:Role").map(role);

/** The role of a function, by its logical name. */
export function roleOf(graph: Graph, functionName: string): Role {
  return role(resourceOf(graph, "aws:iam/role:Role", `${functionName}Role`));
}

function role({ name, inputs }: Resource): Role {
  const statements = (inputs["inlinePolicies"] ?? []).flatMap(
    (inline: { policy: string }) => (JSON.parse(inline.policy) as { Statement: Statement[] }).Statement,
  );
  const trust =
    typeof inputs["assumeRolePolicy"] === "string"
      ? JSON.parse(inputs["assumeRolePolicy"])
      : inputs["assumeRolePolicy"];
  return {
    name,
    arn: `arn:aws:iam::123456789012:role/${inputs["name"] ?? name}`,
    trusted: trust.Statement.flatMap((one: { Principal: Record<string, string | string[]> }) =>
      Object.entries(one.Principal).flatMap(([type, who]) => [who].flat().map((principal) => `${type}:${principal}`)),
    ),
    policy: { Version: "2012-10-17", Statement: statements },
    managed: inputs["managedPolicyArns"] ?? [],
  };
}
