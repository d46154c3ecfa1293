// Refuses some requests as the services do when they come too fast: with each service's own error, in its own form, before
// anything of them is carried out, so that an unmodified SDK tries again.
import type { Engine, ServiceRequest, ServiceResponse } from "../engine.ts";
import { type ErrorForm, guessForm, Refusal, refusalResponse } from "../front/refusals.ts";
import { errorResponse, operationOf, ServiceError } from "../json-protocol.ts";
import type { Unkind } from "./unkind.ts";

/** The engine, with some requests refused ahead of it. */
export function throttledEngine<Running extends Pick<Engine, "signingNames" | "handle">>(
  engine: Running,
  unkind: Unkind,
): Pick<Engine, "signingNames" | "handle"> {
  const service = engine.signingNames[0] ?? "";
  return {
    signingNames: engine.signingNames,
    async handle(request) {
      const strikes = unkind.strikes("api-throttle", `${service} ${actionOf(request)}`) !== undefined;
      return strikes ? refusal(service, request) : engine.handle(request);
    },
  };
}

/** API Gateway in front of Hangar's own API: what it refuses has reached no function. */
export function throttledGateway(
  gateway: (request: ServiceRequest) => Promise<ServiceResponse>,
  unkind: Unkind,
): (request: ServiceRequest) => Promise<ServiceResponse> {
  return async (request) => {
    const strikes = unkind.strikes("api-throttle", `airflow ${request.method}`) !== undefined;
    if (!strikes) return gateway(request);
    return refusalResponse(new Refusal("throttled", "Too Many Requests"), "airflow", request.requestId);
  };
}

/** @returns what the front door asks before it pipes a request to S3. It throws a Refusal: S3's `503 SlowDown`. */
export function throttledS3(unkind: Unkind): (method: string) => void {
  return (method) => {
    if (unkind.strikes("api-throttle", `s3 ${method}`) === undefined) return;
    throw new Refusal("throttled", "Please reduce your request rate.");
  };
}

/** Those whose code is not that of their protocol. SQS: botocore tries again after this code with this status alone. */
const ownErrors: Readonly<Record<string, () => ServiceError>> = {
  dynamodb: () =>
    new ServiceError(
      "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
      "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
    ),
  sqs: () =>
    new ServiceError("com.amazonaws.sqs#RequestThrottled", "The request was denied due to request throttling.", {
      status: 403,
      headers: { "x-amzn-query-error": "RequestThrottled;Sender" },
    }),
};

function refusal(service: string, request: ServiceRequest): ServiceResponse {
  const { headers, rawPath, requestId } = request;
  const form: ErrorForm = guessForm({ signingName: service, headers, rawPath });
  const contentType = headers["content-type"] ?? "";
  const own = form === "json" ? ownErrors[service]?.() : undefined;
  if (own) return errorResponse(own, { "content-type": contentType, "x-amzn-requestid": requestId });
  return refusalResponse(new Refusal("throttled", "Rate exceeded"), form, requestId, contentType);
}

/** The operation of AWS JSON or of the Query protocol. */
function actionOf({ headers, body }: ServiceRequest): string {
  return operationOf(headers) || (/(?:^|&)Action=(\w+)/.exec(body.toString("latin1", 0, 2048))?.[1] ?? "");
}
