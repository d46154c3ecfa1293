// What an answer of the MWAA API must be like when it is a refusal: a kind of error the service model knows, in its form.
import type { ApiAnswer } from "./served-api.ts";

/** Exceptions of the service model by status; the last two carry Airflow's answer. */
const modelled: Readonly<Record<string, number>> = {
  ValidationException: 400,
  RestApiClientException: 400,
  RestApiServerException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
};
/** What AWS answers before it knows which operation is meant; in no service's model. */
const ofSigning = [
  "MissingAuthenticationTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "UnrecognizedClientException",
];
/** API Gateway's own words where no operation is meant: it has no types. */
const untyped: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  413: "Request Entity Too Large",
};

/** Why this is no proper refusal; undefined when it is one. */
export function faultOfRefusal({ status, headers, text }: ApiAnswer, isHead = false): string | undefined {
  if (isHead) return text === "" ? undefined : "HEAD has a body";
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return "its body is no JSON";
  }
  if (headers["content-type"] !== "application/json") return `content-type is ${headers["content-type"]}`;
  const type = headers["x-amzn-errortype"];
  if (type === undefined) return body["message"] === untyped[status] ? undefined : "it has no error type";
  if (body["__type"] !== type) return `its header says ${type} and its __type ${String(body["__type"])}`;
  if (status === 413 && type === "RequestEntityTooLargeException") return messageFault(body["message"]);
  if (ofSigning.includes(type)) return status === 403 ? messageFault(body["message"]) : `${type} with ${status}`;
  if (modelled[type] !== status) return `${type} with status ${status}`;
  if (type.startsWith("RestApi"))
    return "RestApiStatusCode" in body && "RestApiResponse" in body ? undefined : "members";
  return messageFault(body[type === "AccessDeniedException" ? "Message" : "message"]);
}

const messageFault = (message: unknown) =>
  typeof message === "string" && message.length > 0 && message.length < 20_000
    ? undefined
    : "its message is missing or endless";
