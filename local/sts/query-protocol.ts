// AWS Query: a form in (`Action=…&Name.member.1=…`), XML out. STS speaks it, and CloudWatch with older clients.
import { faultCode, faultMessage } from "../disk-full.ts";
import { type JsonInput, type JsonOperation, ServiceError } from "../json-protocol.ts";
import type { ServiceRequest, ServiceResponse } from "../engine.ts";

/** What differs between the services of this protocol. */
export interface QueryService {
  /** XML namespace of every answer, e.g. `https://sts.amazonaws.com/doc/2011-06-15/` */
  readonly namespace: string;
  /** The one API version served, e.g. `2011-06-15`. */
  readonly version: string;
  /** STS and IAM answer in JSON when they are asked to; errors too. */
  readonly answersJson?: true;
}

/**
 * Answers one Query request from a table of operations. Members arrive as the form has them: every leaf is text, a list
 * is an array, a structure an object. An action that is not in the table is answered with `InvalidAction`.
 */
export async function answerQuery(
  service: QueryService,
  operations: Readonly<Record<string, JsonOperation>>,
  request: ServiceRequest,
): Promise<ServiceResponse> {
  const form = new URLSearchParams(request.method === "GET" ? request.rawQuery : request.body.toString("utf8"));
  const action = form.get("Action") ?? "";
  try {
    const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
    if (!operation || (form.get("Version") ?? service.version) !== service.version) {
      const message = `Could not find operation ${action || "(none)"} for version ${form.get("Version") ?? "(none)"}`;
      throw new ServiceError("InvalidAction", message);
    }
    const output = await operation(readForm(form), request);
    if (wantsJson(service, request)) {
      const answer = { [`${action}Result`]: output ?? {}, ResponseMetadata: { RequestId: request.requestId } };
      return {
        status: 200,
        headers: headersOf(request, "application/json"),
        body: JSON.stringify({ [`${action}Response`]: answer }),
      };
    }
    const result = `<${action}Result>${toXml(output ?? {})}</${action}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${request.requestId}</RequestId></ResponseMetadata>`;
    const body = `<${action}Response xmlns="${service.namespace}">${result}${metadata}</${action}Response>`;
    return { status: 200, headers: headersOf(request), body };
  } catch (error) {
    return queryError(service, error, request);
  }
}

/** The Query protocol's error answer; an unknown error is a 500 with nothing inside. */
export function queryError(service: QueryService, error: unknown, request: ServiceRequest): ServiceResponse {
  const known = error instanceof ServiceError;
  if (!known) process.stderr.write(`engine fault: ${error instanceof Error ? error.stack : String(error)}\n`);
  const status = known ? error.status : 500;
  const members = {
    Type: status < 500 ? "Sender" : "Receiver",
    Code: known ? queryCode(error) : faultCode(error, "InternalFailure"),
    Message: known ? error.message : faultMessage(error),
  };
  if (wantsJson(service, request)) {
    const json = JSON.stringify({ Error: members, RequestId: request.requestId });
    return { status, headers: headersOf(request, "application/json"), body: json };
  }
  const inner = `<Error>${toXml(members)}</Error><RequestId>${request.requestId}</RequestId>`;
  const body = `<ErrorResponse xmlns="${service.namespace}">${inner}</ErrorResponse>`;
  return { status, headers: headersOf(request), body };
}

/**
 * Turns form fields into nested members: `A.member.2.B=x` → `{A: [, {B: "x"}]}`, holes closed up.
 * Exported for its tests.
 */
export function readForm(form: URLSearchParams): JsonInput {
  const root: JsonInput = Object.create(null) as JsonInput;
  for (const [field, value] of form) {
    if (field === "Action" || field === "Version") continue;
    const path = field.split(".");
    let node = root;
    for (const step of path.slice(0, -1)) {
      const child = node[step];
      node = typeof child === "object" && child !== null ? (child as JsonInput) : attach(node, step);
    }
    node[path.at(-1)!] = value;
  }
  return collapseLists(root) as JsonInput;
}

function attach(node: JsonInput, step: string): JsonInput {
  const child: JsonInput = Object.create(null) as JsonInput;
  node[step] = child;
  return child;
}

function collapseLists(node: unknown): unknown {
  if (typeof node !== "object" || node === null) return node;
  const members = (node as JsonInput)["member"];
  if (typeof members === "object" && members !== null) {
    const numbered = Object.entries(members).filter(([key]) => /^\d{1,6}$/.test(key));
    return numbered.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => collapseLists(value));
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, collapseLists(value)]));
}

/** Writes an output as the protocol does: structures by name, lists as `<member>`, a Map by entry, times as ISO 8601. */
function toXml(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) {
    const entries = [...value].filter(([, entry]) => entry !== undefined);
    return entries.map(([key, entry]) => `<entry>${toXml({ key, value: entry })}</entry>`).join("");
  }
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join("");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `<${name}>${toXml(member)}</${name}>`)
      .join("");
  }
  return escapeXml(String(value));
}

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

/** A service that also speaks JSON keeps its older code in `x-amzn-query-error`. */
function queryCode(error: ServiceError): string {
  return (error.headers["x-amzn-query-error"] ?? error.code).split(";")[0]!;
}

const wantsJson = (service: QueryService, request: ServiceRequest): boolean =>
  service.answersJson === true && request.headers["accept"] === "application/json";

function headersOf(request: ServiceRequest, contentType = "text/xml"): Readonly<Record<string, string>> {
  return { "content-type": contentType, "x-amzn-requestid": request.requestId };
}
