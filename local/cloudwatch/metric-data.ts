// Reads PutMetricData: every rule CloudWatch has for names, dimensions, values and times, before anything is kept.
import type { JsonInput } from "../json-protocol.ts";
import {
  list,
  metricsError,
  missing,
  optionalNumber,
  optionalText,
  optionalTime,
  requiredText,
  structures,
} from "./errors.ts";
import type { Sample } from "./metric-store.ts";

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** One metric with one summary of what was measured. */
export interface MetricDatum {
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  readonly unit: string;
  readonly sample: Sample;
}

const maximumData = 1000;
const maximumDimensions = 30;
const maximumValues = 150;
const largestValue = 2 ** 360;
const hour = 3_600_000;
const oldest = 14 * 24 * hour;
const newest = 2 * hour;

const scales = ["", "Kilo", "Mega", "Giga", "Tera"];
const sizes = ["Bytes", "Bits"].flatMap((unit) => scales.map((scale) => (scale ? scale + unit.toLowerCase() : unit)));
const units = new Set([
  ...["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"],
  ...sizes,
  ...sizes.map((unit) => `${unit}/Second`),
]);

/** The namespace of a put; those of AWS's own services are closed. */
export function readNamespace(input: JsonInput): string {
  const namespace = requiredText(input, "Namespace", 255);
  if (!/^[A-Za-z0-9._#:/ -]+$/.test(namespace) || namespace.startsWith(":") || namespace.startsWith("AWS/")) {
    throw metricsError("InvalidParameterValueException", `The value ${namespace} for parameter Namespace is invalid.`);
  }
  return namespace;
}

/** All data of a put, or the error of the first that breaks a rule: nothing of a refused put is kept. */
export function readMetricData(input: JsonInput, now: number): readonly MetricDatum[] {
  if (input["EntityMetricData"] !== undefined) {
    const message = "EntityMetricData is not implemented by this one-machine region.";
    throw metricsError("InvalidParameterValueException", message);
  }
  const data = structures(input, "MetricData");
  if (data.length === 0) return missing("MetricData");
  if (data.length > maximumData) {
    const message = `The collection MetricData must not have a size greater than ${maximumData}.`;
    throw metricsError("InvalidParameterValueException", message);
  }
  return data.map((datum, index) => {
    const where = `MetricData.member.${index + 1}`;
    return {
      name: requiredText(datum, "MetricName", 255),
      dimensions: readDimensions(datum),
      unit: readUnit(datum) ?? "None",
      sample: { ...readValues(datum, where), start: readStart(datum, where, now) },
    };
  });
}

/** Dimensions in the order of their names: that is a metric's identity, whatever order a client writes them in. */
export function readDimensions(input: JsonInput): readonly Dimension[] {
  const dimensions = structures(input, "Dimensions").map((dimension) => ({
    Name: requiredText(dimension, "Name", 255),
    Value: requiredText(dimension, "Value", 1024),
  }));
  if (dimensions.length > maximumDimensions) {
    const message = `The collection Dimensions must not have a size greater than ${maximumDimensions}.`;
    throw metricsError("InvalidParameterValueException", message);
  }
  const sorted = dimensions.sort((a, b) => (a.Name < b.Name ? -1 : a.Name > b.Name ? 1 : 0));
  const twice = sorted.find((dimension, index) => dimension.Name === sorted[index + 1]?.Name);
  if (twice) throw metricsError("InvalidParameterValueException", `Dimension ${twice.Name} is given more than once.`);
  return sorted;
}

/** A unit CloudWatch knows, or undefined when absent. */
export function readUnit(input: JsonInput): string | undefined {
  const unit = optionalText(input, "Unit", 255);
  if (unit === undefined || units.has(unit)) return unit;
  throw metricsError("InvalidParameterValueException", `The value ${unit} for parameter Unit is invalid.`);
}

/** The start of the second or minute a datum belongs to, in milliseconds. */
function readStart(datum: JsonInput, where: string, now: number): number {
  const resolution = optionalNumber(datum, "StorageResolution") ?? 60;
  if (resolution !== 1 && resolution !== 60) {
    throw metricsError("InvalidParameterValueException", `The parameter ${where}.StorageResolution must be 1 or 60.`);
  }
  const time = optionalTime(datum, "Timestamp") ?? now;
  if (time < now - oldest || time > now + newest) {
    const message = `The parameter ${where}.Timestamp must specify a time within the past two weeks and next two hours.`;
    throw metricsError("InvalidParameterValueException", message);
  }
  return Math.floor(time / (1000 * resolution)) * 1000 * resolution;
}

function readValues(datum: JsonInput, where: string): Omit<Sample, "start"> {
  const statistics = datum["StatisticValues"] ?? undefined;
  const values = list(datum, "Values");
  const given = [datum["Value"] ?? undefined, statistics, values.length > 0 ? values : undefined];
  const kinds = given.filter((kind) => kind !== undefined).length;
  if (kinds === 0) return missing(`${where}.Value`);
  if (kinds > 1) {
    const message = `The parameters ${where}.Value, ${where}.Values and ${where}.StatisticValues are mutually exclusive.`;
    throw metricsError("InvalidParameterCombinationException", message);
  }
  if (statistics !== undefined) return readStatistics(statistics as JsonInput, where);
  const single = datum["Value"] ?? undefined;
  return distribution(single === undefined ? values : [single], list(datum, "Counts"), where);
}

function readStatistics(statistics: JsonInput, where: string): Omit<Sample, "start"> {
  const number = (name: string) => {
    const value = optionalNumber(statistics, name);
    return value === undefined ? missing(`${where}.StatisticValues.${name}`) : inRange(value, name);
  };
  const [count, sum, minimum, maximum] = [number("SampleCount"), number("Sum"), number("Minimum"), number("Maximum")];
  if (count <= 0 || minimum > maximum) {
    throw metricsError("InvalidParameterValueException", `The parameter ${where}.StatisticValues is inconsistent.`);
  }
  // One value known to be all of them still has a distribution; any other set has lost it.
  return { count, sum, minimum, maximum, values: minimum === maximum ? { [String(minimum)]: count } : undefined };
}

function distribution(values: readonly unknown[], counts: readonly unknown[], where: string): Omit<Sample, "start"> {
  if (values.length > maximumValues) {
    const message = `The collection ${where}.Values must not have a size greater than ${maximumValues}.`;
    throw metricsError("InvalidParameterValueException", message);
  }
  if (counts.length > 0 && counts.length !== values.length) {
    const message = `The parameters ${where}.Values and ${where}.Counts must have the same length.`;
    throw metricsError("InvalidParameterValueException", message);
  }
  const kept: Record<string, number> = {};
  let [count, sum, minimum, maximum] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  values.forEach((_, index) => {
    const value = inRange(optionalNumber({ Value: values[index] }, "Value") ?? missing(`${where}.Value`), "Value");
    const times = optionalNumber({ Count: counts[index] ?? 1 }, "Count") ?? 1;
    if (times < 0) throw metricsError("InvalidParameterValueException", `${where}.Counts must not be negative.`);
    if (times === 0) return;
    kept[String(value)] = (kept[String(value)] ?? 0) + times;
    count += times;
    sum += value * times;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
  });
  if (count === 0) throw metricsError("InvalidParameterValueException", `${where}.Counts must not all be zero.`);
  return { count, sum, minimum, maximum, values: kept };
}

function inRange(value: number, name: string): number {
  if (Math.abs(value) <= largestValue) return value;
  throw metricsError("InvalidParameterValueException", `The value ${value} for parameter ${name} is invalid.`);
}
