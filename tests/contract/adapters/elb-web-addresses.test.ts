// The load balancer adapter on the region's Elastic Load Balancing.
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createElbEngine, type ElbEngine } from "../../../local/elbv2/engine.ts";
import { elbWebAddresses } from "../../../shared/aws/elb-web-addresses.ts";
import { DescribeRulesCommand, DescribeTargetGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type EngineUnderTest, serveEngine } from "../serve.ts";
import { webAddressesContract } from "./web-addresses.suite.ts";

let served: EngineUnderTest<ElbEngine>;
let client: ElasticLoadBalancingV2Client;

beforeAll(async () => {
  served = await serveEngine((context) =>
    createElbEngine(context, { port: 8080, onChange: () => {}, status: () => undefined }),
  );
  client = new ElasticLoadBalancingV2Client(served.client);
});

afterAll(async () => {
  client.destroy();
  await served.close();
});

const addresses = () =>
  elbWebAddresses(client, { listenerArn: served.engine.listenerArn, vpcId: "vpc-0123456789abcdef0", port: 8080 });

const targetGroups = async () => (await client.send(new DescribeTargetGroupsCommand({}))).TargetGroups ?? [];

webAddressesContract(() => ({
  addresses: addresses(),
  async forwardedTo(host) {
    const { Rules = [] } = await client.send(new DescribeRulesCommand({ ListenerArn: served.engine.listenerArn }));
    const rule = Rules.find(({ Conditions }) => Conditions?.[0]?.HostHeaderConfig?.Values?.includes(host));
    return rule?.Actions?.[0]?.TargetGroupArn;
  },
  targetGroups: async () => (await targetGroups()).map(({ TargetGroupName }) => TargetGroupName!).sort(),
}));

test("web tasks are asked on their own port for their health, as addresses of their own", async () => {
  const address = { targetGroup: "hangar-e1234567890-g9", host: "127.70.0.1", healthPath: "/api/v2/version" };
  await addresses().ensure(address);
  const [group] = await targetGroups();
  expect(group).toMatchObject({ Port: 8080, Protocol: "HTTP", TargetType: "ip", HealthCheckPath: "/api/v2/version" });
  await addresses().remove(address);
});

test("a name longer than a target group may have is refused before anything is made", async () => {
  await expect(
    addresses().ensure({ targetGroup: "x".repeat(33), host: "127.70.0.2", healthPath: "/" }),
  ).rejects.toThrow(/at most 32/);
  expect(await targetGroups()).toEqual([]);
});
