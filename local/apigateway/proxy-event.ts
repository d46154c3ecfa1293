// The event of payload format 2.0 with IAM authorisation, member by member as AWS fills it.
import { isUtf8 } from "node:buffer";
import type { APIGatewayProxyEventV2WithIAMAuthorizer } from "aws-lambda";
import type { ServiceRequest } from "../engine.ts";
import type { RouteMatch } from "./route-match.ts";

/** @param at the region, and the time in milliseconds since the epoch */
export function proxyEvent(
  request: ServiceRequest,
  { route, parameters }: RouteMatch,
  at: { readonly region: string; readonly now: number },
): APIGatewayProxyEventV2WithIAMAuthorizer {
  const routeKey = `${route.method} ${route.path}`;
  const { caller, headers, body } = request;
  const isText = isUtf8(body);
  const domainName = headers["host"] ?? "";
  const query = queryParameters(request.rawQuery);
  return {
    version: "2.0",
    routeKey,
    rawPath: request.rawPath,
    rawQueryString: request.rawQuery,
    headers: { ...headers },
    ...(query === undefined ? {} : { queryStringParameters: query }),
    ...(Object.keys(parameters).length === 0 ? {} : { pathParameters: { ...parameters } }),
    requestContext: {
      accountId: caller.accountId,
      apiId: "hangar",
      authorizer: {
        iam: {
          accessKey: caller.accessKeyId,
          accountId: caller.accountId,
          callerId: caller.accessKeyId,
          cognitoIdentity: null,
          principalOrgId: null as unknown as string,
          userArn: caller.arn,
          userId: caller.accessKeyId,
        },
      },
      domainName,
      domainPrefix: domainName.split(".")[0] ?? "",
      http: {
        method: request.method,
        path: request.rawPath,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: request.requestId,
      routeKey,
      stage: "$default",
      time: commonLogTime(at.now),
      timeEpoch: at.now,
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Decoded; values of a repeated name joined by a comma, as the format has it. */
function queryParameters(rawQuery: string): Record<string, string> | undefined {
  if (rawQuery === "") return undefined;
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    joined[name] = Object.hasOwn(joined, name) ? `${joined[name]},${value}` : value;
  }
  return joined;
}

/** `22/Nov/2026:23:44:35 +0000` */
function commonLogTime(now: number): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
