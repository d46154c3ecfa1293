// The four metric operations: put, get data, get statistics, list.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import {
  list,
  metricsError,
  missing,
  optionalChoice,
  optionalNumber,
  optionalText,
  requiredText,
  requiredTime,
  structures,
  validation,
} from "./errors.ts";
import { readDimensions, readMetricData, readNamespace, readUnit } from "./metric-data.ts";
import type { Metric, MetricStore } from "./metric-store.ts";
import { byPeriod, checkPeriod, statistic } from "./statistics.ts";

/** How long data are kept, in milliseconds: CloudWatch keeps one-minute data for 15 days. */
export const retentionMilliseconds = 15 * 86_400_000;

const listPage = 500;
const maximumQueries = 500;
const maximumDatapoints = 100_800;
const maximumStatisticsDatapoints = 1440;
/** ListMetrics shows what had data in the past two weeks; `RecentlyActive`, in the past three hours. */
const listedMilliseconds = 14 * 86_400_000;
const recentMilliseconds = 3 * 3_600_000;

export interface MetricOptions {
  readonly now: () => number;
  /** How a moment is written in an answer: epoch seconds in JSON, a Date in Query. */
  readonly time: (milliseconds: number) => unknown;
  /** How a map is written in an answer: as it is in JSON, a Map in Query. */
  readonly map: (entries: Readonly<Record<string, unknown>>) => unknown;
  /** Data of these metrics were kept. */
  readonly dataAdded: (metrics: readonly Metric[]) => void;
}

/** The table of metric operations. */
export function metricOperations(store: MetricStore, options: MetricOptions): Readonly<Record<string, JsonOperation>> {
  const { now, time, map } = options;

  return {
    PutMetricData(input) {
      const namespace = readNamespace(input);
      const data = readMetricData(input, now());
      store.add(namespace, data);
      options.dataAdded(data.map(({ name, dimensions }) => ({ namespace, name, dimensions })));
      return undefined;
    },

    GetMetricData(input) {
      const [from, to] = readRange(input, now());
      const queries = structures(input, "MetricDataQueries");
      if (queries.length === 0) return missing("MetricDataQueries");
      if (queries.length > maximumQueries) {
        throw validation(`The collection MetricDataQueries must not have a size greater than ${maximumQueries}.`);
      }
      const limit = optionalNumber(input, "MaxDatapoints") ?? maximumDatapoints;
      if (!Number.isInteger(limit) || limit < 1 || limit > maximumDatapoints) {
        throw validation(`MaxDatapoints must be between 1 and ${maximumDatapoints}.`);
      }
      const ids = new Set<string>();
      const results = queries.map((query) => {
        const id = requiredText(query, "Id", 255);
        if (!/^[a-z][A-Za-z0-9_]*$/.test(id)) throw validation(`The value ${id} for parameter Id is invalid.`);
        if (ids.size === ids.add(id).size) throw validation(`The Id ${id} is used more than once.`);
        return { id, ...evaluate(store, query, from, to), returned: String(query["ReturnData"] ?? true) !== "false" };
      });
      const order = optionalChoice(input, "ScanBy", ["TimestampDescending", "TimestampAscending"]);
      const descending = order !== "TimestampAscending";
      return pageOfData(results, descending, limit, readOffset(input), time);
    },

    GetMetricStatistics(input) {
      const metric = readMetric(input);
      const [from, to] = readRange(input, now());
      const period = checkPeriod(optionalNumber(input, "Period") ?? missing("Period"), "Period");
      const statistics = list(input, "Statistics").map(String);
      const extended = list(input, "ExtendedStatistics").map(String);
      if (statistics.length + extended.length === 0) {
        const message = "At least one of the parameters Statistics and ExtendedStatistics must be specified.";
        throw metricsError("InvalidParameterCombinationException", message);
      }
      if ((to - from) / period > maximumStatisticsDatapoints) {
        const reason = `You have requested up to ${Math.ceil((to - from) / period)} datapoints`;
        const message = `${reason}, which exceeds the limit of ${maximumStatisticsDatapoints}.`;
        throw metricsError("InvalidParameterCombinationException", message);
      }
      const samples = store.samples(metric, from, to, readUnit(input));
      const units = [...new Set(samples.map((sample) => sample.unit))];
      // Data of different units are never mixed: each unit has datapoints of its own.
      const datapoints = units.flatMap((unit) => {
        const ofUnit = samples.filter((sample) => sample.unit === unit);
        return byPeriod(ofUnit, period).map((sample) => ({
          Timestamp: time(sample.start),
          ...Object.fromEntries(statistics.map((name) => [name, statistic(name)(sample)])),
          ...(extended.length > 0
            ? { ExtendedStatistics: map(Object.fromEntries(extended.map((name) => [name, statistic(name)(sample)]))) }
            : {}),
          Unit: unit,
        }));
      });
      return { Label: metric.name, Datapoints: datapoints };
    },

    ListMetrics(input) {
      const recently = optionalText(input, "RecentlyActive", 255);
      if (recently !== undefined && recently !== "PT3H") {
        throw metricsError("InvalidParameterValueException", "RecentlyActive must be PT3H.");
      }
      const namespace = optionalText(input, "Namespace", 255);
      const name = optionalText(input, "MetricName", 255);
      const wanted = structures(input, "Dimensions").map((filter) => ({
        Name: requiredText(filter, "Name", 255),
        Value: optionalText(filter, "Value", 1024),
      }));
      const activeSince = now() - (recently ? recentMilliseconds : listedMilliseconds);
      const matching = store
        .metrics({ activeSince, ...(namespace ? { namespace } : {}), ...(name ? { name } : {}) })
        .filter((metric) =>
          wanted.every((filter) =>
            metric.dimensions.some(
              ({ Name, Value }) => Name === filter.Name && (filter.Value === undefined || Value === filter.Value),
            ),
          ),
        );
      const offset = readOffset(input);
      const page = matching.slice(offset, offset + listPage);
      return {
        Metrics: page.map((metric) => ({
          Namespace: metric.namespace,
          MetricName: metric.name,
          Dimensions: metric.dimensions,
        })),
        ...(matching.length > offset + listPage ? { NextToken: offsetToken(offset + listPage) } : {}),
      };
    },
  };
}

interface QueryResult {
  readonly id: string;
  readonly label: string;
  readonly points: readonly (readonly [start: number, value: number])[];
  readonly returned: boolean;
}

function evaluate(
  store: MetricStore,
  query: JsonInput,
  from: number,
  to: number,
): Omit<QueryResult, "id" | "returned"> {
  if (query["Expression"] !== undefined) {
    throw validation("Metric math and Metrics Insights are not implemented by this one-machine region.");
  }
  const asked = query["MetricStat"];
  if (typeof asked !== "object" || asked === null) throw validation("A query must have a MetricStat.");
  const metricStat = asked as JsonInput;
  const metric = readMetric((metricStat["Metric"] ?? {}) as JsonInput);
  const period = checkPeriod(optionalNumber(metricStat, "Period") ?? missing("Period"), "Period");
  const compute = statistic(requiredText(metricStat, "Stat", 255));
  const samples = store.samples(metric, from, to, readUnit(metricStat));
  const points = byPeriod(samples, period).flatMap((sample) => {
    const value = compute(sample);
    return value === undefined ? [] : [[sample.start, value] as const];
  });
  return { label: optionalText(query, "Label", 1024) ?? metric.name, points };
}

/** Pages run over all datapoints of all results in order, so a page may hold the end of one and the start of another. */
function pageOfData(
  results: readonly QueryResult[],
  descending: boolean,
  limit: number,
  offset: number,
  time: (milliseconds: number) => unknown,
): JsonInput {
  let skipped = 0;
  let taken = 0;
  const page = results
    .filter((result) => result.returned)
    .map(({ id, label, points }) => {
      const ordered = descending ? points.toReversed() : points;
      const start = Math.min(ordered.length, Math.max(0, offset - skipped));
      const part = ordered.slice(start, start + limit - taken);
      skipped += ordered.length;
      taken += part.length;
      const complete = start + part.length >= ordered.length;
      return {
        Id: id,
        Label: label,
        Timestamps: part.map(([at]) => time(at)),
        Values: part.map(([, value]) => value),
        StatusCode: complete ? "Complete" : "PartialData",
      };
    });
  const more = offset + taken < skipped;
  return { MetricDataResults: page, Messages: [], ...(more ? { NextToken: offsetToken(offset + taken) } : {}) };
}

function readMetric(input: JsonInput): Metric {
  return {
    namespace: requiredText(input, "Namespace", 255),
    name: requiredText(input, "MetricName", 255),
    dimensions: readDimensions(input),
  };
}

function readRange(input: JsonInput, now: number): readonly [from: number, to: number] {
  const [from, to] = [requiredTime(input, "StartTime"), requiredTime(input, "EndTime")];
  if (from < to) return [Math.max(from, now - retentionMilliseconds), to];
  const message = "The parameter StartTime must be less than the parameter EndTime.";
  throw metricsError("InvalidParameterValueException", message);
}

function readOffset(input: JsonInput): number {
  const token = optionalText(input, "NextToken", 1024);
  if (token === undefined) return 0;
  const offset = Buffer.from(token, "base64").toString();
  if (/^\d{1,9}$/.test(offset)) return Number(offset);
  throw metricsError("InvalidNextToken", "The next token is invalid.");
}

function offsetToken(offset: number): string {
  return Buffer.from(String(offset)).toString("base64");
}
