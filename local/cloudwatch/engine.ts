// The CloudWatch engine: metrics over JSON 1.0, as today's SDKs speak, and over Query, as older botocore does.
import { join } from "node:path";
import type { Engine, EngineContext, ServiceRequest, ServiceResponse } from "../engine.ts";
import { answerJson, errorResponse, ServiceError } from "../json-protocol.ts";
import { openDatabase } from "../sqlite.ts";
import { type Schedule, scheduleByTimer } from "../sqs/long-poll.ts";
import { answerQuery, type QueryService } from "../sts/query-protocol.ts";
import { metricsError } from "./errors.ts";
import { metricOperations, retentionMilliseconds } from "./metric-operations.ts";
import { metricSchema, openMetricStore } from "./metric-store.ts";
import { largestBodyBytes, unpackedBody } from "./unpack.ts";

export type CloudWatchEngine = Engine;

const service: QueryService = { namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", version: "2010-08-01" };
const expiryMilliseconds = 3_600_000;

/** Opens the metrics of a folder. `schedule` sets the timer that forgets old data (injected by tests). */
export function createCloudWatchEngine(context: EngineContext, schedule: Schedule = scheduleByTimer): CloudWatchEngine {
  const { now } = context;
  // A datapoint lost to a power cut is a gap of seconds in a graph: not worth a wait for the disk on every put.
  const database = openDatabase(join(context.folder, "metrics.sqlite"), "NORMAL", metricSchema);
  const store = openMetricStore(database);
  const json = metricOperations(store, { now, time: (milliseconds) => milliseconds / 1000, map: (entries) => entries });
  const query = metricOperations(store, {
    now,
    time: (milliseconds) => new Date(milliseconds),
    map: (entries) => new Map(Object.entries(entries)),
  });
  const expire = () => store.expire(now() - retentionMilliseconds);
  expire();
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
      if (database.isOpen) database.close();
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
