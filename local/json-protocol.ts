// AWS JSON 1.0 and 1.1: operation in x-amz-target, JSON in, JSON out, errors by __type. Shared by most engines.
import { faultCode, faultMessage } from "./disk-full.ts";
import type { ServiceRequest, ServiceResponse } from "./engine.ts";

/** A service's own error. `code` is the wire name, e.g. `AWS.SimpleQueueService.NonExistentQueue` or `QueueDoesNotExist`. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** Extra members of the error shape, if the service's model has any. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Extra response headers, e.g. `x-amzn-query-error` for SQS. */
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: string,
    message: string,
    options: {
      status?: number;
      members?: Readonly<Record<string, unknown>>;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

export type JsonInput = Record<string, unknown>;
export type JsonOperation = (input: JsonInput, request: ServiceRequest) => unknown;

/**
 * Answers one AWS JSON request from a table of operations. An operation that is not in the table is answered with
 * `UnknownOperationException`, as the services do; never silently.
 * @param version `1.0` (SQS, DynamoDB, Step Functions, CloudWatch) or `1.1` (ECS, Logs, EventBridge, Secrets Manager)
 */
export async function answerJson(
  version: "1.0" | "1.1",
  operations: Readonly<Record<string, JsonOperation>>,
  request: ServiceRequest,
): Promise<ServiceResponse> {
  const headers = { "content-type": `application/x-amz-json-${version}`, "x-amzn-requestid": request.requestId };
  try {
    const name = operationOf(request.headers);
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!operation) {
      throw new ServiceError(
        "UnknownOperationException",
        `The operation ${name || "(none)"} is not implemented by this one-machine region.`,
      );
    }
    const output = await operation(parse(request.body), request);
    return { status: 200, headers, body: output === undefined ? "{}" : JSON.stringify(output) };
  } catch (error) {
    return errorResponse(error, headers);
  }
}

/**
 * The operation a request names, or nothing when it names none (`<service>.<operation>` is how it must). Asked by whoever
 * authorises a request as well: what is allowed must be what is carried out.
 */
export function operationOf(headers: ServiceRequest["headers"]): string {
  return /^[^.]*\.([A-Za-z]+)$/.exec(headers["x-amz-target"] ?? "")?.[1] ?? "";
}

function parse(body: Buffer): JsonInput {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as JsonInput;
  } catch {
    // answered below: the service says SerializationException for anything that is no JSON object
  }
  throw new ServiceError("SerializationException", "The request body is not a JSON object.");
}

/** Turns a thrown error into the JSON protocols' error response; an unknown error is a 500 with nothing inside, but a full disk. */
export function errorResponse(error: unknown, headers: Readonly<Record<string, string>>): ServiceResponse {
  if (error instanceof ServiceError) {
    const body = { __type: error.code, message: error.message, Message: error.message, ...error.members };
    return {
      status: error.status,
      headers: { ...headers, ...error.headers, "x-amzn-errortype": error.code },
      body: JSON.stringify(body),
    };
  }
  process.stderr.write(`engine fault: ${error instanceof Error ? error.stack : String(error)}\n`);
  const code = faultCode(error, "InternalFailure");
  return {
    status: 500,
    headers: { ...headers, "x-amzn-errortype": code },
    body: JSON.stringify({ __type: code, message: faultMessage(error) }),
  };
}
