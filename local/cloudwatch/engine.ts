// The CloudWatch engine: metrics and alarms over JSON 1.0, as today's SDKs speak, and over Query, as older botocore does.
import { join } from "node:path";
import type { BusEvent, Engine, EngineContext, ServiceRequest, ServiceResponse } from "../engine.ts";
import { answerJson, errorResponse, ServiceError } from "../json-protocol.ts";
import { openDatabase } from "../sqlite.ts";
import { type Schedule, scheduleByTimer } from "../sqs/long-poll.ts";
import { answerQuery, type QueryService } from "../sts/query-protocol.ts";
import { startAlarmEvaluator } from "./alarm-evaluator.ts";
import { alarmOperations } from "./alarm-operations.ts";
import { alarmSchema, openAlarmStore } from "./alarm-store.ts";
import { alarmTagOperations } from "./alarm-tag-operations.ts";
import { describeAlarms } from "./describe-alarms.ts";
import { metricsError } from "./errors.ts";
import { type MetricOptions, metricOperations, retentionMilliseconds } from "./metric-operations.ts";
import { metricSchema, openMetricStore } from "./metric-store.ts";
import { relayAlarmEvents } from "./relay-alarm-events.ts";
import { largestBodyBytes, unpackedBody } from "./unpack.ts";

export type CloudWatchEngine = Engine;

export interface CloudWatchOptions extends EngineContext {
  /** Takes the event of an alarm's change durably when it returns or resolves; without it nobody hears of changes. */
  readonly publish?: (event: BusEvent) => void | Promise<void>;
}

const service: QueryService = { namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", version: "2010-08-01" };
const expiryMilliseconds = 3_600_000;
/** CloudWatch keeps the history of alarms for 30 days. */
const historyMilliseconds = 30 * 86_400_000;

/** Opens the metrics and alarms of a folder. `schedule` sets every timer (injected by tests). */
export function createCloudWatchEngine(
  options: CloudWatchOptions,
  schedule: Schedule = scheduleByTimer,
): CloudWatchEngine {
  const { now, folder } = options;
  // A datapoint lost to a power cut is a gap of seconds in a graph: not worth a wait for the disk on every put. An alarm, its
  // state and the event of its change are rare, and each of them counts.
  const database = openDatabase(join(folder, "metrics.sqlite"), "NORMAL", metricSchema);
  const alarmDatabase = openDatabase(join(folder, "alarms.sqlite"), "FULL", alarmSchema);
  const store = openMetricStore(database);
  const alarms = openAlarmStore(alarmDatabase);
  const relay = relayAlarmEvents(alarms, options.publish ?? (() => undefined), schedule);
  const stateChanged = () => relay.wake();
  const evaluator = startAlarmEvaluator({ ...options, alarms, metrics: store, schedule, stateChanged });

  const operations = (written: Pick<MetricOptions, "time" | "map">) => ({
    ...metricOperations(store, { now, dataAdded: (metrics) => evaluator.metricsChanged(metrics), ...written }),
    ...alarmOperations(alarms, { ...options, stateChanged }),
    ...describeAlarms(alarms, { ...options, ...written }),
    ...alarmTagOperations(alarms, options),
  });
  const json = operations({ time: (milliseconds) => milliseconds / 1000, map: (entries) => entries });
  const query = operations({
    time: (milliseconds) => new Date(milliseconds),
    map: (entries) => new Map(Object.entries(entries)),
  });

  const expire = () => {
    store.expire(now() - retentionMilliseconds);
    alarms.expireHistory(now() - historyMilliseconds);
  };
  expire();
  relay.wake(); // what a process that died left behind
  let cancelExpiry = schedule(expireAgain, expiryMilliseconds);

  function expireAgain(): void {
    expire();
    cancelExpiry = schedule(expireAgain, expiryMilliseconds);
  }

  return {
    signingNames: ["monitoring"],
    async handle(request) {
      const unpacked = unpack(request);
      if ("status" in unpacked) return unpacked;
      const form = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
      return form ? answerQuery(service, query, unpacked) : answerJson("1.0", json, unpacked);
    },
    async close() {
      cancelExpiry();
      evaluator.close();
      await relay.close();
      if (database.isOpen) database.close();
      if (alarmDatabase.isOpen) alarmDatabase.close();
    },
  };
}

function unpack(request: ServiceRequest): ServiceRequest | ServiceResponse {
  try {
    return { ...request, body: unpackedBody(request) };
  } catch (error) {
    const tooLarge = error instanceof RangeError;
    const refusal = tooLarge
      ? new ServiceError("RequestEntityTooLarge", `The request is larger than ${largestBodyBytes} bytes.`, {
          status: 413,
        })
      : metricsError("InvalidFormatFault", "The request body is not valid gzip data.");
    return errorResponse(refusal, {
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-requestid": request.requestId,
    });
  }
}
