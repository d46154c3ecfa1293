// The engine and the real load balancer process together: what is declared through the API is what a client is served.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteRuleCommand,
  DescribeTargetHealthCommand,
  ModifyRuleCommand,
  type RuleCondition,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LoadBalancerProcess, startLoadBalancer } from "../../../local/loadbalancer/start.ts";
import {
  ask,
  askWho,
  freePort,
  startWebTarget,
  until,
  type WebTarget,
} from "../../../local/loadbalancer/testing/web-target.ts";
import { type ElbRegion, startElbRegion } from "./region.ts";

const host = "127.77.0.21";
let folder: string;
let port: number;
let region: ElbRegion;
let balancer: LoadBalancerProcess;
const targets: WebTarget[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "load-balancer-"));
  port = await freePort();
  region = await startElbRegion({
    port,
    onChange: (configuration) => balancer.configure(configuration),
    status: () => balancer.status(),
  });
  balancer = await startLoadBalancer({ folder, configuration: region.engine.configuration() });
});
afterEach(async () => {
  await balancer.stop();
  await region.close();
  await Promise.all(targets.splice(0).map((target) => target.close()));
  rmSync(folder, { recursive: true, force: true });
});

test("a task that is registered is served once healthy, closed but for a path, replaced without a gap, and gone with its rule", async () => {
  const created = await region.client.send(
    new CreateTargetGroupCommand({
      Name: "web",
      Protocol: "HTTP",
      Port: 8080,
      TargetType: "ip",
      HealthCheckPath: "/health",
    }),
  );
  const group = created.TargetGroups![0]!.TargetGroupArn!;
  const rule = await region.client.send(
    new CreateRuleCommand({
      ListenerArn: region.engine.listenerArn,
      Priority: 1,
      Conditions: [{ Field: "host-header", Values: [host] }],
      Actions: [{ Type: "forward", TargetGroupArn: group }],
    }),
  );
  const [old, fresh] = [await startWebTarget("old"), await startWebTarget("fresh")];
  targets.push(old, fresh);
  const isHealthy = async ({ port: wanted }: WebTarget) => {
    const answer = await region.client.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: group, Targets: [{ Id: "127.0.0.1", Port: wanted }] }),
    );
    return answer.TargetHealthDescriptions![0]!.TargetHealth!.State === "healthy";
  };
  await region.engine.register(group, { ...old.target, id: "task/old" });
  await until(() => isHealthy(old));
  expect(await askWho(host, port)).toBe("old");

  const notice = await region.client.send(
    new CreateRuleCommand({
      ListenerArn: region.engine.listenerArn,
      Priority: 2,
      Conditions: [{ Field: "host-header", Values: [host] }],
      Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "503", MessageBody: "Closed." } }],
    }),
  );
  const narrowed = (...more: RuleCondition[]) =>
    region.client.send(
      new ModifyRuleCommand({
        RuleArn: rule.Rules![0]!.RuleArn!,
        Conditions: [{ Field: "host-header", Values: [host] }, ...more],
      }),
    );
  await narrowed({ Field: "path-pattern", Values: ["/execution/*"] });
  await until(async () => (await ask(host, port)).text === "Closed.");
  expect(await askWho(host, port, { path: "/execution/run" })).toBe("old");
  await narrowed();
  await region.client.send(new DeleteRuleCommand({ RuleArn: notice.Rules![0]!.RuleArn! }));
  await until(async () => (await askWho(host, port)) === "old");

  await region.engine.register(group, { ...fresh.target, id: "task/fresh" });
  await until(() => isHealthy(fresh));
  await region.engine.deregister(group, "task/old");
  await old.close(); // as ECS does: stopped only after it was drained
  for (let index = 0; index < 10; index += 1) expect(await askWho(host, port)).toBe("fresh");

  await region.client.send(new DeleteRuleCommand({ RuleArn: rule.Rules![0]!.RuleArn! }));
  await until(async () => (await askWho(host, port).catch(() => "refused")) !== "fresh");
});
