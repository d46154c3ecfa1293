import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openForTest } from "../sqs/testing/open-for-test.ts";
import { askJson, testRequest } from "../sqs/testing/small-engine.ts";
import { createCloudWatchEngine } from "./engine.ts";

function setUp() {
  const { time, context, engine } = openForTest(createCloudWatchEngine);
  const form = async (text: string) => {
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    return engine.handle(testRequest({ headers, body: Buffer.from(`Version=2010-08-01&${text}`) }));
  };
  return { time, context, engine, form };
}

describe("retention", () => {
  it("is fifteen days: data before that are neither read nor kept", async () => {
    const { engine, time } = setUp();
    const begin = time.now();
    await askJson(engine, "PutMetricData", { Namespace: "N", MetricData: [{ MetricName: "m", Value: 1 }] });
    const read = async () => {
      const query = { Namespace: "N", MetricName: "m", Period: 3600, Statistics: ["Sum"] };
      const range = { StartTime: begin / 1000 - 3600, EndTime: begin / 1000 + 86_400 };
      return (await askJson(engine, "GetMetricStatistics", { ...query, ...range })).Datapoints.length;
    };
    expect(await read()).toBe(1);
    await time.pass(14 * 86_400 + 1);
    expect((await askJson(engine, "ListMetrics", {})).Metrics).toEqual([]);
    expect(await read()).toBe(1);
    await time.pass(86_400 + 3600);
    expect(await read()).toBe(0);
  });
});

describe("bodies", () => {
  it("that unpack to more than a megabyte are refused before they fill the memory", async () => {
    const { engine } = setUp();
    const headers = { "x-amz-target": "GraniteServiceVersion20100801.PutMetricData", "content-encoding": "gzip" };
    const bomb = testRequest({ headers, body: gzipSync(Buffer.alloc(20_000_000, " ")) });
    expect((await engine.handle(bomb)).status).toBe(413);
    const broken = testRequest({ headers, body: Buffer.from("not gzip") });
    expect((await engine.handle(broken)).status).toBe(400);
  });
});

describe("the Query protocol of older clients", () => {
  it("puts, lists and reads the same metrics", async () => {
    const { form, time } = setUp();
    const at = (seconds: number) => encodeURIComponent(new Date(time.now() + 1000 * seconds).toISOString());
    const dimension = "Dimensions.member.1.Name=Pool&Dimensions.member.1.Value=a%26b";
    const datum = `MetricData.member.1.MetricName=m&MetricData.member.1.Value=2.5&MetricData.member.1.${dimension
      .split("&")
      .join("&MetricData.member.1.")}`;
    expect(await form(`Action=PutMetricData&Namespace=N&${datum}`)).toMatchObject({ status: 200 });
    const listed = String((await form("Action=ListMetrics&Namespace=N")).body);
    expect(listed).toContain("<Metrics><member><Namespace>N</Namespace><MetricName>m</MetricName>");
    expect(listed).toContain("<member><Name>Pool</Name><Value>a&amp;b</Value></member>");
    const range = `StartTime=${at(-60)}&EndTime=${at(60)}&Period=60&Statistics.member.1=Sum&ExtendedStatistics.member.1=p50`;
    const read = String((await form(`Action=GetMetricStatistics&Namespace=N&MetricName=m&${dimension}&${range}`)).body);
    expect(read).toContain(`<Timestamp>${new Date(time.now()).toISOString()}</Timestamp><Sum>2.5</Sum>`);
    expect(read).toContain("<ExtendedStatistics><entry><key>p50</key><value>2.5</value></entry></ExtendedStatistics>");
  });

  it("puts and shows the same alarms", async () => {
    const { form, time } = setUp();
    const metric = "Namespace=N&MetricName=m&Statistic=Sum&Period=60&EvaluationPeriods=1";
    const rule = "Threshold=2.5&ComparisonOperator=GreaterThanThreshold&ActionsEnabled=false";
    const action = `AlarmActions.member.1=${encodeURIComponent("arn:aws:sns:us-east-1:000000000000:t")}`;
    const dimension = "Dimensions.member.1.Name=Pool&Dimensions.member.1.Value=a";
    const put = await form(`Action=PutMetricAlarm&AlarmName=a&${metric}&${rule}&${action}&${dimension}&OKActions=`);
    expect(put.status).toBe(200);
    const shown = String((await form("Action=DescribeAlarms&AlarmNames.member.1=a&MaxRecords=1")).body);
    expect(shown).toContain(`<StateUpdatedTimestamp>${new Date(time.now()).toISOString()}</StateUpdatedTimestamp>`);
    expect(shown).toContain("<ActionsEnabled>false</ActionsEnabled><OKActions></OKActions><AlarmActions><member>arn:");
    expect(shown).toContain("<Threshold>2.5</Threshold>");
    expect((await form("Action=DeleteAlarms&AlarmNames.member.1=a")).status).toBe(200);
    expect((await form("Action=DescribeAlarms")).body).toContain("<MetricAlarms></MetricAlarms>");
  });

  it("has errors by their older codes", async () => {
    const { form } = setUp();
    expect((await form("Action=PutMetricData&Namespace=AWS/X")).body).toContain("<Code>InvalidParameterValue</Code>");
    expect((await form("Action=PutCompositeAlarm")).body).toContain("<Code>InvalidAction</Code>");
    const missing = await form("Action=SetAlarmState&AlarmName=a&StateValue=OK&StateReason=b");
    expect(missing.body).toContain("<Code>ResourceNotFound</Code>");
    expect(missing.status).toBe(404);
  });
});
