// Every entry of functions/wiring.ts, routes.ts and triggers.ts has its place in AWS.
import { describe, expect, it } from "vitest";
import { functions } from "../../functions/wiring.ts";
import { routes } from "../../functions/routes.ts";
import { patternOf, queues, rules, schedules } from "../../functions/triggers.ts";
import { expiryAttribute, tableSchema } from "../../shared/aws/table-schema.ts";
import { Pool } from "../../shared/domain/pool.ts";
import { providedPorts } from "./adapter-calls.ts";
import { type Graph, type Resource, resourceOf, resourcesOf } from "./synth/graph.ts";

export function wiringSuite(graph: () => Graph): void {
  const lambda = (name: string): Resource => {
    const found = resourcesOf(graph(), "aws:lambda/function:Function").find(
      (one) => one.inputs["name"] === `hangar-test-${name}`,
    );
    if (!found) throw new Error(`No function hangar-test-${name}.`);
    return found;
  };
  const arn = (name: string) => `arn:aws:lambda:eu-west-1:123456789012:function:hangar-test-${name}`;

  describe("the wiring in AWS", () => {
    it("makes one function for each entry, and no other", () => {
      const names = resourcesOf(graph(), "aws:lambda/function:Function").map((one) => one.inputs["name"]);
      expect(names.toSorted()).toEqual(
        Object.keys(functions)
          .map((name) => `hangar-test-${name}`)
          .toSorted(),
      );
    });

    it.each(Object.entries(functions))("gives %s its time-out, memory, runtime and place", (name, entry) => {
      const { inputs } = lambda(name);
      expect(inputs).toMatchObject({
        description: entry.purpose,
        timeout: entry.timeoutSeconds,
        memorySize: entry.memoryMegabytes,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        loggingConfig: { logFormat: "JSON" },
      });
      expect("vpcConfig" in inputs).toBe("inNetwork" in entry);
    });

    it.each(Object.entries(functions))(
      "names for %s exactly the ports its handler uses, so its role fits",
      (_, entry) => {
        const wanted = entry.ports.map((port) => port.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
        expect(providedPorts(`${entry.handler.replace(/\.handler$/, "")}.ts`)).toEqual(wanted.toSorted());
      },
    );

    it("hands every function the same pool, in the form the domain reads, within Lambda's 4 KB", () => {
      for (const { inputs } of resourcesOf(graph(), "aws:lambda/function:Function")) {
        const { variables } = inputs["environment"];
        expect(Pool.parse(JSON.parse(variables.HANGAR_POOL)).poolId).toBe("hangar-test");
        expect(variables.HANGAR_STATE_MACHINE_ARN_PREFIX).toBe(
          "arn:aws:states:eu-west-1:123456789012:stateMachine:hangar-test-",
        );
        expect(variables.HANGAR_TABLE).toBe(
          resourceOf(graph(), "aws:dynamodb/table:Table", "TableTable").inputs["name"],
        );
        expect(JSON.stringify(variables).length).toBeLessThan(4096);
      }
    });

    it("offers only Airflow versions whose image has been pushed, under the tag named, and says why for the others", () => {
      const pool = Pool.parse(JSON.parse(lambda("create-environment").inputs["environment"].variables.HANGAR_POOL));
      const image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hangar-test-airflow";
      expect(pool.images["3.3.1"]).toEqual({ image: `${image}:3.3.1-b2` });
      expect(pool.images["2.10.3"]).toEqual({ image: `${image}:2.10.3` });
      expect(pool.images["2.11.2"]).toEqual({ reason: "its image has not been pushed to this deployment" });
    });

    it("serves each route, asks IAM on each, and has no other", () => {
      const made = resourcesOf(graph(), "aws:apigatewayv2/route:Route");
      expect(made.map((route) => route.inputs["routeKey"]).toSorted()).toEqual(
        routes.map((route) => `${route.method} ${route.path}`).toSorted(),
      );
      for (const route of made) expect(route.inputs["authorizationType"], route.name).toBe("AWS_IAM");
    });

    it.each(routes)("leads $method $path to $function", (route) => {
      const made = resourcesOf(graph(), "aws:apigatewayv2/route:Route").find(
        (one) => one.inputs["routeKey"] === `${route.method} ${route.path}`,
      );
      const integration = resourceOf(
        graph(),
        "aws:apigatewayv2/integration:Integration",
        made!.name.replace(/Route$/, "Integration"),
      );
      expect(integration.inputs["integrationUri"]).toBe(arn(route.function));
    });

    it("lets no browser origin call the API", () => {
      expect(resourceOf(graph(), "aws:apigatewayv2/api:Api", "ApiApi").inputs["corsConfiguration"] ?? {}).toEqual({});
    });

    it.each(queues)(
      "feeds $consumer.function from $name in batches, and takes back only the messages that failed",
      (entry) => {
        const queueArn = `arn:aws:sqs:eu-west-1:123456789012:hangar-test-${entry.name.replace(/^hangar-/, "")}`;
        const [mapping] = resourcesOf(graph(), "aws:lambda/eventSourceMapping:EventSourceMapping").filter(
          (one) => one.inputs["eventSourceArn"] === queueArn,
        );
        expect(mapping?.inputs).toMatchObject({
          functionName: arn(entry.consumer.function),
          batchSize: entry.consumer.batchSize,
          functionResponseTypes: ["ReportBatchItemFailures"],
        });
        const window: number = mapping!.inputs["maximumBatchingWindowInSeconds"];
        expect(Number.isInteger(window)).toBe(true);
        expect(window).toBeGreaterThanOrEqual(entry.consumer.batchWindowSeconds);
        // Lambda refuses a batch of more than ten without a window, and a queue whose messages reappear too early.
        expect(window >= 1 || entry.consumer.batchSize <= 10).toBe(true);
        expect(entry.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(
          functions[entry.consumer.function].timeoutSeconds,
        );
      },
    );

    it.each(rules)("sends the events of $name to $queue, and lets no stranger send there", (entry) => {
      const physical = `hangar-test-${entry.name.replace(/^hangar-/, "")}`;
      const rule = resourcesOf(graph(), "aws:cloudwatch/eventRule:EventRule").find(
        (one) => one.inputs["name"] === physical,
      );
      expect(JSON.parse(rule?.inputs["eventPattern"])).toEqual(patternOf(entry, controlBucketName(graph())));
      const queueArn = `arn:aws:sqs:eu-west-1:123456789012:hangar-test-${entry.queue.replace(/^hangar-/, "")}`;
      const target = resourcesOf(graph(), "aws:cloudwatch/eventTarget:EventTarget").find(
        (one) => one.inputs["rule"] === physical,
      );
      expect(target?.inputs["arn"]).toBe(queueArn);
      const policies = resourcesOf(graph(), "aws:sqs/queuePolicy:QueuePolicy").map((one) =>
        JSON.parse(one.inputs["policy"]),
      );
      const allowed = policies
        .flatMap((policy) => policy.Statement)
        .filter((statement) => statement.Effect === "Allow" && [statement.Resource].flat().includes(queueArn));
      expect(allowed).toHaveLength(1);
      expect(allowed[0].Condition.ArnEquals["aws:SourceArn"]).toContain(
        `arn:aws:events:eu-west-1:123456789012:rule/${physical}`,
      );
    });

    it("has S3 tell the bus what happens in the control bucket", () => {
      expect(resourcesOf(graph(), "aws:s3/bucketNotification:BucketNotification")).toMatchObject([
        { inputs: { bucket: controlBucketName(graph()), eventbridge: true } },
      ]);
    });

    it.each(schedules)("calls $function every $everySeconds s", (entry) => {
      const physical = `hangar-test-${entry.name.replace(/^hangar-/, "")}`;
      const schedule = resourcesOf(graph(), "aws:scheduler/schedule:Schedule").find(
        (one) => one.inputs["name"] === physical,
      );
      const minutes = entry.everySeconds / 60;
      expect(schedule?.inputs).toMatchObject({
        scheduleExpression: minutes === 1 ? "rate(1 minute)" : `rate(${minutes} minutes)`,
        state: "ENABLED",
        target: { arn: arn(entry.function) },
      });
    });

    it("gives the table the keys and the index the adapters write", () => {
      const { inputs } = resourceOf(graph(), "aws:dynamodb/table:Table", "TableTable");
      expect(inputs["attributes"]).toEqual(
        tableSchema.AttributeDefinitions.map(({ AttributeName, AttributeType }) => ({
          name: AttributeName,
          type: AttributeType,
        })),
      );
      expect([inputs["hashKey"], inputs["rangeKey"]]).toEqual(tableSchema.KeySchema.map((key) => key.AttributeName));
      expect(inputs["globalSecondaryIndexes"]).toEqual(
        tableSchema.GlobalSecondaryIndexes.map((index) => ({
          name: index.IndexName,
          hashKey: index.KeySchema[0].AttributeName,
          rangeKey: index.KeySchema[1].AttributeName,
          projectionType: index.Projection.ProjectionType,
        })),
      );
      expect(inputs["ttl"]).toEqual({ attributeName: expiryAttribute, enabled: true });
    });

    it("answers a host no environment has with 404, over TLS only", () => {
      const listeners = resourcesOf(graph(), "aws:lb/listener:Listener");
      expect(listeners).toHaveLength(1);
      expect(listeners[0]?.inputs).toMatchObject({
        protocol: "HTTPS",
        port: 443,
        defaultActions: [{ type: "fixed-response", fixedResponse: { statusCode: "404" } }],
      });
    });
  });
}

const controlBucketName = (graph: Graph): string =>
  resourceOf(graph, "aws:s3/bucket:Bucket", "ControlBucket").inputs["bucket"] as string;
