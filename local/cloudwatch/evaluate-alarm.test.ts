import { describe, expect, it } from "vitest";
import type { AlarmConfiguration, MissingDataTreatment } from "./alarm.ts";
import { datapointsOf, evaluationRange } from "./alarm-datapoints.ts";
import { evaluateAlarm } from "./evaluate-alarm.ts";

const now = Date.UTC(2019, 9, 2, 17, 4, 40, 985);
const base: AlarmConfiguration = {
  name: "a",
  actionsEnabled: true,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
  namespace: "N",
  metricName: "m",
  dimensions: [],
  statistic: "Average",
  periodSeconds: 60,
  evaluationPeriods: 3,
  threshold: 50,
  comparisonOperator: "GreaterThanThreshold",
};

/** `X` breaches, `0` does not, `-` is missing; oldest first, as CloudWatch's documentation writes them. */
function verdict(picture: string, configuration: Partial<AlarmConfiguration> = {}) {
  const end = Date.UTC(2019, 9, 2, 17, 4);
  const symbols = picture.split(" ");
  const datapoints = symbols.map((symbol, index) => {
    const start = end - (symbols.length - index) * 60_000;
    const value = { X: 99.5, "0": 1 }[symbol] ?? (symbol === "-" ? undefined : Number(symbol));
    return value === undefined ? { start } : { start, value, sampleCount: 1 };
  });
  return evaluateAlarm({ ...base, ...configuration }, datapoints, now);
}

const keeps = "keeps its state";
const treatments: readonly MissingDataTreatment[] = ["missing", "ignore", "breaching", "notBreaching"];
const short = { ALARM: "ALARM", OK: "OK", INSUFFICIENT_DATA: "INSUFFICIENT_DATA" };

describe("missing data are treated as the tables of CloudWatch's documentation say", () => {
  it.each([
    // 3 of 3: data, then the state when missing data are missing, ignored, breaching, not breaching
    [undefined, "0 - X - X", [short.OK, short.OK, short.OK, short.OK]],
    [undefined, "0 - - - -", [short.OK, short.OK, short.OK, short.OK]],
    [undefined, "- - - - -", [short.INSUFFICIENT_DATA, keeps, short.ALARM, short.OK]],
    [undefined, "0 X X - X", [short.ALARM, short.ALARM, short.ALARM, short.ALARM]],
    [undefined, "- - X - -", [short.ALARM, keeps, short.ALARM, short.OK]],
    // one fresh breach among gaps is waited out
    [undefined, "- - - - X", [keeps, keeps, short.ALARM, short.OK]],
    [undefined, "- - - X -", [keeps, keeps, short.ALARM, short.OK]],
    // 2 of 3
    [2, "0 - X - X", [short.ALARM, short.ALARM, short.ALARM, short.ALARM]],
    [2, "0 0 X 0 X", [short.ALARM, short.ALARM, short.ALARM, short.ALARM]],
    [2, "0 - X - -", [short.OK, short.OK, short.ALARM, short.OK]],
    [2, "- - - - 0", [short.OK, short.OK, short.ALARM, short.OK]],
    [2, "- - - X -", [short.ALARM, keeps, short.ALARM, short.OK]],
    // what lies before the periods asked for counts only where newer data are missing
    [undefined, "X X 0 0 0", [short.OK, short.OK, short.OK, short.OK]],
    [2, "X X 0 0 0", [short.OK, short.OK, short.OK, short.OK]],
  ])("%s to alarm, %s", (datapointsToAlarm, picture, states) => {
    const more = datapointsToAlarm === undefined ? {} : { datapointsToAlarm };
    const found = treatments.map((treatMissingData) => verdict(picture, { ...more, treatMissingData })?.value ?? keeps);
    expect(found).toEqual(states);
  });

  it("and as missing when nobody said how", () => {
    expect(verdict("- - - - -")?.value).toBe("INSUFFICIENT_DATA");
  });
});

describe("comparison with the threshold", () => {
  it.each([
    ["GreaterThanThreshold", ["OK", "OK", "ALARM"]],
    ["GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]],
    ["LessThanThreshold", ["ALARM", "OK", "OK"]],
    ["LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]],
  ] as const)("%s", (comparisonOperator, states) => {
    const one = { comparisonOperator, evaluationPeriods: 1 };
    expect(["49", "50", "51"].map((value) => verdict(value, one)?.value)).toEqual(states);
  });
});

describe("the reason is given in CloudWatch's words", () => {
  const breaching = { treatMissingData: "breaching" } as const;
  const notBreaching = { treatMissingData: "notBreaching" } as const;
  it.each([
    [
      "- - 99.5",
      { evaluationPeriods: 1 },
      "1 datapoint [99.5 (02/10/19 17:03:00)] was greater than the threshold (50.0).",
    ],
    [
      "- - 7",
      { evaluationPeriods: 1, comparisonOperator: "LessThanOrEqualToThreshold", threshold: 5 },
      "1 datapoint [7.0 (02/10/19 17:03:00)] was not less than or equal to the threshold (5.0).",
    ],
    [
      "- - 99.5",
      { evaluationPeriods: 1, datapointsToAlarm: 1 },
      "1 out of the last 1 datapoints [99.5 (02/10/19 17:03:00)] was greater than the threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition).",
    ],
    [
      "0 X 0 X X",
      { evaluationPeriods: 5, datapointsToAlarm: 4 },
      "2 out of the last 5 datapoints [1.0 (02/10/19 17:01:00), 1.0 (02/10/19 16:59:00)] were not greater than the threshold (50.0) (minimum 2 datapoints for ALARM -> OK transition).",
    ],
    [
      "X X X X X X",
      { evaluationPeriods: 6 },
      "6 datapoints were greater than the threshold (50.0). The most recent datapoints which crossed the threshold: [99.5 (02/10/19 17:03:00), 99.5 (02/10/19 17:02:00), 99.5 (02/10/19 17:01:00), 99.5 (02/10/19 17:00:00), 99.5 (02/10/19 16:59:00)].",
    ],
    [
      "- - - - -",
      breaching,
      "no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
    ],
    [
      "- - -",
      { ...notBreaching, evaluationPeriods: 1 },
      "no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
    ],
    [
      "- - - X -",
      { ...breaching, evaluationPeriods: 2 },
      "1 datapoint [99.5 (02/10/19 17:02:00)] was greater than the threshold (50.0) and 1 missing datapoint was treated as [Breaching].",
    ],
    [
      "- - - - 0",
      { ...breaching, datapointsToAlarm: 2 },
      "1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching].",
    ],
  ] satisfies [string, Partial<AlarmConfiguration>, string][])("%s", (picture, configuration, reason) => {
    expect(verdict(picture, configuration)?.reason).toBe(`Threshold Crossed: ${reason}`);
  });

  it("when nothing is known", () => {
    expect(verdict("- - -", { evaluationPeriods: 1 })?.reason).toBe("Insufficient Data: 1 datapoint was unknown.");
    expect(verdict("- - - - -")?.reason).toBe("Insufficient Data: 3 datapoints were unknown.");
  });
});

describe("the reason data", () => {
  it("are those of CloudWatch, doubles included", () => {
    expect(verdict("0 - 99.5", { evaluationPeriods: 2, unit: "Seconds" })?.reasonData).toBe(
      '{"version":"1.0","queryDate":"2019-10-02T17:04:40.985+0000","startDate":"2019-10-02T17:01:00.000+0000","unit":"Seconds",' +
        '"statistic":"Average","period":60,"recentDatapoints":[1.0,99.5],"threshold":50.0,"evaluatedDatapoints":[' +
        '{"timestamp":"2019-10-02T17:03:00.000+0000","sampleCount":1.0,"value":99.5},' +
        '{"timestamp":"2019-10-02T17:01:00.000+0000","sampleCount":1.0,"value":1.0}]}',
    );
    expect(verdict("- - -", { evaluationPeriods: 1 })?.reasonData).toContain(
      '"recentDatapoints":[],"threshold":50.0,"evaluatedDatapoints":[{"timestamp":"2019-10-02T17:03:00.000+0000"}]}',
    );
    expect(verdict("12345678", { evaluationPeriods: 1 })?.reasonData).toContain("[1.2345678E7]");
  });

  it("stay within 4000 characters, and JSON, however many periods there are", () => {
    const data = verdict(Array(1000).fill("99.123456789").join(" "), { evaluationPeriods: 1000 })!.reasonData;
    expect(data.length).toBeLessThanOrEqual(4000);
    expect(JSON.parse(data).evaluatedDatapoints[0].timestamp).toBe("2019-10-02T17:03:00.000+0000");
  });
});

describe("the periods an evaluation looks at", () => {
  const sample = (second: number, value: number) => {
    const start = Date.UTC(2019, 9, 2, 17, 4, second);
    return { start, count: 1, sum: value, minimum: value, maximum: value, values: { [value]: 1 } };
  };

  it("are whole ones that end with the present second in high resolution", () => {
    const fast = { ...base, periodSeconds: 10, evaluationPeriods: 1, statistic: "Sum" };
    const range = evaluationRange(fast, now);
    expect([range.to - now, range.to - range.from]).toEqual([15, 30_000]);
    const samples = [sample(30, 1), sample(31, 2), sample(40, 4)];
    expect(datapointsOf(fast, range, samples).map(({ value }) => value)).toEqual([undefined, 1, 6]);
  });

  it("end with the last full minute otherwise, and slide minute by minute", () => {
    const range = evaluationRange({ ...base, periodSeconds: 300 }, now);
    expect(new Date(range.to).toISOString()).toBe("2019-10-02T17:04:00.000Z");
    expect(range.periods).toBe(5);
  });
});
