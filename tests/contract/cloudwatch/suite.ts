// What a client of CloudWatch metrics may rely on, asked through the real SDK client.
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Differences, guarantees } from "../guarantees.ts";

/** An implementation to ask. */
export interface CloudWatchUnderTest {
  readonly client: cloudwatch.CloudWatchClient;
  close(): Promise<void>;
}

const minute = 60_000;

/** Declares the suite. Namespaces are fresh each time. */
export function cloudWatchContract(
  title: string,
  connect: () => Promise<CloudWatchUnderTest>,
  differences: Differences = {},
): void {
  describe(title, () => {
    const guarantee = guarantees(differences);
    let under: CloudWatchUnderTest;
    let client: cloudwatch.CloudWatchClient;
    let created = 0;
    // The minute before the last is over whatever second the suite starts in, so all of its data fall into one period.
    const start = Math.floor(Date.now() / minute) * minute - 2 * minute;
    const at = (second: number) => new Date(start + 1000 * second);
    beforeAll(async () => {
      under = await connect();
      client = under.client;
    });
    afterAll(() => under?.close());

    const freshNamespace = () => `Contract/${++created}`;
    const put = (Namespace: string, ...MetricData: cloudwatch.MetricDatum[]) =>
      client.send(new cloudwatch.PutMetricDataCommand({ Namespace, MetricData }));
    const read = async (
      Namespace: string,
      MetricName: string,
      Stat: string,
      {
        Period = 60,
        Dimensions = [] as cloudwatch.Dimension[],
        ScanBy = "TimestampAscending" as cloudwatch.ScanBy,
      } = {},
    ) => {
      const MetricStat = { Metric: { Namespace, MetricName, Dimensions }, Period, Stat };
      const range = { StartTime: new Date(start), EndTime: new Date(start + 3 * minute), ScanBy };
      const command = new cloudwatch.GetMetricDataCommand({ ...range, MetricDataQueries: [{ Id: "q1", MetricStat }] });
      return (await client.send(command)).MetricDataResults![0]!;
    };

    guarantee("single values, values with counts and statistic sets add up in one period", async () => {
      const Namespace = freshNamespace();
      await put(Namespace, { MetricName: "queued", Value: 4, Timestamp: at(1) });
      await put(Namespace, { MetricName: "queued", Values: [1, 9], Counts: [2, 1], Timestamp: at(20) });
      const StatisticValues = { SampleCount: 2, Sum: 5, Minimum: 0, Maximum: 5 };
      await put(Namespace, { MetricName: "queued", StatisticValues, Timestamp: at(59) });
      for (const [stat, value] of [
        ["SampleCount", 6],
        ["Sum", 20],
        ["Average", 20 / 6],
        ["Minimum", 0],
        ["Maximum", 9],
      ] as const) {
        const result = await read(Namespace, "queued", stat);
        expect([stat, result.Values, result.Timestamps]).toEqual([stat, [value], [at(0)]]);
        expect(result).toMatchObject({ Id: "q1", Label: "queued", StatusCode: "Complete" });
      }
    });

    guarantee("percentiles come from the values that were sent", async () => {
      const Namespace = freshNamespace();
      const Values = Array.from({ length: 100 }, (_, index) => index + 1);
      await put(Namespace, { MetricName: "latency", Values, Timestamp: at(0) });
      expect((await read(Namespace, "latency", "p90")).Values).toEqual([90]);
      expect((await read(Namespace, "latency", "p99")).Values).toEqual([99]);
    });

    guarantee("dimensions tell metrics apart, in whatever order they are written", async () => {
      const Namespace = freshNamespace();
      const one = [
        { Name: "Environment", Value: "first" },
        { Name: "Pool", Value: "main" },
      ];
      await put(Namespace, { MetricName: "need", Value: 3, Timestamp: at(0), Dimensions: one });
      await put(Namespace, { MetricName: "need", Value: 7, Timestamp: at(0) });
      expect((await read(Namespace, "need", "Sum", { Dimensions: one.toReversed() })).Values).toEqual([3]);
      expect((await read(Namespace, "need", "Sum")).Values).toEqual([7]);
      expect((await read(Namespace, "need", "Sum", { Dimensions: one.slice(0, 1) })).Values).toEqual([]);
    });

    guarantee("high-resolution data are read second by second, newest first unless asked otherwise", async () => {
      const Namespace = freshNamespace();
      for (const second of [10, 11, 20]) {
        await put(Namespace, { MetricName: "fast", Value: second, Timestamp: at(second), StorageResolution: 1 });
      }
      const descending = await read(Namespace, "fast", "Sum", { Period: 10, ScanBy: "TimestampDescending" });
      expect([descending.Timestamps, descending.Values]).toEqual([
        [at(20), at(10)],
        [20, 21],
      ]);
    });

    guarantee("statistics of a range carry their units", async () => {
      const Namespace = freshNamespace();
      await put(Namespace, { MetricName: "size", Value: 5, Unit: "Bytes", Timestamp: at(0) });
      await put(Namespace, { MetricName: "size", Value: 7, Unit: "Bytes", Timestamp: at(70) });
      const { Label, Datapoints } = await client.send(
        new cloudwatch.GetMetricStatisticsCommand({
          Namespace,
          MetricName: "size",
          StartTime: at(0),
          EndTime: at(180),
          Period: 60,
          Statistics: ["Sum", "Maximum"],
        }),
      );
      expect(Label).toBe("size");
      expect(Datapoints).toEqual([
        { Timestamp: at(0), Sum: 5, Maximum: 5, Unit: "Bytes" },
        { Timestamp: at(60), Sum: 7, Maximum: 7, Unit: "Bytes" },
      ]);
    });

    guarantee("more datapoints than one answer takes come in pages", async () => {
      const Namespace = freshNamespace();
      for (const second of [0, 60, 120])
        await put(Namespace, { MetricName: "m", Value: second, Timestamp: at(second) });
      const MetricStat = { Metric: { Namespace, MetricName: "m" }, Period: 60, Stat: "Sum" };
      const input = {
        StartTime: at(0),
        EndTime: at(180),
        MaxDatapoints: 2,
        ScanBy: "TimestampAscending" as const,
        MetricDataQueries: [{ Id: "q1", MetricStat }],
      };
      const values: number[] = [];
      for await (const page of cloudwatch.paginateGetMetricData({ client }, input)) {
        values.push(...page.MetricDataResults!.flatMap((result) => result.Values!));
      }
      expect(values).toEqual([0, 60, 120]);
    });

    guarantee("metrics are listed by namespace, name and dimension", async () => {
      const Namespace = freshNamespace();
      const Dimensions = [{ Name: "Environment", Value: "first" }];
      await put(Namespace, { MetricName: "a", Value: 1, Dimensions }, { MetricName: "b", Value: 1 });
      const list = async (more: Partial<cloudwatch.ListMetricsCommandInput>) => {
        const { Metrics } = await client.send(new cloudwatch.ListMetricsCommand({ Namespace, ...more }));
        return Metrics!.map((metric) => metric.MetricName);
      };
      expect(await list({})).toEqual(["a", "b"]);
      expect(await list({ MetricName: "b" })).toEqual(["b"]);
      expect(await list({ Dimensions: [{ Name: "Environment" }] })).toEqual(["a"]);
      expect(await list({ Dimensions: [{ Name: "Environment", Value: "second" }] })).toEqual([]);
    });

    guarantee("a put of more than 10 KB, which the client compresses, is understood", async () => {
      const Namespace = freshNamespace();
      const data = Array.from({ length: 300 }, (_, index) => ({
        MetricName: `metric-with-a-rather-long-name-${index}`,
        Value: index,
        Timestamp: at(0),
      }));
      await put(Namespace, ...data);
      expect((await read(Namespace, "metric-with-a-rather-long-name-299", "Sum")).Values).toEqual([299]);
    });

    for (const [what, name, Namespace, datum] of [
      ["a namespace of AWS itself", "InvalidParameterValueException", "AWS/SQS", { MetricName: "m", Value: 1 }],
      ["a datum without a value", "MissingRequiredParameterException", "N", { MetricName: "m" }],
      ["a value beyond 2^360", "InvalidParameterValueException", "N", { MetricName: "m", Value: 1e300 }],
      [
        "an unknown unit",
        "InvalidParameterValueException",
        "N",
        { MetricName: "m", Value: 1, Unit: "Parsec" as "Bytes" },
      ],
      [
        "counts that do not fit the values",
        "InvalidParameterValueException",
        "N",
        { MetricName: "m", Values: [1], Counts: [1, 2] },
      ],
      [
        "a time of three weeks ago",
        "InvalidParameterValueException",
        "N",
        { MetricName: "m", Value: 1, Timestamp: new Date(Date.now() - 21 * 86_400_000) },
      ],
      [
        "a value together with a statistic set",
        "InvalidParameterCombinationException",
        "N",
        { MetricName: "m", Value: 1, StatisticValues: { SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 } },
      ],
      [
        "more than 30 dimensions",
        "InvalidParameterValueException",
        "N",
        {
          MetricName: "m",
          Value: 1,
          Dimensions: Array.from({ length: 31 }, (_, index) => ({ Name: `d${index}`, Value: "x" })),
        },
      ],
    ] as const) {
      guarantee(`${what} is refused, and nothing of that put is kept`, async () => {
        const good = { MetricName: "good", Value: 1 };
        await expect(put(Namespace, good, datum as cloudwatch.MetricDatum)).rejects.toMatchObject({ name });
        expect((await client.send(new cloudwatch.ListMetricsCommand({ Namespace }))).Metrics).toEqual([]);
      });
    }

    guarantee("metric math is refused", async () => {
      const query = new cloudwatch.GetMetricDataCommand({
        StartTime: at(0),
        EndTime: at(60),
        MetricDataQueries: [{ Id: "q1", Expression: "1 + 1" }],
      });
      await expect(client.send(query)).rejects.toMatchObject({ Code: "ValidationError" });
    });

    guarantee("what CloudWatch has and this region has not is refused by name", async () => {
      const streams = client.send(new cloudwatch.ListMetricStreamsCommand({}));
      await expect(streams).rejects.toMatchObject({ name: "UnknownOperationException" });
    });

    it("has no listed difference that no guarantee has", () => {
      expect(guarantee.unused()).toEqual([]);
    });
  });
}
