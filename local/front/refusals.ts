// Why the front door turns a request away, and how each protocol's clients expect to be told.
import { diskFullCode } from "../disk-full.ts";
import type { ServiceResponse } from "../engine.ts";

/** The reasons there are; each service family has its own code for each. */
export type RefusalReason =
  | "missingToken"
  | "incompleteSignature"
  | "unknownKey"
  | "signatureMismatch"
  | "clockSkew"
  | "expiredUrl"
  | "expiredToken"
  | "invalidToken"
  | "wrongScope"
  | "headersNotSigned"
  | "wrongBodyHash"
  | "accessDenied"
  | "unknownService"
  | "tooLarge"
  | "tooSlow"
  | "throttled"
  | "unavailable"
  | "storageFull"
  | "internalFault";

/** The error forms of the wire: AWS JSON, MWAA's REST-JSON, S3's XML, and the Query protocol's XML (STS). */
export type ErrorForm = "json" | "airflow" | "s3" | "query";

/** Thrown while a request is being checked; the front door answers it in the form of the service that was meant. */
export class Refusal extends Error {
  readonly reason: RefusalReason;
  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
  }
}

type Row = Readonly<Record<ErrorForm, readonly [status: number, code: string]>>;

const answers: Readonly<Record<RefusalReason, Row>> = {
  missingToken: row([403, "MissingAuthenticationToken"], {
    json: [403, "MissingAuthenticationTokenException"],
    airflow: [403, "MissingAuthenticationTokenException"],
    s3: [403, "AccessDenied"],
  }),
  incompleteSignature: row([400, "IncompleteSignature"], {
    json: [400, "IncompleteSignatureException"],
    airflow: [403, "IncompleteSignatureException"],
    s3: [400, "AuthorizationHeaderMalformed"],
  }),
  unknownKey: row([403, "InvalidClientTokenId"], {
    json: [400, "UnrecognizedClientException"],
    airflow: [403, "UnrecognizedClientException"],
    s3: [403, "InvalidAccessKeyId"],
  }),
  signatureMismatch: row([403, "SignatureDoesNotMatch"], {
    json: [400, "InvalidSignatureException"],
    airflow: [403, "InvalidSignatureException"],
  }),
  clockSkew: row([403, "RequestTimeTooSkewed"], {
    json: [400, "InvalidSignatureException"],
    airflow: [403, "InvalidSignatureException"],
    query: [403, "SignatureDoesNotMatch"],
  }),
  expiredUrl: row([403, "AccessDenied"], {}),
  expiredToken: row([403, "ExpiredToken"], {
    json: [400, "ExpiredTokenException"],
    airflow: [403, "ExpiredTokenException"],
    s3: [400, "ExpiredToken"],
  }),
  invalidToken: row([403, "InvalidClientTokenId"], {
    json: [400, "UnrecognizedClientException"],
    airflow: [403, "UnrecognizedClientException"],
    s3: [400, "InvalidToken"],
  }),
  wrongScope: row([403, "SignatureDoesNotMatch"], {
    json: [400, "InvalidSignatureException"],
    airflow: [403, "InvalidSignatureException"],
    s3: [400, "AuthorizationHeaderMalformed"],
  }),
  headersNotSigned: row([403, "AccessDenied"], { json: [400, "InvalidSignatureException"] }),
  wrongBodyHash: row([403, "SignatureDoesNotMatch"], {
    json: [400, "InvalidSignatureException"],
    airflow: [403, "InvalidSignatureException"],
    s3: [400, "InvalidRequest"],
  }),
  accessDenied: row([403, "AccessDenied"], {
    json: [400, "AccessDeniedException"],
    airflow: [403, "AccessDeniedException"],
  }),
  unknownService: row([404, "UnknownOperationException"], { s3: [501, "NotImplemented"] }),
  tooLarge: row([413, "RequestEntityTooLarge"], {
    json: [413, "RequestEntityTooLargeException"],
    airflow: [413, "RequestEntityTooLargeException"],
  }),
  tooSlow: row([408, "RequestTimeout"], {
    json: [408, "RequestTimeoutException"],
    airflow: [408, "RequestTimeoutException"],
  }),
  throttled: row([400, "Throttling"], {
    json: [400, "ThrottlingException"],
    airflow: [429, "TooManyRequestsException"],
    s3: [503, "SlowDown"],
  }),
  internalFault: row([500, "InternalFailure"], {
    airflow: [500, "InternalServerException"],
    s3: [500, "InternalError"],
  }),
  storageFull: row([500, diskFullCode], { airflow: [500, "InternalServerException"] }),
  unavailable: row([503, "ServiceUnavailable"], { json: [503, "ServiceUnavailableException"] }),
};

function row(standard: readonly [number, string], special: Partial<Row>): Row {
  return { json: standard, airflow: standard, s3: standard, query: standard, ...special };
}

/**
 * The response for a refused request.
 * @param contentType the request's; AWS JSON clients get their own version (1.0 or 1.1) back
 * @param withBody false for HEAD, whose errors have none
 */
export function refusalResponse(
  refusal: Refusal,
  form: ErrorForm,
  requestId: string,
  contentType = "",
  withBody = true,
): ServiceResponse {
  const [status, code] = answers[refusal.reason][form];
  const headers: Record<string, string> = { "x-amzn-requestid": requestId };
  let body = "";
  if (form === "json") {
    headers["content-type"] = contentType.startsWith("application/x-amz-json-")
      ? contentType
      : "application/x-amz-json-1.0";
    headers["x-amzn-errortype"] = code;
    body = JSON.stringify({ __type: code, message: refusal.message });
  } else if (form === "airflow") {
    headers["content-type"] = "application/json";
    headers["x-amzn-errortype"] = code;
    // AccessDeniedException is the one MWAA error whose member is `Message`; API Gateway's own refusals say `message`.
    const { message } = refusal;
    body = JSON.stringify({ __type: code, message, ...(status === 403 ? { Message: message } : {}) });
  } else if (form === "s3") {
    headers["content-type"] = "application/xml";
    headers["x-amz-request-id"] = requestId;
    body =
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(refusal.message)}</Message>` +
      `<RequestId>${requestId}</RequestId><HostId>one-machine-region</HostId></Error>`;
  } else {
    headers["content-type"] = "text/xml";
    body =
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>` +
      `<Message>${escapeXml(refusal.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  }
  return { status, headers, body: withBody ? body : "" };
}

/**
 * Guesses the error form when nothing better is known than the request itself.
 * @param signingName of the credential scope, when the request got that far
 */
export function guessForm(request: {
  readonly signingName?: string | undefined;
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string>>;
}): ErrorForm {
  const { signingName, headers, rawPath } = request;
  if (signingName === "s3") return "s3";
  if (signingName === "airflow" || signingName === "execute-api") return "airflow";
  if (headers["x-amz-target"] !== undefined) return "json";
  if ((headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")) return "query";
  if (signingName !== undefined) return signingName === "sts" ? "query" : "json";
  return /^\/(environments|clitoken|webtoken|restapi|tags|metrics|offerings|snapshots)(\/|$)/.test(rawPath)
    ? "airflow"
    : "s3";
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
