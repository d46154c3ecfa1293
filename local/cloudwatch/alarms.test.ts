import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BusEvent, EngineContext } from "../engine.ts";
import { openForTest } from "../sqs/testing/open-for-test.ts";
import { askJson } from "../sqs/testing/small-engine.ts";
import type { Schedule } from "../sqs/long-poll.ts";
import { createCloudWatchEngine } from "./engine.ts";

const deficit = {
  AlarmName: "deficit",
  Namespace: "N",
  MetricName: "Deficit",
  Statistic: "Maximum",
  Period: 10,
  EvaluationPeriods: 1,
  Threshold: 0,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "notBreaching",
};

function setUp() {
  const published: BusEvent[] = [];
  const bus = { takes: true };
  const create = (context: EngineContext, schedule: Schedule) => {
    const publish = async (event: BusEvent) => {
      if (!bus.takes) throw new Error("the bus is down");
      published.push(event);
    };
    return createCloudWatchEngine({ ...context, publish }, schedule);
  };
  const opened = openForTest(create);
  const { engine, time } = opened;
  const ask = (operation: string, input: object) => askJson(engine, operation, input);
  const put = (Value: number, MetricName = "Deficit") =>
    ask("PutMetricData", { Namespace: "N", MetricData: [{ MetricName, Value, StorageResolution: 1 }] });
  const alarm = async (name = "deficit") => (await ask("DescribeAlarms", { AlarmNames: [name] })).MetricAlarms[0];
  const state = async (name?: string) => (await alarm(name))?.StateValue;
  return { ...opened, time, ask, put, alarm, state, published, bus, create };
}

describe("an alarm", () => {
  it("of high resolution follows its metric at once, and every change is told to the bus once", async () => {
    const { ask, put, state, time, published } = setUp();
    await ask("PutMetricAlarm", deficit);
    expect(await state()).toBe("INSUFFICIENT_DATA");
    await put(2);
    await time.pass(0);
    expect(await state()).toBe("ALARM");
    await time.pass(10);
    await put(0);
    await time.pass(0);
    expect(await state()).toBe("OK");
    await time.pass(60);
    expect(published.map(({ detail }) => (detail["state"] as { value: string }).value)).toEqual(["ALARM", "OK"]);
    expect(new Set(published.map(({ id }) => id)).size).toBe(2);
  });

  it("of high resolution is looked at every ten seconds without any data", async () => {
    const { ask, alarm, time } = setUp();
    await ask("PutMetricAlarm", deficit);
    await time.pass(9);
    expect((await alarm()).StateReason).toBe("Unchecked: Initial alarm creation");
    await time.pass(1);
    expect(await alarm()).toMatchObject({
      StateValue: "OK",
      StateReason:
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
    });
  });

  it("of a minute is looked at when the minute is full, whatever came before", async () => {
    const { ask, put, state, time } = setUp();
    await ask("PutMetricAlarm", { ...deficit, Period: 60 });
    await put(2);
    await time.pass(59);
    expect(await state()).toBe("INSUFFICIENT_DATA");
    await time.pass(1);
    expect(await state()).toBe("ALARM");
  });

  it("never goes back to what an older period said", async () => {
    const { ask, put, time, published } = setUp();
    await ask("PutMetricAlarm", deficit);
    await time.pass(5);
    await put(1); // second 5
    await time.pass(10);
    await put(0); // second 15: OK at once, and still at the look of second 20
    await time.pass(14);
    expect(published.map(({ detail }) => (detail["state"] as { value: string }).value)).toEqual(["ALARM", "OK"]);
  });

  it("of thirty periods holds through a late datapoint and lets go with the first that is within the threshold", async () => {
    const { ask, put, state, time } = setUp();
    await ask("PutMetricAlarm", { ...deficit, EvaluationPeriods: 30, DatapointsToAlarm: 30 });
    for (let turn = 0; turn < 29; turn += 1) {
      await put(1);
      await time.pass(turn === 14 ? 11 : 10);
    }
    expect(await state()).toBe("OK");
    await put(1);
    await time.pass(0);
    expect(await state()).toBe("ALARM");
    await time.pass(10);
    await put(0);
    await time.pass(0);
    expect(await state()).toBe("OK");
  });

  it("set by hand goes back to what its metric says", async () => {
    const { ask, put, state, time } = setUp();
    await ask("PutMetricAlarm", deficit);
    await put(0);
    await time.pass(0);
    await ask("SetAlarmState", { AlarmName: "deficit", StateValue: "ALARM", StateReason: "testing" });
    expect(await state()).toBe("ALARM");
    await time.pass(10);
    expect(await state()).toBe("OK");
  });

  it("set to the state it is in shows the new reason, and nobody is told", async () => {
    const { ask, alarm, time, published } = setUp();
    await ask("PutMetricAlarm", deficit);
    const set = (StateReason: string) =>
      ask("SetAlarmState", { AlarmName: "deficit", StateValue: "ALARM", StateReason });
    await set("first");
    const before = await alarm();
    await time.pass(1);
    await set("second");
    const after = await alarm();
    expect(after.StateReason).toBe("second");
    expect(after.StateTransitionedTimestamp).toBe(before.StateTransitionedTimestamp);
    expect(after.StateUpdatedTimestamp).toBe(before.StateUpdatedTimestamp + 1);
    expect(published.length).toBe(1);
  });

  it("among thousands is looked at with them, some at a time", async () => {
    const { ask, state, time, published } = setUp();
    for (let number = 0; number < 300; number += 1) {
      await ask("PutMetricAlarm", { ...deficit, AlarmName: `a${number}`, TreatMissingData: "breaching" });
    }
    await time.pass(10);
    expect([await state("a0"), await state("a299")]).toEqual(["ALARM", "ALARM"]);
    await time.pass(1);
    expect(published.length).toBe(300);
  });
});

describe("the event of a change", () => {
  it("is CloudWatch's", async () => {
    const { ask, put, time, published } = setUp();
    const Dimensions = [{ Name: "Environment", Value: "first" }];
    await ask("PutMetricAlarm", { ...deficit, AlarmDescription: "too few workers", Dimensions });
    const MetricData = [{ MetricName: "Deficit", Value: 2, StorageResolution: 1, Dimensions }];
    await ask("PutMetricData", { Namespace: "N", MetricData });
    await put(0); // another metric: it has no dimensions
    await time.pass(0);
    expect(published).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        source: "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        time: "2026-01-15T12:00:00Z",
        region: "us-east-1",
        account: "000000000000",
        resources: ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:deficit"],
        detail: {
          alarmName: "deficit",
          state: {
            value: "ALARM",
            reason: "Threshold Crossed: 1 datapoint [2.0 (15/01/26 11:59:51)] was greater than the threshold (0.0).",
            reasonData: expect.stringContaining('"recentDatapoints":[2.0]'),
            timestamp: "2026-01-15T12:00:00.000+0000",
          },
          previousState: {
            value: "INSUFFICIENT_DATA",
            reason: "Unchecked: Initial alarm creation",
            timestamp: "2026-01-15T12:00:00.000+0000",
          },
          configuration: {
            description: "too few workers",
            metrics: [
              {
                id: expect.stringMatching(/^[0-9a-f-]{36}$/),
                metricStat: {
                  metric: { namespace: "N", name: "Deficit", dimensions: { Environment: "first" } },
                  period: 10,
                  stat: "Maximum",
                },
                returnData: true,
              },
            ],
          },
        },
      },
    ]);
  });

  it("comes in the end, and once, when the bus was down meanwhile", async () => {
    const { ask, put, time, published, bus } = setUp();
    bus.takes = false;
    await ask("PutMetricAlarm", deficit);
    await put(2);
    await time.pass(5);
    expect(published).toEqual([]);
    bus.takes = true;
    await time.pass(5);
    expect(published.length).toBe(1);
  });

  it("comes after a kill between the state and the event: both were written as one", async () => {
    const { ask, put, time, published, bus, context, create } = setUp();
    bus.takes = false;
    await ask("PutMetricAlarm", deficit);
    await put(2);
    await time.pass(0);
    // The first engine is left as a kill leaves it: open, its event not handed over. Another opens the same files.
    const files = new DatabaseSync(join(context.folder, "alarms.sqlite"), { readOnly: true });
    expect(files.prepare("SELECT count(*) AS events FROM outbox").get()).toEqual({ events: 1 });
    files.close();
    bus.takes = true;
    const second = create(context, () => () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(published.map(({ detail }) => (detail["state"] as { value: string }).value)).toEqual(["ALARM"]);
    const { MetricAlarms } = await askJson(second, "DescribeAlarms", {});
    expect(MetricAlarms[0].StateValue).toBe("ALARM");
    await second.close();
  });
});

describe("the history", () => {
  it("outlives its alarm, and is kept for thirty days", async () => {
    const { ask, time } = setUp();
    const types = async () =>
      (await ask("DescribeAlarmHistory", { AlarmName: "deficit" })).AlarmHistoryItems.map(
        (item: { HistorySummary: string }) => item.HistorySummary,
      );
    await ask("PutMetricAlarm", deficit);
    await ask("DeleteAlarms", { AlarmNames: ["deficit", "never-there"] });
    expect(await types()).toEqual(['Alarm "deficit" deleted', 'Alarm "deficit" created']);
    await time.pass(29 * 86_400);
    expect((await types()).length).toBe(2);
    await time.pass(86_400 + 3600);
    expect(await types()).toEqual([]);
  });
});
