// Reads PutMetricAlarm: every rule CloudWatch has for a simple metric alarm, before anything is kept. What would be another
// kind of alarm (metric math, anomaly detection, PromQL) is refused, never taken as something simpler.
import type { JsonInput } from "../json-protocol.ts";
import {
  type AlarmConfiguration,
  comparisonOperators,
  type MissingDataTreatment,
  missingDataTreatments,
} from "./alarm.ts";
import {
  metricsError,
  missing,
  optionalBoolean,
  optionalChoice,
  optionalInteger,
  optionalNumber,
  optionalText,
  requiredText,
  texts,
  validation,
} from "./errors.ts";
import { readDimensions, readUnit } from "./metric-data.ts";
import { statistic } from "./statistics.ts";

const simpleStatistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;
const day = 86_400;
const week = 7 * day;
const mostActions = 5;
const otherKinds = [
  "Metrics",
  "ThresholdMetricId",
  "EvaluationCriteria",
  "EvaluationInterval",
  "EvaluationWindow",
] as const;

/** @throws ServiceError of the first rule that is broken */
export function readAlarm(input: JsonInput): AlarmConfiguration {
  const name = requiredText(input, "AlarmName", 255);
  const other = otherKinds.find((member) => (input[member] ?? undefined) !== undefined && input[member] !== "");
  if (other) throw validation(`Alarms with ${other} are not implemented by this one-machine region.`);
  const namespace = requiredText(input, "Namespace", 255);
  if (namespace.startsWith(":")) throw invalid("Namespace", namespace);
  const periodSeconds = readPeriod(input);
  const evaluationPeriods =
    optionalInteger(input, "EvaluationPeriods", 1, Number.MAX_SAFE_INTEGER) ?? missing("EvaluationPeriods");
  checkSpan(periodSeconds * evaluationPeriods, periodSeconds);
  const datapointsToAlarm = optionalInteger(input, "DatapointsToAlarm", 1, Number.MAX_SAFE_INTEGER);
  if (datapointsToAlarm !== undefined && datapointsToAlarm > evaluationPeriods) {
    throw validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
  }
  const description = input["AlarmDescription"] === "" ? undefined : optionalText(input, "AlarmDescription", 1024);
  const unit = readUnit(input);
  const treatMissingData = readTreatment(input);
  const lowSampleCount = readLowSampleCount(input);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    actionsEnabled: optionalBoolean(input, "ActionsEnabled") ?? true,
    okActions: readActions(input, "OKActions"),
    alarmActions: readActions(input, "AlarmActions"),
    insufficientDataActions: readActions(input, "InsufficientDataActions"),
    namespace,
    metricName: requiredText(input, "MetricName", 255),
    dimensions: readDimensions(input),
    ...readStatistic(input),
    ...(unit === undefined ? {} : { unit }),
    periodSeconds,
    evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { datapointsToAlarm }),
    threshold: optionalNumber(input, "Threshold") ?? missing("Threshold"),
    comparisonOperator:
      optionalChoice(input, "ComparisonOperator", comparisonOperators) ?? missing("ComparisonOperator"),
    ...(treatMissingData === undefined ? {} : { treatMissingData }),
    ...(lowSampleCount === undefined ? {} : { evaluateLowSampleCountPercentile: lowSampleCount }),
  };
}

/** One of the five statistics or a percentile, and never both. */
function readStatistic(input: JsonInput): Pick<AlarmConfiguration, "statistic" | "extendedStatistic"> {
  const simple = optionalChoice(input, "Statistic", simpleStatistics);
  const extended = optionalText(input, "ExtendedStatistic", 255);
  if ((simple === undefined) === (extended === undefined)) {
    const message = "Exactly one of the parameters Statistic and ExtendedStatistic must be specified.";
    throw metricsError("InvalidParameterCombinationException", message);
  }
  if (simple !== undefined) return { statistic: simple };
  if (!extended!.startsWith("p")) throw invalid("ExtendedStatistic", extended!);
  statistic(extended!); // refuses what cannot be computed
  return { extendedStatistic: extended! };
}

/** Seconds. Unlike a query, an alarm knows no periods of one and five seconds. */
function readPeriod(input: JsonInput): number {
  const seconds = optionalNumber(input, "Period") ?? missing("Period");
  if ([10, 20, 30].includes(seconds) || (Number.isInteger(seconds / 60) && seconds > 0)) return seconds;
  throw validation("Period must be 10, 20, 30 or a multiple of 60");
}

function checkSpan(seconds: number, period: number): void {
  if (period < 3600 && seconds > day) {
    throw validation(
      "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for alarms using period < 3600",
    );
  }
  if (seconds > week) {
    throw validation(
      "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms using period >= 3600",
    );
  }
}

function readTreatment(input: JsonInput): MissingDataTreatment | undefined {
  const value = optionalText(input, "TreatMissingData", 255);
  const known = missingDataTreatments.find((one) => one === value);
  if (value === undefined || known !== undefined) return known;
  throw validation(
    `Option ${value} is not supported. Supported options for parameter TreatMissingData are missing, ignore, breaching and notBreaching.`,
  );
}

function readLowSampleCount(input: JsonInput): "evaluate" | undefined {
  const value = optionalText(input, "EvaluateLowSampleCountPercentile", 255);
  if (value === undefined || value === "evaluate") return value;
  if (value === "ignore") {
    throw validation("EvaluateLowSampleCountPercentile ignore is not implemented by this one-machine region.");
  }
  throw validation(
    `Option ${value} is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.`,
  );
}

function readActions(input: JsonInput, name: string): readonly string[] {
  const actions = texts(input, name, mostActions, 1024);
  const wrong = actions.find((action) => !/^arn:[a-z-]+:[a-z0-9-]+:/.test(action));
  if (wrong !== undefined) throw validation(`Invalid arn syntax: ${wrong}`);
  return actions;
}

function invalid(parameter: string, value: string): Error {
  return metricsError(
    "InvalidParameterValueException",
    `The value ${value} for parameter ${parameter} is not supported.`,
  );
}
