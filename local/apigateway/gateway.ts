// API Gateway (an HTTP API with IAM authorisation) on one machine: turns a verified request into the event a function
// knows, calls the function of the route, and turns its answer into a response.
import { type Authority, denialMessage } from "../auth/authority.ts";
import type { ServiceRequest, ServiceResponse } from "../engine.ts";
import { Refusal, refusalResponse } from "../front/refusals.ts";
import type { InvokeResult } from "../lambda/wiring.ts";
import { proxyEvent } from "./proxy-event.ts";
import { matcher, type Route, type RouteMatch } from "./route-match.ts";
import { type GuardedRoute, routeDenial } from "./route-wishes.ts";

export interface ApiGatewayOptions {
  readonly routes: readonly (Route & GuardedRoute)[];
  readonly authority: Authority;
  /** Calls a function by name; never rejects. */
  readonly invoke: (functionName: string, event: unknown) => Promise<InvokeResult>;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** @returns what the front door calls for requests signed for `airflow` or `execute-api` */
export function createApiGateway(options: ApiGatewayOptions): (request: ServiceRequest) => Promise<ServiceResponse> {
  const match = matcher(options.routes);
  return async (request) => {
    const found = match(request.method, request.rawPath);
    if (found === undefined) return message(request, 404, "Not Found");
    if (found === "malformed") return message(request, 400, "Bad Request");
    const refused = refusal(options, request, found);
    if (refused !== undefined) return refused;
    const event = proxyEvent(request, found, { region: options.region, now: options.now() });
    const result = await options.invoke(found.route.function, event);
    if ("errorType" in result) {
      // Like API Gateway: nothing of the function's error goes out. 503 is what clients may repeat.
      if (result.errorType === "Lambda.RequestTooLargeException")
        return message(request, 413, "Request Entity Too Large");
      const isOutage = result.errorType === "Sandbox.Timedout" || result.errorType === "Lambda.Unknown";
      return message(request, isOutage ? 503 : 500, isOutage ? "Service Unavailable" : "Internal Server Error");
    }
    return response(request, result.payload);
  };
}

/** AccessDeniedException, when the caller's policies do not allow the route's action on what its path names. */
function refusal(
  options: ApiGatewayOptions,
  request: ServiceRequest,
  found: RouteMatch<Route & GuardedRoute>,
): ServiceResponse | undefined {
  const denial = routeDenial(options.authority, request.caller, found, options.region);
  if (denial === undefined) return undefined;
  const { arn } = request.caller;
  return refusalResponse(new Refusal("accessDenied", denialMessage(arn, denial)), "airflow", request.requestId);
}

/** Payload format 2.0: an object with a statusCode is the response; any other value is the body of a 200. */
function response(request: ServiceRequest, payload: unknown): ServiceResponse {
  if (payload === null || typeof payload !== "object" || !("statusCode" in payload)) {
    const headers = { "content-type": "application/json", ...ids(request) };
    return { status: 200, headers, body: typeof payload === "string" ? payload : JSON.stringify(payload) };
  }
  const { statusCode, headers, body, isBase64Encoded } = payload as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599 || (body !== undefined && typeof body !== "string")) {
    return message(request, 500, "Internal Server Error");
  }
  const sent: Record<string, string> = { "content-type": "text/plain;charset=UTF-8" };
  for (const [name, value] of Object.entries((headers as object | undefined) ?? {})) {
    if (["string", "number", "boolean"].includes(typeof value)) sent[name.toLowerCase()] = String(value);
  }
  const text = body ?? "";
  return {
    status,
    headers: { ...sent, ...ids(request) },
    body: isBase64Encoded === true ? Buffer.from(text, "base64") : text,
  };
}

function message(request: ServiceRequest, status: number, text: string): ServiceResponse {
  const headers = { "content-type": "application/json", ...ids(request) };
  return { status, headers, body: JSON.stringify({ message: text }) };
}

function ids(request: ServiceRequest): Record<string, string> {
  return { "x-amzn-requestid": request.requestId, "apigw-requestid": request.requestId };
}
