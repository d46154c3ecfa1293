// Stable addresses on Elastic Load Balancing: one target group and one host rule per environment, and a second rule while
// it is closed. Which rules those are says address-rules.ts.
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
import { actsToRemove, actsToSettle, type RuleAct, type WantedAddress } from "./address-rules.ts";

export interface WebAddressSettings {
  readonly listenerArn: string;
  readonly vpcId: string;
  /** Port the web tasks listen on. */
  readonly port: number;
}

const mostLooks = 10;
const mostPages = 20;

/** Addresses behind one listener. */
export function elbWebAddresses(client: ElasticLoadBalancingV2Client, settings: WebAddressSettings): WebAddresses {
  const { listenerArn } = settings;

  const carryOut = (act: RuleAct) => {
    switch (act.kind) {
      case "create":
        return client.send(
          new CreateRuleCommand({
            ListenerArn: listenerArn,
            Priority: act.priority,
            Conditions: act.conditions,
            Actions: act.actions,
          }),
        );
      case "modify":
        return client.send(
          new ModifyRuleCommand({ RuleArn: act.arn, Conditions: act.conditions, Actions: act.actions }),
        );
      case "delete":
        return gone(() => client.send(new DeleteRuleCommand({ RuleArn: act.arn })));
    }
  };

  const settle = async (wanted: WantedAddress) => {
    for (let look = 0; look < mostLooks; look++) {
      try {
        for (const act of actsToSettle(await rulesOf(client, listenerArn), wanted)) await carryOut(act);
        return;
      } catch (error) {
        if (named(error, "TooManyRulesException", "TooManyRules")) throw tooManyRules(wanted);
        // another environment took the number, or the rule went away: look again
        if (!named(error, "PriorityInUseException", "PriorityInUse", "RuleNotFoundException", "RuleNotFound"))
          throw error;
      }
    }
    throw new HangarError(
      "ConcurrentChange",
      `The listener's rules changed ${mostLooks} times while those for ${wanted.host} were made. Try again.`,
    );
  };

  return {
    async ensure({ targetGroup, host, healthPath, closed = false }) {
      const arn =
        (await findTargetGroup(client, targetGroup)) ??
        (await createTargetGroup(client, settings, targetGroup, healthPath));
      await settle({ host, targetGroupArn: arn, closed });
      return arn;
    },
    async remove({ targetGroup, host }) {
      const arn = await findTargetGroup(client, targetGroup);
      for (const act of actsToRemove(await rulesOf(client, listenerArn), host, arn)) await carryOut(act);
      if (arn !== undefined) await gone(() => client.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn })));
    },
  };
}

const tooManyRules = ({ host, closed }: WantedAddress) =>
  new HangarError(
    "DependencyUnavailable",
    `The load balancer has as many rules as it may have, so the address ${host} cannot be ${closed ? "closed" : "made"}. Raise the quota "Rules per Application Load Balancer", or delete an environment.`,
  );

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
