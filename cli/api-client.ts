// Calls the MWAA API, IAM and STS as any client would: HTTPS (or loopback HTTP), signed with SigV4 for the service.
import { SignatureV4 } from "@smithy/signature-v4";
import { exitCodes, Failure } from "./failure.ts";
import type { OperatorKey } from "./home.ts";
import { NodeSha256 } from "./proxy/node-sha256.ts";

export interface ApiTarget {
  readonly url: string;
  readonly region: string;
  readonly key: OperatorKey;
}

const timeoutMilliseconds = 30_000;
/** An SDK makes three; a person waits a little longer than a program gives up. */
const mostAttempts = 5;
const firstPauseMilliseconds = 200;
/** Refused for coming too fast, before anything of it was carried out: any request may come again. */
const throttled: ReadonlySet<string> = new Set(["Throttling", "ThrottlingException", "TooManyRequestsException"]);

/**
 * One request of the MWAA API. Errors of the service become a Failure with its own message.
 * @param path starts with a slash, already percent-encoded
 */
export async function callApi<Output>(
  target: ApiTarget,
  method: string,
  path: string,
  body?: unknown,
): Promise<Output> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return signedCall<Output>(target, "airflow", method, path, text ? { "content-type": "application/json" } : {}, text);
}

const queryVersions = { iam: "2010-05-08", sts: "2011-06-15" } as const;

/** One request of IAM or STS: a form in, JSON out. @param members text only */
export async function callQuery<Output>(
  target: ApiTarget,
  service: keyof typeof queryVersions,
  action: string,
  members: Readonly<Record<string, string>>,
): Promise<Output> {
  const form = new URLSearchParams({ Action: action, Version: queryVersions[service], ...members });
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
  type Answer = Readonly<Record<string, Readonly<Record<string, Output>>>>;
  const answer = await signedCall<Answer>(target, service, "POST", "/", headers, form.toString());
  return answer[`${action}Response`]?.[`${action}Result`] as Output;
}

async function signedCall<Output>(
  target: ApiTarget,
  service: string,
  method: string,
  path: string,
  extra: Readonly<Record<string, string>>,
  text: string | undefined,
): Promise<Output> {
  const url = new URL(path, target.url);
  const signer = new SignatureV4({ service, region: target.region, credentials: target.key, sha256: NodeSha256 });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port) || undefined,
    path: url.pathname,
    query: Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
    headers: { host: url.host, ...extra },
    body: text,
  } as Parameters<typeof signer.sign>[0]);
  for (let attempt = 1; ; attempt++) {
    const response = await send(url, method, signed.headers, text, target);
    const answer = readAnswer(await response.text());
    if (response.ok) return answer as Output;
    const failure = serviceFailure(response, answer);
    if (attempt === mostAttempts || !throttled.has(failure.code ?? "")) throw failure;
    await new Promise((resolve) => setTimeout(resolve, firstPauseMilliseconds * 2 ** (attempt - 1)));
  }
}

async function send(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string | undefined,
  target: ApiTarget,
) {
  try {
    const { host: _host, ...rest } = headers;
    return await fetch(url, {
      method,
      headers: rest,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
  } catch (error) {
    throw new Failure(`the control plane at ${target.url} did not answer`, {
      why:
        error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error),
      fix: "npx hangar up",
      cause: error,
    });
  }
}

/** JSON, or of an error in XML (the front door's refusals of IAM and STS) the two members that say what it is. */
function readAnswer(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    const [, code] = /<Code>([^<]*)</.exec(text) ?? [];
    const [, message] = /<Message>([^<]*)</.exec(text) ?? [];
    return code === undefined ? {} : { __type: code, message };
  }
}

function serviceFailure(response: Response, whole: Record<string, unknown>): Failure {
  const inner = whole["Error"] as { Code?: string; Message?: string } | undefined;
  const answer = inner === undefined ? whole : { __type: inner.Code, message: inner.Message };
  const code = String(response.headers.get("x-amzn-errortype") ?? answer["__type"] ?? response.status);
  const message = String(answer["message"] ?? answer["Message"] ?? `HTTP ${response.status}`);
  return new Failure(message, { why: code, exitCode: exitCodeOf(response.status, answer["code"]), code, answer });
}

/** Something else is in the way, and goes away: the same call may be right later. The API's own codes, beside the type. */
const busy: ReadonlySet<unknown> = new Set([
  "ConcurrentChange",
  "DuplicateEnvironment",
  "EnvironmentBusy",
  "OperationNotCancellable",
  "OperationNotResumable",
]);

/** The request itself is wrong, whatever the state of things. */
const badInput: ReadonlySet<unknown> = new Set([
  "InvalidRequest",
  "UnknownAirflowVersion",
  "UnknownEnvironmentClass",
  "WorkerLimits",
]);

function exitCodeOf(status: number, code: unknown): number {
  if (busy.has(code)) return exitCodes.busy;
  if (status === 404) return exitCodes.notFound;
  if (status === 403) return exitCodes.denied;
  return badInput.has(code) ? exitCodes.usage : exitCodes.failed;
}
