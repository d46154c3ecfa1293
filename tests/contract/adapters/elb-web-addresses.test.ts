// The load balancer adapter on the region's Elastic Load Balancing.
import {
  CreateRuleCommand,
  DeleteRuleCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createElbEngine, type ElbEngine } from "../../../local/elbv2/engine.ts";
import { routeRequest } from "../../../local/loadbalancer/routing.ts";
import { elbWebAddresses } from "../../../shared/aws/elb-web-addresses.ts";
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

const settings = () => ({
  ...{ listenerArn: served.engine.listenerArn, vpcId: "vpc-0123456789abcdef0", port: 8080 },
});
const addresses = () => elbWebAddresses(client, settings());

const targetGroups = async () => (await client.send(new DescribeTargetGroupsCommand({}))).TargetGroups ?? [];

/** What the load balancer would do with the engine's rules as they are. */
function answeredBy(host: string, path: string): string | undefined {
  const action = routeRequest(served.engine.configuration().rules, host, host, path);
  if (!action) return undefined;
  return "targetGroup" in action ? action.targetGroup : "closed";
}

webAddressesContract(() => ({
  addresses: addresses(),
  answeredBy,
  targetGroups: async () => (await targetGroups()).map(({ TargetGroupName }) => TargetGroupName!).sort(),
}));

/** Addresses whose process dies before its next write but `writes`. */
function mortal(writes: number) {
  const dying = new ElasticLoadBalancingV2Client({ ...served.client, maxAttempts: 1 });
  let left = writes;
  dying.middlewareStack.add(
    (next, context) => (args) => {
      if (!String(context["commandName"]).startsWith("Describe") && left-- === 0) throw new Error("killed");
      return next(args);
    },
    { step: "initialize" },
  );
  return elbWebAddresses(dying, settings());
}

test("cut off between any two writes, closing, moving and opening never open a closed address or cut tasks off", async () => {
  const at = (generation: number, closed: boolean) => ({
    ...{ targetGroup: `hangar-e1234567890-g${generation}`, host: "127.70.0.3", healthPath: "/", closed },
  });
  const first = await addresses().ensure(at(1, false));
  const wishes = [at(1, true), at(2, true), at(1, true), at(2, false), at(1, true), at(1, false)];
  for (const wish of wishes) {
    const was = answeredBy("127.70.0.3", "/home");
    for (let writes = 0; writes < 5; writes++) {
      const ended = await mortal(writes)
        .ensure(wish)
        .then(
          () => true,
          () => false,
        );
      const second = (await targetGroups()).find(({ TargetGroupName }) => TargetGroupName?.endsWith("-g2"));
      const now = wish.closed ? "closed" : wish.targetGroup.endsWith("1") ? first : second!.TargetGroupArn;
      expect([was, now]).toContain(answeredBy("127.70.0.3", "/home"));
      expect([first, second?.TargetGroupArn]).toContain(answeredBy("127.70.0.3", "/execution/run"));
      if (ended) break;
      expect(writes).toBeLessThan(4);
    }
    await addresses().ensure(wish);
  }
  for (const { targetGroup, host } of [at(1, false), at(2, false)]) await addresses().remove({ targetGroup, host });
  expect(served.engine.configuration().rules).toEqual([]);
});

test("a load balancer that is full refuses to close an address in words, leaves it open, and can still open one", async () => {
  const open = { targetGroup: "hangar-e1234567890-g1", host: "127.70.0.4", healthPath: "/" };
  const closed = { targetGroup: "hangar-e1234567891-g1", host: "127.70.0.5", healthPath: "/" };
  const arn = await addresses().ensure(open);
  const other = await addresses().ensure({ ...closed, closed: true });
  const filler: string[] = [];
  for (let priority = 100; filler.length < 97; priority++) {
    const made = await client.send(
      new CreateRuleCommand({
        ListenerArn: served.engine.listenerArn,
        Priority: priority,
        Conditions: [{ Field: "host-header", Values: [`h${priority}.localhost`] }],
        Actions: [{ Type: "forward", TargetGroupArn: arn }],
      }),
    );
    filler.push(made.Rules![0]!.RuleArn!);
  }
  await expect(addresses().ensure({ ...open, closed: true })).rejects.toThrow(/as many rules as it may have.*quota/);
  expect(answeredBy(open.host, "/home")).toBe(arn);
  await addresses().ensure(closed);
  expect(answeredBy(closed.host, "/home")).toBe(other);
  await Promise.all(filler.map((RuleArn) => client.send(new DeleteRuleCommand({ RuleArn }))));
  for (const one of [open, closed]) await addresses().remove(one);
});

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
