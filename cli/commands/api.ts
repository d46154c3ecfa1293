// hangar api: one call of an environment's Airflow REST API, through MWAA's InvokeRestApi.
import { callApi } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { result } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { pairOf } from "./tags.ts";

interface RestAnswer {
  readonly RestApiStatusCode: number;
  readonly RestApiResponse: unknown;
}

/** Prints Airflow's answer as JSON; its 4xx and 5xx are failures with Airflow's own words. */
export async function api(
  home: string,
  name: string,
  method: string,
  path: string,
  options: { readonly query?: readonly string[]; readonly body?: string; readonly role?: string },
): Promise<void> {
  const request = {
    Method: method.toUpperCase(),
    Path: path,
    ...(options.query ? { QueryParameters: queryOf(options.query) } : {}),
    ...(options.body === undefined ? {} : { Body: bodyOf(options.body) }),
  };
  const role = options.role === undefined ? "" : `/roles/${encodeURIComponent(options.role)}`;
  const target = targetOf(home);
  try {
    const answer = await callApi<RestAnswer>(target, "POST", `/restapi/${encodeURIComponent(name)}${role}`, request);
    result(JSON.stringify(answer.RestApiResponse, null, 2));
  } catch (error) {
    throw restFailure(error) ?? error;
  }
}

/** A name that comes again makes a list of its values. */
function queryOf(pairs: readonly string[]): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const [name, value] of pairs.map(pairOf)) {
    const earlier = Object.hasOwn(query, name) ? [query[name]!].flat() : [];
    query[name] = earlier.length ? [...earlier, value] : value;
  }
  return query;
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fix = `--body '{"is_paused": false}'`;
    throw new Failure("the value of --body is not JSON", { fix, exitCode: exitCodes.usage, cause });
  }
}

/** What Airflow refused: the service wraps it into an error with both members. */
function restFailure(error: unknown): Failure | undefined {
  const answer = error instanceof Failure ? (error.answer as Partial<RestAnswer> | undefined) : undefined;
  const status = answer?.RestApiStatusCode;
  if (status === undefined) return undefined;
  const said = answer?.RestApiResponse;
  return new Failure(`Airflow answered ${status}`, {
    why: typeof said === "string" ? said.slice(0, 2000) : JSON.stringify(said),
    exitCode:
      status === 404 ? exitCodes.notFound : status === 401 || status === 403 ? exitCodes.denied : exitCodes.failed,
    cause: error,
  });
}
