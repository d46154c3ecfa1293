// The operations that show alarms: by name, prefix and state, by metric, and their history, in pages.
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { type Alarm, stateValues } from "./alarm.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { alarmView, historyView, type ViewOptions } from "./alarm-view.ts";
import {
  metricsError,
  optionalChoice,
  optionalInteger,
  optionalText,
  optionalTime,
  requiredText,
  texts,
  validation,
} from "./errors.ts";
import { readDimensions, readUnit } from "./metric-data.ts";

const mostRecords = 100;
const alarmTypes = ["MetricAlarm", "CompositeAlarm", "LogAlarm"] as const;
const historyTypes = ["ConfigurationUpdate", "StateUpdate", "Action"] as const;
const scanOrders = ["TimestampDescending", "TimestampAscending"] as const;

/** The table of describing operations. */
export function describeAlarms(store: AlarmStore, options: ViewOptions): Readonly<Record<string, JsonOperation>> {
  return {
    DescribeAlarms(input) {
      for (const family of ["ChildrenOfAlarmName", "ParentsOfAlarmName"]) {
        if (input[family] === undefined) continue;
        throw validation(`${family} is about composite alarms, which this one-machine region does not implement.`);
      }
      const named = texts(input, "AlarmNames", mostRecords, 255);
      const prefix = optionalText(input, "AlarmNamePrefix", 255);
      if (named.length > 0 && prefix !== undefined) {
        throw validation("AlarmNames and AlarmNamePrefix cannot be specified together.");
      }
      const state = optionalChoice(input, "StateValue", stateValues);
      const actionPrefix = optionalText(input, "ActionPrefix", 1024);
      const limit = optionalInteger(input, "MaxRecords", 1, mostRecords) ?? mostRecords;
      const after = readToken(input);
      if (actionPrefix !== undefined && (named.length > 0 || prefix !== undefined)) {
        throw validation("ActionPrefix cannot be specified together with AlarmNames or AlarmNamePrefix.");
      }
      if (!wantsMetricAlarms(input)) return { CompositeAlarms: [], MetricAlarms: [] };
      const matching =
        named.length > 0
          ? byName(store, named, after).filter((alarm) => state === undefined || alarm.state.value === state)
          : store.list({
              ...(prefix === undefined ? {} : { prefix }),
              ...(state === undefined ? {} : { state }),
              ...(after === undefined ? {} : { after }),
              ...(actionPrefix === undefined ? {} : { actionPrefix }),
              limit: limit + 1,
            });
      const page = matching.slice(0, limit);
      return {
        CompositeAlarms: [],
        MetricAlarms: page.map((alarm) => alarmView(alarm, options)),
        ...(matching.length > limit ? { NextToken: token(page.at(-1)!.configuration.name) } : {}),
      };
    },

    DescribeAlarmsForMetric(input) {
      const metric = {
        namespace: requiredText(input, "Namespace", 255),
        name: requiredText(input, "MetricName", 255),
        dimensions: readDimensions(input),
      };
      const wanted = {
        statistic: optionalText(input, "Statistic", 255),
        extendedStatistic: optionalText(input, "ExtendedStatistic", 255),
        periodSeconds: optionalInteger(input, "Period", 1, Number.MAX_SAFE_INTEGER),
        unit: readUnit(input),
      };
      const fits = (configuration: Readonly<Record<keyof typeof wanted, unknown>>) =>
        (Object.keys(wanted) as (keyof typeof wanted)[]).every(
          (member) => wanted[member] === undefined || wanted[member] === configuration[member],
        );
      const alarms = store
        .ofMetric(metric)
        .filter(({ configuration }) =>
          fits({ statistic: undefined, extendedStatistic: undefined, unit: undefined, ...configuration }),
        );
      return { MetricAlarms: alarms.map((alarm) => alarmView(alarm, options)) };
    },

    DescribeAlarmHistory(input) {
      const name = optionalText(input, "AlarmName", 255);
      const type = optionalChoice(input, "HistoryItemType", historyTypes);
      const limit = optionalInteger(input, "MaxRecords", 1, mostRecords) ?? mostRecords;
      const order = optionalChoice(input, "ScanBy", scanOrders) ?? "TimestampDescending";
      const beyond = readToken(input);
      if (beyond !== undefined && !/^\d{1,15}$/.test(beyond)) throw invalidToken();
      if (!wantsMetricAlarms(input)) return { AlarmHistoryItems: [] };
      const items = store.history({
        ...(name === undefined ? {} : { name }),
        ...(type === undefined ? {} : { type }),
        from: optionalTime(input, "StartDate") ?? 0,
        to: optionalTime(input, "EndDate") ?? Number.MAX_SAFE_INTEGER,
        newestFirst: order === "TimestampDescending",
        ...(beyond === undefined ? {} : { beyond: Number(beyond) }),
        limit: limit + 1,
      });
      const page = items.slice(0, limit);
      return {
        AlarmHistoryItems: page.map((item) => historyView(item, options)),
        ...(items.length > limit ? { NextToken: token(String(page.at(-1)!.id)) } : {}),
      };
    },
  };
}

/** Those of the named alarms that are there, in the order of their names. */
function byName(store: AlarmStore, names: readonly string[], after: string | undefined): readonly Alarm[] {
  const wanted = [...new Set(names)].filter((name) => after === undefined || name > after).sort();
  return wanted.flatMap((name) => store.find(name) ?? []);
}

/** Without AlarmTypes, metric alarms only are meant; this region has no others. */
function wantsMetricAlarms(input: JsonInput): boolean {
  const types = texts(input, "AlarmTypes", alarmTypes.length, 255).map((type) =>
    optionalChoice({ AlarmTypes: type }, "AlarmTypes", alarmTypes),
  );
  return types.length === 0 || types.includes("MetricAlarm");
}

/** A token is where a page ended, so that what is made or deleted meanwhile shifts nothing. */
function token(end: string): string {
  return Buffer.from(end).toString("base64url");
}

function readToken(input: JsonInput): string | undefined {
  const given = optionalText(input, "NextToken", 4096);
  if (given === undefined) return undefined;
  const end = Buffer.from(given, "base64url").toString();
  if (end === "" || token(end) !== given) throw invalidToken();
  return end;
}

function invalidToken(): Error {
  return metricsError("InvalidNextToken", "The next token is invalid.");
}
