// Why an alarm is in its state, word for word as CloudWatch says it: the sentence, and the data behind it. Pure.
import type { AlarmConfiguration, ComparisonOperator, StateValue } from "./alarm.ts";
import type { Datapoint } from "./alarm-datapoints.ts";

/** What an evaluation looked at; every list newest first. */
export interface Judged {
  readonly evaluated: readonly Datapoint[];
  readonly breaching: readonly Datapoint[];
  readonly withinThreshold: readonly Datapoint[];
  /** How many missing datapoints were filled in. */
  readonly filled: number;
}

/** A sentence names so many datapoints one by one; of more it names this many and one, the newest. */
const mostNamed = 4;
/** What a StateReasonData holds at most; of its lists the older part is left out. */
const mostCharacters = 4000;
const mostRecent = 100;

const comparisons: Readonly<Record<ComparisonOperator, string>> = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

/** The StateReason of an evaluation that came to `state`. */
export function reasonOf(configuration: AlarmConfiguration, state: StateValue, judged: Judged): string {
  const { evaluationPeriods, datapointsToAlarm } = configuration;
  if (state === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${counted(evaluationPeriods, "datapoint", "datapoints")} unknown.`;
  }
  const decisive = state === "ALARM" ? judged.breaching : judged.withinThreshold;
  const real = judged.breaching.length + judged.withinThreshold.length;
  const treated = treatedAs(configuration, judged.filled);
  if (decisive.length === 0) {
    const received = real === 0 ? "no datapoints were" : counted(real, "datapoint", "datapoints");
    const periods = evaluationPeriods === 1 ? "period" : "periods";
    return `Threshold Crossed: ${received} received for ${evaluationPeriods} ${periods}${treated}.`;
  }
  const isSome = datapointsToAlarm !== undefined || decisive.length < real;
  const count = isSome
    ? `${decisive.length} out of the last ${evaluationPeriods} datapoints`
    : `${decisive.length} ${decisive.length === 1 ? "datapoint" : "datapoints"}`;
  const named = decisive
    .slice(0, mostNamed + 1)
    .map(({ start, value }) => `${double(value!)} (${dayAndTime(start)})`)
    .join(", ");
  const isLong = decisive.length > mostNamed;
  const were = decisive.length === 1 ? "was" : "were";
  const not = state === "ALARM" ? "" : "not ";
  const comparison = comparisons[configuration.comparisonOperator];
  const list = isLong ? `. The most recent datapoints${state === "ALARM" ? " which crossed the threshold" : ""}: ` : "";
  return [
    `Threshold Crossed: ${count}${isLong ? "" : ` [${named}]`} ${were} ${not}${comparison} the threshold`,
    ` (${double(configuration.threshold)})${treated}${isLong ? `${list}[${named}]` : ""}`,
    minimumFor(configuration, state),
    ".",
  ].join("");
}

/** The StateReasonData of an evaluation: JSON text with numbers as CloudWatch writes them. */
export function reasonData(configuration: AlarmConfiguration, judged: Judged, queriedAt: number): string {
  const oldestFirst = judged.evaluated.filter(({ value }) => value !== undefined).toReversed();
  const first = oldestFirst[0];
  const { statistic, extendedStatistic, unit } = configuration;
  const evaluated = judged.evaluated.map(({ start, value, sampleCount }) => {
    const known = value === undefined ? "" : `,"sampleCount":${double(sampleCount!)},"value":${double(value)}`;
    return `{"timestamp":"${timestamp(start)}"${known}}`;
  });
  const members = [
    `"version":"1.0"`,
    `"queryDate":"${timestamp(queriedAt)}"`,
    ...(first ? [`"startDate":"${timestamp(first.start)}"`] : []),
    ...(unit === undefined ? [] : [`"unit":${JSON.stringify(unit)}`]),
    `"statistic":${JSON.stringify(statistic ?? extendedStatistic)}`,
    `"period":${configuration.periodSeconds}`,
    `"recentDatapoints":[${oldestFirst
      .slice(-mostRecent)
      .map(({ value }) => double(value!))
      .join(",")}]`,
    `"threshold":${double(configuration.threshold)}`,
  ].join(",");
  let room = mostCharacters - members.length - `{,"evaluatedDatapoints":[]}`.length;
  const end = evaluated.findIndex((one) => {
    room -= one.length + 1;
    return room < 0;
  });
  return `{${members},"evaluatedDatapoints":[${evaluated.slice(0, end < 0 ? undefined : end).join(",")}]}`;
}

/** A moment as CloudWatch writes it inside texts, e.g. `2019-10-02T17:04:40.985+0000`. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "+0000");
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one} was` : `${count} ${many} were`;
}

function treatedAs({ treatMissingData }: AlarmConfiguration, filled: number): string {
  if (filled === 0 || (treatMissingData !== "breaching" && treatMissingData !== "notBreaching")) return "";
  const kind = treatMissingData === "breaching" ? "Breaching" : "NonBreaching";
  return ` and ${counted(filled, "missing datapoint", "missing datapoints")} treated as [${kind}]`;
}

/** Said only when DatapointsToAlarm was. */
function minimumFor({ evaluationPeriods, datapointsToAlarm }: AlarmConfiguration, state: StateValue): string {
  if (datapointsToAlarm === undefined) return "";
  const minimum = state === "ALARM" ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const transition = state === "ALARM" ? "OK -> ALARM" : "ALARM -> OK";
  return ` (minimum ${minimum} ${minimum === 1 ? "datapoint" : "datapoints"} for ${transition} transition)`;
}

/** e.g. `02/10/19 16:59:00`, in UTC. */
function dayAndTime(milliseconds: number): string {
  const [, year, month, day, time] = /^\d\d(\d\d)-(\d\d)-(\d\d)T(.{8})/.exec(new Date(milliseconds).toISOString())!;
  return `${day}/${month}/${year} ${time}`;
}

/** A number as Java writes a double: `50.0`, `1.0E7`, `5.0E-4`. CloudWatch's texts have them so. */
function double(value: number): string {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? value.toFixed(1) : String(value);
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  return `${digits.includes(".") ? digits : `${digits}.0`}E${exponent.replace("+", "")}`;
}
