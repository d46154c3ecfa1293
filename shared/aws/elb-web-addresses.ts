// Stable addresses on Elastic Load Balancing: one target group and one host rule per environment.
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  type Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { HangarError } from "../domain/errors.ts";
import type { WebAddresses } from "../ports/web-addresses.ts";

export interface WebAddressSettings {
  readonly listenerArn: string;
  readonly vpcId: string;
  /** Port the web tasks listen on. */
  readonly port: number;
}

const highestPriority = 50_000;
const priorityAttempts = 10;
const mostPages = 20;

/** Addresses behind one listener. */
export function elbWebAddresses(client: ElasticLoadBalancingV2Client, settings: WebAddressSettings): WebAddresses {
  const { listenerArn } = settings;

  const ensureRule = async (host: string, targetGroupArn: string) => {
    const Actions = [{ Type: "forward" as const, TargetGroupArn: targetGroupArn }];
    const Conditions = [{ Field: "host-header", HostHeaderConfig: { Values: [host] } }];
    for (let attempt = 0; attempt < priorityAttempts; attempt++) {
      const rules = await rulesOf(client, listenerArn);
      const found = rules.find((rule) => hostsOf(rule).includes(host));
      if (found && forwardsTo(found, targetGroupArn)) return;
      try {
        if (found) await client.send(new ModifyRuleCommand({ RuleArn: found.RuleArn, Actions }));
        else
          await client.send(
            new CreateRuleCommand({ ListenerArn: listenerArn, Priority: freePriority(rules), Conditions, Actions }),
          );
        return;
      } catch (error) {
        // another environment took the number, or the rule went away: look again
        if (!named(error, "PriorityInUseException", "PriorityInUse", "RuleNotFoundException", "RuleNotFound"))
          throw error;
      }
    }
    throw new HangarError(
      "ConcurrentChange",
      `The listener's rules changed ${priorityAttempts} times while one for ${host} was made. Try again.`,
    );
  };

  return {
    async ensure({ targetGroup, host, healthPath }) {
      const arn =
        (await findTargetGroup(client, targetGroup)) ??
        (await createTargetGroup(client, settings, targetGroup, healthPath));
      await ensureRule(host, arn);
      return arn;
    },
    async remove({ targetGroup }) {
      // a rule of this host may already point to a newer target group: only what points to this one goes
      const arn = await findTargetGroup(client, targetGroup);
      if (arn === undefined) return;
      for (const rule of await rulesOf(client, listenerArn)) {
        if (forwardsTo(rule, arn)) await gone(() => client.send(new DeleteRuleCommand({ RuleArn: rule.RuleArn })));
      }
      await gone(() => client.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn })));
    },
  };
}

async function createTargetGroup(
  client: ElasticLoadBalancingV2Client,
  { vpcId, port }: WebAddressSettings,
  name: string,
  healthPath: string,
): Promise<string> {
  if (name.length > 32) throw new Error(`A target group's name has at most 32 characters: ${name} has ${name.length}.`);
  const answer = await client.send(
    new CreateTargetGroupCommand({
      Name: name,
      Protocol: "HTTP",
      Port: port,
      VpcId: vpcId,
      TargetType: "ip",
      HealthCheckProtocol: "HTTP",
      HealthCheckPath: healthPath,
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 4,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: "200" },
    }),
  );
  return answer.TargetGroups![0]!.TargetGroupArn!;
}

async function findTargetGroup(client: ElasticLoadBalancingV2Client, name: string): Promise<string | undefined> {
  try {
    const answer = await client.send(new DescribeTargetGroupsCommand({ Names: [name] }));
    return answer.TargetGroups?.[0]?.TargetGroupArn;
  } catch (error) {
    if (named(error, "TargetGroupNotFoundException", "TargetGroupNotFound")) return undefined;
    throw error;
  }
}

async function rulesOf(client: ElasticLoadBalancingV2Client, ListenerArn: string): Promise<readonly Rule[]> {
  const rules: Rule[] = [];
  let Marker: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const answer = await client.send(
      new DescribeRulesCommand({ ListenerArn, ...(Marker === undefined ? {} : { Marker }) }),
    );
    rules.push(...(answer.Rules ?? []));
    Marker = answer.NextMarker;
    if (!Marker) break;
  }
  return rules;
}

/** The lowest number no rule has; the default rule's priority is a word. */
function freePriority(rules: readonly Rule[]): number {
  const taken = new Set(rules.map((rule) => Number(rule.Priority)));
  for (let priority = 1; priority <= highestPriority; priority++) if (!taken.has(priority)) return priority;
  throw new HangarError("DependencyUnavailable", "The load balancer's listener has no free rule priority left.");
}

const hostsOf = (rule: Rule): readonly string[] =>
  (rule.Conditions ?? [])
    .filter(({ Field }) => Field === "host-header")
    .flatMap((one) => one.HostHeaderConfig?.Values ?? one.Values ?? []);

const forwardsTo = (rule: Rule, targetGroupArn: string): boolean =>
  (rule.Actions ?? []).some(
    (action) =>
      action.TargetGroupArn === targetGroupArn ||
      action.ForwardConfig?.TargetGroups?.some((group) => group.TargetGroupArn === targetGroupArn),
  );

async function gone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!named(error, "RuleNotFoundException", "RuleNotFound", "TargetGroupNotFoundException", "TargetGroupNotFound"))
      throw error;
  }
}

const named = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);
