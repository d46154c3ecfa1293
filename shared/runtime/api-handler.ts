// The API door: request in, checked against its schema; plain object out; every error by the catalogue.
import middy from "@middy/core";
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type * as z from "zod";
import { describeError, HangarError } from "../domain/errors.ts";
import { parseRequest } from "../domain/requests.ts";
import { errorFields, logger } from "./logger.ts";

/** Who calls, as IAM authorisation found out; the same in AWS and on one machine. */
export interface Caller {
  readonly arn: string;
  readonly accountId: string;
}

type ApiEvent = APIGatewayProxyEventV2WithIAMAuthorizer;

/**
 * Makes a Lambda handler of an operation. Path labels, query and JSON body are one input object, as in the service
 * model.
 * @param ports built at first use: a cold start pays only for what it calls
 * @example export const handler = apiHandler(GetEnvironmentRequest, getEnvironment, () => ({ environments: environments() }));
 */
export function apiHandler<Request, Ports>(
  schema: z.ZodType<Request>,
  inner: (request: Request, ports: Ports, caller: Caller) => Promise<unknown>,
  ports: () => Ports,
) {
  return middy<ApiEvent, APIGatewayProxyStructuredResultV2, Error, Context>()
    .before(({ event, context }) => {
      logger.resetKeys();
      logger.appendKeys({
        requestId: context.awsRequestId,
        route: event.routeKey,
        environment: event.pathParameters?.["Name"],
      });
    })
    .onError((request) => {
      request.response = errorResponse(request.error);
    })
    .handler(async (event) => json(200, await inner(parseRequest(schema, inputOf(event)), ports(), callerOf(event))));
}

function inputOf(event: ApiEvent): Record<string, unknown> {
  return { ...bodyOf(event), ...event.queryStringParameters, ...event.pathParameters };
}

function bodyOf(event: ApiEvent): Record<string, unknown> {
  if (!event.body) return {};
  const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : event.body;
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // answered below, like every body that is no JSON object
  }
  throw new HangarError(
    "InvalidRequest",
    "The request body is not a JSON object. Send the members of the request as JSON.",
  );
}

function callerOf(event: ApiEvent): Caller {
  const iam = event.requestContext.authorizer?.iam;
  return { arn: iam?.userArn ?? "unknown", accountId: iam?.accountId ?? "" };
}

function errorResponse(error: unknown): APIGatewayProxyStructuredResultV2 {
  const described = describeError(error);
  if (described.status >= 500) logger.error("request failed", errorFields(error));
  else logger.info("request refused", { code: described.code, reason: described.message });
  const response = json(described.status, { message: described.message, code: described.code, __type: described.type });
  return { ...response, headers: { ...response.headers, "x-amzn-errortype": described.type } };
}

const json = (statusCode: number, body: unknown) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body ?? {}),
});
