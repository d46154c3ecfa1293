// What keeps data and tells people: alarms, dead letters, retention, and what production adds.
import { describe, expect, it } from "vitest";
import { functions } from "../../functions/wiring.ts";
import { routes } from "../../functions/routes.ts";
import { queues, schedules } from "../../functions/triggers.ts";
import { machines } from "../../state-machines/contract.ts";
import { type Graph, type Resource, resourceOf, resourcesOf } from "./synth/graph.ts";

export function safetySuite(test: () => Graph, production: () => Graph): void {
  const alarms = (metric: string): Resource[] =>
    resourcesOf(test(), "aws:cloudwatch/metricAlarm:MetricAlarm").filter(
      (alarm) => alarm.inputs["metricName"] === metric,
    );

  describe("alarms", () => {
    it.each(machines)("tell when an execution of $name fails, times out or is aborted", ({ name }) => {
      const dimensions = { StateMachineArn: `arn:aws:states:eu-west-1:123456789012:stateMachine:hangar-test-${name}` };
      for (const metric of ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"]) {
        expect(alarms(metric).map((alarm) => alarm.inputs["dimensions"])).toContainEqual(dimensions);
      }
    });

    it.each(queues)("tell of a message $name could not deliver", ({ name }) => {
      const dimensions = { QueueName: `hangar-test-${name.replace(/^hangar-/, "")}-dead` };
      expect(alarms("ApproximateNumberOfMessagesVisible").map((alarm) => alarm.inputs["dimensions"])).toContainEqual(
        dimensions,
      );
    });

    it("tell of an error in every function no machine watches over", () => {
      const direct = [...routes, ...schedules, ...queues.map((queue) => queue.consumer)].map(
        (one) => `hangar-test-${one.function}`,
      );
      const watched = alarms("Errors").map((alarm) => alarm.inputs["dimensions"].FunctionName);
      expect(watched.toSorted()).toEqual([...new Set(direct)].toSorted());
    });

    it.each(schedules)("tell when $function falls silent", (schedule) => {
      const alarm = alarms("Invocations").find(
        (one) => one.inputs["dimensions"].FunctionName === `hangar-test-${schedule.function}`,
      );
      expect(alarm?.inputs).toMatchObject({
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        treatMissingData: "breaching",
      });
    });

    it("reach the topic, all of them, with a sentence on what they mean", () => {
      for (const alarm of resourcesOf(test(), "aws:cloudwatch/metricAlarm:MetricAlarm")) {
        expect(alarm.inputs["alarmActions"], alarm.name).toEqual([expect.stringContaining(":sns:")]);
        expect(alarm.inputs["alarmDescription"], alarm.name).toMatch(/\.$/);
      }
    });
  });

  describe("queues", () => {
    it.each(queues)("move what $name cannot deliver aside, and keep it for a person", ({ name, maxReceiveCount }) => {
      const physical = `hangar-test-${name.replace(/^hangar-/, "")}`;
      const byName = (wanted: string) =>
        resourcesOf(test(), "aws:sqs/queue:Queue").find((one) => one.inputs["name"] === wanted);
      expect(JSON.parse(byName(physical)?.inputs["redrivePolicy"])).toEqual({
        deadLetterTargetArn: `arn:aws:sqs:eu-west-1:123456789012:${physical}-dead`,
        maxReceiveCount,
      });
      expect(byName(`${physical}-dead`)?.inputs["messageRetentionSeconds"]).toBe(1_209_600);
    });

    it("have no queue without a dead letter queue, those aside", () => {
      for (const { inputs } of resourcesOf(test(), "aws:sqs/queue:Queue")) {
        expect(Boolean(inputs["redrivePolicy"]) || inputs["name"].endsWith("-dead"), inputs["name"]).toBe(true);
      }
    });
  });

  describe("logs", () => {
    it("end some day, in every group", () => {
      for (const group of resourcesOf(production(), "aws:cloudwatch/logGroup:LogGroup")) {
        expect(group.inputs["retentionInDays"], group.name).toBeGreaterThan(0);
      }
    });
  });

  describe("network", () => {
    it("lets the internet in on HTTPS alone", () => {
      const open = resourcesOf(test(), "aws:ec2/securityGroup:SecurityGroup").flatMap((group) =>
        (group.inputs["ingress"] ?? [])
          .filter((rule: { cidrBlocks?: string[] }) => rule.cidrBlocks?.includes("0.0.0.0/0"))
          .map((rule: { fromPort: number; toPort: number }) => [group.name, rule.fromPort, rule.toPort]),
      );
      expect(open).toEqual([["HttpsSecurityGroup", 443, 443]]);
    });

    it("lets a function in the network reach the database only if it works with it, and every one of them HTTPS", () => {
      for (const [name, entry] of Object.entries(functions)) {
        if (!("inNetwork" in entry)) continue;
        const made = resourcesOf(test(), "aws:lambda/function:Function").find(
          (one) => one.inputs["name"] === `hangar-test-${name}`,
        );
        const ports: readonly string[] = entry.ports;
        const talks = ["databases", "databaseCopies", "liveDatabase"].some((port) => ports.includes(port));
        const group = talks ? "FunctionSecurityGroup" : "AirflowCallerSecurityGroup";
        expect(made?.inputs["vpcConfig"].securityGroupIds, name).toEqual([group]);
        const { egress } = resourceOf(test(), "aws:ec2/securityGroup:SecurityGroup", group).inputs;
        const toHttps = (rule: { fromPort: number; toPort: number; cidrBlocks: string[]; protocol: string }) =>
          rule.cidrBlocks.includes("0.0.0.0/0") &&
          (rule.protocol === "-1" || (rule.fromPort <= 443 && rule.toPort >= 443));
        expect(egress.some(toHttps), name).toBe(true);
      }
    });

    it("addresses environments by a balancer the functions' own way out leads to", () => {
      const balancer = resourceOf(test(), "aws:lb/loadBalancer:LoadBalancer", "LoadBalancerLoadBalancer");
      expect(balancer.inputs["internal"] ?? false).toBe(false);
      expect(resourcesOf(production(), "aws:ec2/natGateway:NatGateway")).not.toEqual([]);
    });

    it("puts the load balancer behind that group and the database behind tasks and functions", () => {
      const balancer = resourceOf(test(), "aws:lb/loadBalancer:LoadBalancer", "LoadBalancerLoadBalancer");
      expect(balancer.inputs["securityGroups"]).toEqual(["HttpsSecurityGroup"]);
      const database = resourceOf(test(), "aws:ec2/securityGroup:SecurityGroup", "DatabaseSecurityGroup");
      expect(database.inputs["ingress"]).toMatchObject([
        { fromPort: 5432, toPort: 5432, securityGroups: ["TaskSecurityGroup", "FunctionSecurityGroup"] },
      ]);
    });
  });

  describe("production", () => {
    it.each([
      [
        "aws:dynamodb/table:Table",
        "TableTable",
        { deletionProtectionEnabled: true, pointInTimeRecovery: { enabled: true } },
      ],
      ["aws:s3/bucket:Bucket", "ControlBucket", { forceDestroy: false }],
      [
        "aws:rds/cluster:Cluster",
        "Database",
        { deletionProtection: true, skipFinalSnapshot: false, storageEncrypted: true, backupRetentionPeriod: 14 },
      ],
    ])("keeps its data: %s %s is protected and outlives the stack", (type, name, inputs) => {
      const resource = resourceOf(production(), type, name);
      expect(resource.inputs).toMatchObject(inputs);
      expect(resource.retainOnDelete).toBe(true);
    });

    it("refuses to be removed, and survives the loss of a zone", () => {
      expect(production().app).toMatchObject({ removal: "retain", protect: true });
      expect(resourcesOf(production(), "aws:ec2/natGateway:NatGateway")).toHaveLength(2);
      expect(resourcesOf(production(), "aws:rds/clusterInstance:ClusterInstance")).toHaveLength(2);
    });

    it("keeps the versions of the control bucket, for as long as somebody may want them back", () => {
      const versioning = resourceOf(production(), "aws:s3/bucketVersioning:BucketVersioning", "ControlVersioning");
      expect(versioning.inputs["versioningConfiguration"]).toEqual({ status: "Enabled" });
      const lifecycle = resourceOf(
        production(),
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "ControlLifecycle",
      );
      expect(lifecycle.inputs["rules"][0].noncurrentVersionExpiration.noncurrentDays).toBeGreaterThanOrEqual(1);
    });
  });
}
