// The API door: request in, checked against its schema; plain object out; every error by the catalogue.
import middy from "@middy/core";
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type * as z from "zod";
import { describeError, HangarError } from "../domain/errors.ts";
import { parseRequest, pathMembers, queryMembers } from "../domain/requests.ts";
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
  const places = { fromQuery: queryMembers(schema), fromPath: pathMembers(schema) };
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
    .handler(async (event) => {
      const request = parseRequest(schema, inputOf(event, places));
      return json(200, await inner(request, ports(), callerOf(event)));
    });
}

interface Places {
  readonly fromQuery: readonly string[];
  readonly fromPath: readonly string[];
}

/**
 * Members come from where the service model has them: a body's member is not taken from the query, and one that the path
 * may name, a role above all, is not taken from the body.
 */
function inputOf(event: ApiEvent, { fromQuery, fromPath }: Places): Record<string, unknown> {
  const body = Object.entries(bodyOf(event)).filter(([name]) => !fromPath.includes(name));
  const query = Object.entries(event.queryStringParameters ?? {}).filter(([name]) => fromQuery.includes(name));
  return { ...Object.fromEntries(body), ...Object.fromEntries(query), ...event.pathParameters };
}

function bodyOf(event: ApiEvent): Record<string, unknown> {
  if (!event.body) return {};
  try {
    const value: unknown = JSON.parse(textOf(event.body, event.isBase64Encoded));
    if (value !== null && typeof value === "object" && !Array.isArray(value) && isShallow(value))
      return value as Record<string, unknown>;
  } catch {
    // answered below, like every body that is no JSON object
  }
  throw new HangarError(
    "InvalidRequest",
    `The request body is not a JSON object in UTF-8, nested ${deepest} levels at most. Send the members of the request as JSON.`,
  );
}

/** @throws TypeError for bytes that are no UTF-8 */
const textOf = (body: string, isBase64: boolean): string =>
  isBase64 ? new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(body, "base64")) : body;

/** Deeper than any document of Airflow's API; what recursive code further down can take, whoever wrote the body. */
const deepest = 64;

function isShallow(value: object): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= deepest; depth++) {
    level = level.flatMap((part) => (part !== null && typeof part === "object" ? Object.values(part) : []));
    if (level.length === 0) return true;
  }
  return false;
}

function callerOf(event: ApiEvent): Caller {
  const iam = event.requestContext.authorizer?.iam;
  return { arn: iam?.userArn ?? "unknown", accountId: iam?.accountId ?? "" };
}

function errorResponse(error: unknown): APIGatewayProxyStructuredResultV2 {
  const described = describeError(error);
  if (described.status >= 500) logger.error("request failed", errorFields(error));
  else logger.info("request refused", { code: described.code, reason: described.message });
  const response = json(described.status, bodyOfError(described));
  return { ...response, headers: { ...response.headers, "x-amzn-errortype": described.type } };
}

/** AccessDeniedException alone has a capital `Message`; the RestApi exceptions have members and no message (service model). */
function bodyOfError({ type, message, code, members }: ReturnType<typeof describeError>): Record<string, unknown> {
  if (members) return { ...members, code, __type: type };
  return { [type === "AccessDeniedException" ? "Message" : "message"]: message, code, __type: type };
}

const json = (statusCode: number, body: unknown) => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body ?? {}),
});
