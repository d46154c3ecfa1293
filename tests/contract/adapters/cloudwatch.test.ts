// The CloudWatch adapters on the region's CloudWatch.
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type CloudWatchEngine, createCloudWatchEngine } from "../../../local/cloudwatch/engine.ts";
import { cloudwatchAlarms } from "../../../shared/aws/cloudwatch-alarms.ts";
import { cloudwatchLoad } from "../../../shared/aws/cloudwatch-load.ts";
import { cloudwatchOutcomes } from "../../../shared/aws/cloudwatch-outcomes.ts";
import { alarmsOf } from "../../../shared/domain/alarms.ts";
import { testPool } from "../../../state-machines/testing/requests.ts";
import { type EngineUnderTest, serveEngine } from "../serve.ts";
import { alarmsContract } from "./alarms.suite.ts";
import { loadMetricsContract } from "./load-metrics.suite.ts";

let served: EngineUnderTest<CloudWatchEngine>;
let client: CloudWatchClient;

beforeAll(async () => {
  served = await serveEngine((context) => createCloudWatchEngine(context));
  client = new CloudWatchClient(served.client);
});

afterAll(async () => {
  client.destroy();
  await served.close();
});

const described = async () => (await client.send(new DescribeAlarmsCommand({}))).MetricAlarms ?? [];

describe("alarms in CloudWatch", () => {
  afterEach(async () => {
    await cloudwatchAlarms(client).remove((await described()).map(({ AlarmName }) => AlarmName!));
  });

  alarmsContract(() => ({
    alarms: cloudwatchAlarms(client),
    names: async () => (await described()).map(({ AlarmName }) => AlarmName!),
  }));

  test("say when they are raised: the highest value of a period, over so many of them", async () => {
    const environment = { name: "first", environmentId: "e0000000001" };
    await cloudwatchAlarms(client).put(
      alarmsOf(environment, { ...testPool, alarmTopicArn: "arn:aws:sns:us-east-1:1:t" }),
    );
    const made = Object.fromEntries(
      (await described()).map((alarm) => [alarm.AlarmName!.split("-").slice(2).join("-"), alarm]),
    );
    expect(made["surplus"]).toMatchObject({
      Namespace: "Hangar/MWAA",
      MetricName: "Surplus",
      Statistic: "Maximum",
      Period: 10,
      EvaluationPeriods: 30,
      Threshold: 0,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
    });
    expect(made["scheduler-heartbeat"]).toMatchObject({
      Threshold: 1,
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
      AlarmActions: ["arn:aws:sns:us-east-1:1:t"],
    });
    expect(made["stuck-operation"]).toMatchObject({ MetricName: "StuckOperation", TreatMissingData: "ignore" });
  });
});

describe("how operations end, in CloudWatch", () => {
  test("is the metric of the stuck-operation alarm of that environment: 1 when stuck, else 0", async () => {
    const environment = { name: "first", environmentId: "e0000000001" };
    const alarm = alarmsOf(environment, testPool).find(({ name }) => name.endsWith("-stuck-operation"));
    const values = async () => {
      const answer = await client.send(
        new GetMetricStatisticsCommand({
          Namespace: alarm!.namespace,
          MetricName: alarm!.metric,
          Dimensions: Object.entries(alarm!.dimensions).map(([Name, Value]) => ({ Name, Value })),
          StartTime: new Date(Date.now() - 600_000),
          EndTime: new Date(Date.now() + 60_000),
          Period: 3600,
          Statistics: ["Maximum", "SampleCount"],
        }),
      );
      return answer.Datapoints?.map(({ Maximum, SampleCount }) => [Maximum, SampleCount]);
    };
    await cloudwatchOutcomes(client).tell({ ...environment, environmentId: "e0000000002" }, true);
    await cloudwatchOutcomes(client).tell(environment, false);
    expect(await values()).toEqual([[0, 1]]);
    await cloudwatchOutcomes(client).tell(environment, true);
    expect(await values()).toEqual([[1, 2]]);
    expect(alarm).toMatchObject({ above: 0, missing: "ignore" });
  });
});

describe("load in CloudWatch", () => {
  loadMetricsContract(() => ({
    loadMetrics: cloudwatchLoad(client, { periodSeconds: 10 }),
    async measure({ name, environmentId }, point) {
      const values = { Running: point.running, Queued: point.queued, Slots: point.slots, Need: point.need };
      await client.send(
        new PutMetricDataCommand({
          Namespace: "Hangar/MWAA",
          MetricData: Object.entries(values).map(([MetricName, Value]) => ({
            MetricName,
            Value,
            Timestamp: new Date(point.at),
            StorageResolution: 1,
            Dimensions: [
              { Name: "Environment", Value: name },
              { Name: "EnvironmentId", Value: environmentId },
            ],
          })),
        }),
      );
    },
  }));
});
