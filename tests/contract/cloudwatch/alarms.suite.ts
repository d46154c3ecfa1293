// What a client of CloudWatch alarms may rely on, asked through the real SDK client.
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Differences, guarantees } from "../guarantees.ts";
import type { CloudWatchUnderTest } from "./suite.ts";

/** Declares the suite. Names are fresh each time. */
export function alarmsContract(
  title: string,
  connect: () => Promise<CloudWatchUnderTest>,
  differences: Differences = {},
): void {
  describe(title, () => {
    const guarantee = guarantees(differences);
    let under: CloudWatchUnderTest;
    let client: cloudwatch.CloudWatchClient;
    let created = 0;
    const run = process.hrtime.bigint().toString(36);
    beforeAll(async () => {
      under = await connect();
      client = under.client;
    });
    afterAll(() => under?.close());

    const fresh = () => `contract-${run}-${++created}`;
    const topic = "arn:aws:sns:us-east-1:000000000000:on-call";
    const simple = {
      Namespace: `Contract/${run}`,
      MetricName: "Deficit",
      Dimensions: [{ Name: "Environment", Value: "first" }],
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 2.5,
      ComparisonOperator: "GreaterThanThreshold",
    } as const;
    const put = async (AlarmName: string, more: Partial<cloudwatch.PutMetricAlarmCommandInput> = {}) => {
      const input = { ...simple, AlarmName, ...more } as cloudwatch.PutMetricAlarmCommandInput;
      await client.send(new cloudwatch.PutMetricAlarmCommand(input));
      return AlarmName;
    };
    const describeAll = async (input: cloudwatch.DescribeAlarmsCommandInput) =>
      (await client.send(new cloudwatch.DescribeAlarmsCommand(input))).MetricAlarms ?? [];
    const describeOne = async (name: string) => (await describeAll({ AlarmNames: [name] }))[0]!;
    const setState = (
      AlarmName: string,
      StateValue: cloudwatch.StateValue,
      more: Partial<cloudwatch.SetAlarmStateCommandInput> = {},
    ) => client.send(new cloudwatch.SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand", ...more }));

    guarantee("a new alarm shows what it was given, and nothing it was not", async () => {
      const AlarmName = fresh();
      const given = {
        AlarmDescription: "too few",
        AlarmActions: [topic],
        DatapointsToAlarm: 1,
        Unit: "Count" as const,
      };
      await put(AlarmName, { ...given, TreatMissingData: "notBreaching" });
      const shown = await describeOne(AlarmName);
      const recently = (at: Date | undefined) => Math.abs(Date.now() - at!.getTime()) < 60_000;
      expect(shown).toMatchObject({ ...simple, ...given, AlarmName, TreatMissingData: "notBreaching" });
      expect(shown.AlarmArn).toMatch(new RegExp(`^arn:aws:cloudwatch:us-east-1:\\d{12}:alarm:${AlarmName}$`));
      expect([shown.ActionsEnabled, shown.OKActions, shown.InsufficientDataActions]).toEqual([true, [], []]);
      expect([shown.StateUpdatedTimestamp, shown.AlarmConfigurationUpdatedTimestamp].every(recently)).toBe(true);
      const bare = await describeOne(await put(fresh()));
      expect(Object.keys(bare)).not.toEqual(expect.arrayContaining(["AlarmDescription"]));
      expect([bare.DatapointsToAlarm, bare.TreatMissingData, bare.Unit]).toEqual([undefined, undefined, undefined]);
    });

    guarantee("a new alarm has insufficient data until it was looked at", async () => {
      const shown = await describeOne(await put(fresh()));
      expect(shown.StateValue).toBe("INSUFFICIENT_DATA");
      expect(shown.StateReason).toBe("Unchecked: Initial alarm creation");
      expect(shown.StateReasonData).toBeUndefined();
    });

    guarantee("an alarm put again has the new configuration and the state it had", async () => {
      const AlarmName = await put(fresh(), { AlarmActions: [topic], AlarmDescription: "before" });
      await setState(AlarmName, "ALARM");
      await put(AlarmName, { Threshold: 9, EvaluationPeriods: 3 });
      const shown = await describeOne(AlarmName);
      expect([shown.Threshold, shown.EvaluationPeriods, shown.AlarmActions]).toEqual([9, 3, []]);
      expect(shown.AlarmDescription).toBeUndefined();
      expect([shown.StateValue, shown.StateReason]).toEqual(["ALARM", "by hand"]);
    });

    guarantee("alarms are found by name, prefix, state and action", async () => {
      const prefix = fresh();
      const [one, two] = [await put(`${prefix}-a`), await put(`${prefix}-b`, { AlarmActions: [`${topic}-${prefix}`] })];
      const names = async (input: cloudwatch.DescribeAlarmsCommandInput) =>
        (await describeAll(input)).map(({ AlarmName }) => AlarmName);
      expect(await names({ AlarmNamePrefix: `${prefix}-` })).toEqual([one, two]);
      expect(await names({ AlarmNames: [two, "never-there"] })).toEqual([two]);
      expect(await names({ ActionPrefix: `${topic}-${prefix}` })).toEqual([two]);
      // a state set by hand lasts until the next evaluation, which may be the one that the alarm's making asked for
      const inAlarm = async () => {
        await setState(two, "ALARM");
        return names({ StateValue: "ALARM" });
      };
      await expect.poll(inAlarm, { timeout: 5000 }).toContain(two);
      expect(await names({ StateValue: "OK" })).not.toContain(two);
    });

    guarantee("a prefix and a state narrow down together", async () => {
      const prefix = fresh();
      await put(`${prefix}-a`);
      await setState(await put(`${prefix}-b`), "ALARM");
      const found = await describeAll({ AlarmNamePrefix: prefix, StateValue: "ALARM" });
      expect(found.map(({ AlarmName }) => AlarmName)).toEqual([`${prefix}-b`]);
    });

    guarantee("a name with the letters of a pattern is a name like any other", async () => {
      const prefix = `${fresh()}%_*`;
      await put(`${prefix} ünïcode`);
      expect((await describeAll({ AlarmNamePrefix: prefix })).length).toBe(1);
      expect((await describeAll({ AlarmNamePrefix: prefix.replace("%", "x") })).length).toBe(0);
    });

    guarantee("more alarms than one answer takes come in pages, in order", async () => {
      const prefix = fresh();
      for (const letter of ["c", "a", "b"]) await put(`${prefix}-${letter}`);
      const pages: (string | undefined)[][] = [];
      const input = { AlarmNamePrefix: prefix };
      for await (const page of cloudwatch.paginateDescribeAlarms({ client, pageSize: 2 }, input)) {
        pages.push(page.MetricAlarms!.map(({ AlarmName }) => AlarmName!.slice(-1)));
      }
      expect(pages).toEqual([["a", "b"], ["c"]]);
    });

    guarantee("alarms of a metric are found by it, dimensions and statistic included", async () => {
      const Namespace = `Contract/${fresh()}`;
      const name = await put(fresh(), { Namespace });
      const find = async (more: Partial<cloudwatch.DescribeAlarmsForMetricCommandInput>) => {
        const input = { Namespace, MetricName: simple.MetricName, Dimensions: [...simple.Dimensions], ...more };
        const { MetricAlarms } = await client.send(new cloudwatch.DescribeAlarmsForMetricCommand(input));
        return MetricAlarms!.map(({ AlarmName }) => AlarmName);
      };
      expect(await find({})).toEqual([name]);
      expect(await find({ Statistic: "Maximum", Period: 60 })).toEqual([name]);
      expect(await find({ Statistic: "Sum" })).toEqual([]);
      expect(await find({ Dimensions: [] })).toEqual([]);
    });

    guarantee("deleted alarms are gone, and names that never were are no error", async () => {
      const names = [await put(fresh()), await put(fresh())];
      await client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: [...names, "never-there"] }));
      expect(await describeAll({ AlarmNames: names })).toEqual([]);
    });

    guarantee("actions are switched off and on, and are shown all the same", async () => {
      const AlarmNames = [await put(fresh(), { AlarmActions: [topic] })];
      const enabled = async () => {
        const { ActionsEnabled, AlarmActions } = await describeOne(AlarmNames[0]!);
        return [ActionsEnabled, AlarmActions];
      };
      await client.send(new cloudwatch.DisableAlarmActionsCommand({ AlarmNames }));
      expect(await enabled()).toEqual([false, [topic]]);
      await client.send(new cloudwatch.EnableAlarmActionsCommand({ AlarmNames }));
      expect(await enabled()).toEqual([true, [topic]]);
    });

    guarantee("a state set by hand is shown with its reason and its data", async () => {
      const AlarmName = await put(fresh());
      const StateReasonData = '{"by":"hand"}';
      await setState(AlarmName, "OK", { StateReasonData });
      const shown = await describeOne(AlarmName);
      expect(shown).toMatchObject({ StateValue: "OK", StateReason: "by hand", StateReasonData });
    });

    guarantee("the history tells of creation, states and deletion, newest first", async () => {
      const AlarmName = await put(fresh());
      await setState(AlarmName, "OK");
      await setState(AlarmName, "ALARM");
      await client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
      const history = async (more: Partial<cloudwatch.DescribeAlarmHistoryCommandInput>) => {
        const command = new cloudwatch.DescribeAlarmHistoryCommand({ AlarmName, ...more });
        return (await client.send(command)).AlarmHistoryItems!;
      };
      const all = await history({});
      expect(all.map(({ HistorySummary }) => HistorySummary)).toEqual([
        `Alarm "${AlarmName}" deleted`,
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
        `Alarm "${AlarmName}" created`,
      ]);
      expect(JSON.parse(all[1]!.HistoryData!)).toEqual({
        version: "1.0",
        oldState: { stateValue: "OK", stateReason: "by hand" },
        newState: { stateValue: "ALARM", stateReason: "by hand" },
      });
      const states = await history({ HistoryItemType: "StateUpdate", ScanBy: "TimestampAscending", MaxRecords: 1 });
      expect(states.map(({ HistorySummary }) => HistorySummary)).toEqual([
        "Alarm updated from INSUFFICIENT_DATA to OK",
      ]);
    });

    guarantee("tags are put with an alarm, changed, taken away and listed", async () => {
      const ResourceARN = (await describeOne(await put(fresh(), { Tags: [{ Key: "team", Value: "data" }] }))).AlarmArn!;
      await client.send(new cloudwatch.TagResourceCommand({ ResourceARN, Tags: [{ Key: "stage", Value: "test" }] }));
      await client.send(new cloudwatch.UntagResourceCommand({ ResourceARN, TagKeys: ["team"] }));
      const { Tags } = await client.send(new cloudwatch.ListTagsForResourceCommand({ ResourceARN }));
      expect(Tags).toEqual([{ Key: "stage", Value: "test" }]);
    });

    guarantee(
      "an alarm of high resolution goes off after a breaching datapoint, with CloudWatch's reason",
      async () => {
        const MetricName = fresh();
        const AlarmName = await put(fresh(), { MetricName, Period: 10, TreatMissingData: "notBreaching" });
        const Dimensions = [...simple.Dimensions];
        const MetricData = [{ MetricName, Dimensions, Value: 4, StorageResolution: 1 }];
        await client.send(new cloudwatch.PutMetricDataCommand({ Namespace: simple.Namespace, MetricData }));
        await expect.poll(async () => (await describeOne(AlarmName)).StateValue, { timeout: 5_000 }).toBe("ALARM");
        const { StateReason, StateReasonData } = await describeOne(AlarmName);
        expect(StateReason).toMatch(
          /^Threshold Crossed: 1 datapoint \[4\.0 \(\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d\)\] was greater than the threshold \(2\.5\)\.$/,
        );
        expect(JSON.parse(StateReasonData!)).toMatchObject({
          version: "1.0",
          statistic: "Maximum",
          period: 10,
          threshold: 2.5,
        });
      },
    );

    for (const [what, Code, wrong] of [
      ["a period of 5 seconds", "ValidationError", { Period: 5 }],
      ["more than a day of periods", "ValidationError", { Period: 60, EvaluationPeriods: 1441 }],
      ["more datapoints to alarm than periods", "ValidationError", { DatapointsToAlarm: 2 }],
      ["an unknown comparison", "ValidationError", { ComparisonOperator: "Equals" as "GreaterThanThreshold" }],
      ["an unknown statistic", "ValidationError", { Statistic: "Median" as "Sum" }],
      ["an unknown treatment of missing data", "ValidationError", { TreatMissingData: "guess" }],
      ["no threshold", "MissingParameter", { Threshold: undefined }],
      ["statistic and percentile at once", "InvalidParameterCombination", { ExtendedStatistic: "p90" }],
      ["an action that is no ARN", "ValidationError", { AlarmActions: ["mail me"] }],
    ] as const) {
      guarantee(`an alarm with ${what} is refused and not kept`, async () => {
        const AlarmName = fresh();
        const more = wrong as Partial<cloudwatch.PutMetricAlarmCommandInput>;
        await expect(put(AlarmName, more)).rejects.toMatchObject({ Code });
        expect(await describeAll({ AlarmNames: [AlarmName] })).toEqual([]);
      });
    }

    guarantee("an alarm on metric math is refused by name", async () => {
      const Metrics = [{ Id: "e1", Expression: "1 + 1", ReturnData: true }];
      const input = { AlarmName: fresh(), Metrics, EvaluationPeriods: 1, Threshold: 1 };
      const command = new cloudwatch.PutMetricAlarmCommand({ ...input, ComparisonOperator: "GreaterThanThreshold" });
      await expect(client.send(command)).rejects.toMatchObject({ Code: "ValidationError" });
    });

    guarantee("the state of an alarm that is not there cannot be set", async () => {
      await expect(setState(fresh(), "OK")).rejects.toMatchObject({
        Code: "ResourceNotFound",
        $metadata: { httpStatusCode: 404 },
      });
    });

    guarantee("a state that is none, and reason data that are no JSON, are refused", async () => {
      const AlarmName = await put(fresh());
      await expect(setState(AlarmName, "FINE" as "OK")).rejects.toMatchObject({ Code: "ValidationError" });
      const StateReasonData = "not json";
      await expect(setState(AlarmName, "OK", { StateReasonData })).rejects.toMatchObject({ Code: "InvalidFormat" });
    });

    it("has no listed difference that no guarantee has", () => {
      expect(guarantee.unused()).toEqual([]);
    });
  });
}
