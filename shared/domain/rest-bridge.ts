// InvokeRestApi as a decision: what may be asked of Airflow, and what its answer becomes (MWAA API: InvokeRestApi).
import { HangarError } from "./errors.ts";
import type { InvokeRestApiRequest } from "./requests.ts";

/** MWAA user guide, "Quotas": ten seconds and 6 MB; what of Lambda's 6 MB is left for the answer around it. */
export const restTimeoutMilliseconds = 10_000;
export const mostAnswerBytes = 5_500_000;

/**
 * Query and body as they go to Airflow.
 * @throws InvalidRequest for a path that could leave the API, and for query parameters that are no object of values
 */
export function restCall(request: InvokeRestApiRequest): {
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly body?: string;
} {
  const path = request.Path.startsWith("/") ? request.Path : `/${request.Path}`;
  checkPath(path);
  const query = queryOf(request.QueryParameters);
  // Airflow's MwaaHook sends an empty body with each GET; fetch would refuse to.
  const bodiless = request.Body === undefined || request.Method === "GET";
  return bodiless ? { path, query } : { path, query, body: JSON.stringify(request.Body) };
}

/**
 * The answer of the service.
 * @throws RestApiClient for Airflow's 4xx, RestApiServer for its 5xx: both with Airflow's own status and body
 */
export function restAnswer(status: number, body: string): { RestApiStatusCode: number; RestApiResponse: unknown } {
  const members = { RestApiStatusCode: status, RestApiResponse: withoutNulls(parsed(body)) };
  if (status >= 200 && status < 300) return members;
  if (status >= 400 && status < 500) throw new HangarError("RestApiClient", `Airflow answered ${status}.`, { members });
  throw new HangarError("RestApiServer", `Airflow answered ${status}.`, { members });
}

/** What becomes of a call that got no usable answer. @param failure name of what the port threw */
export function restFailure(failure: string): HangarError | undefined {
  if (failure === "AirflowAnswerTooLong") {
    return new HangarError(
      "InvalidRequest",
      "Airflow's answer is longer than the 6 MB this API can carry. Ask for less at a time: limit and offset, or a narrower path.",
    );
  }
  if (failure === "AirflowRefusedSignIn") {
    const detail = "Airflow refused the sign-in this call was to be made with: its web server's log says why.";
    return new HangarError("RestApiServer", detail, {
      members: { RestApiStatusCode: 502, RestApiResponse: { title: "Bad Gateway", status: 502, detail } },
    });
  }
  if (failure !== "AirflowSilent") return undefined;
  const detail = `Airflow did not answer within ${restTimeoutMilliseconds / 1000} seconds, or could not be reached.`;
  return new HangarError("RestApiServer", detail, {
    members: { RestApiStatusCode: 504, RestApiResponse: { title: "Gateway Timeout", status: 504, detail } },
  });
}

function checkPath(path: string): void {
  const decoded = safelyDecoded(path);
  const isPlain = decoded !== undefined && !/%|[?#\\]|[^\x21-\x7e]/.test(decoded.replaceAll(" ", ""));
  const parts = (decoded ?? "").slice(1).split("/");
  // trimmed, because an address loses the spaces at its end: "/.. " would be "/.."
  const leaves = parts.some((part) => [".", "..", ""].includes(part.trim()));
  if (isPlain && !leaves && !/%2f|%5c/i.test(path)) return;
  throw new HangarError(
    "InvalidRequest",
    "Path must be a plain path below the root of Airflow's API, such as /dags: without query, empty or dot segments, or encoded slashes. Query parameters go into QueryParameters.",
  );
}

function safelyDecoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function queryOf(parameters: unknown): readonly (readonly [string, string])[] {
  if (parameters === undefined || parameters === null) return [];
  const refused = () =>
    new HangarError(
      "InvalidRequest",
      "QueryParameters must be an object whose values are strings, numbers, booleans or lists of them.",
    );
  if (typeof parameters !== "object" || Array.isArray(parameters)) throw refused();
  return Object.entries(parameters).flatMap(([name, value]) => {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    if (values.some((one) => !["string", "number", "boolean"].includes(typeof one))) throw refused();
    return values.map((one) => [name, String(one)] as const);
  });
}

function parsed(body: string): unknown {
  if (body === "") return {};
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** MWAA drops members that are null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== null)
      .map(([name, part]) => [name, withoutNulls(part)]),
  );
}
