// Airflow's own REST API (version 2) of one environment, signed in by token.
import { Failure } from "./failure.ts";

export interface Login {
  /** Of the environment's web server, without a closing slash. */
  readonly url: string;
  /** Opens it once, within a minute. */
  readonly token: string;
}

export interface AirflowClient {
  /** @returns undefined for 404 */
  get<Output>(path: string): Promise<Output | undefined>;
  send<Output>(method: "POST" | "PATCH" | "DELETE", path: string, body: unknown): Promise<Output>;
}

const usualTimeoutMilliseconds = 20_000;

/** How long a web server that starts is waited for, and how time passes. */
export interface Patience {
  readonly milliseconds: number;
  /** Milliseconds since any moment. */
  now(): number;
  pause(milliseconds: number): Promise<unknown>;
}

/** A load balancer that knows no healthy web server answers 503: after an `up` the first one needs a while. The token lives a minute. */
const usualPatience: Patience = {
  milliseconds: 50_000,
  now: () => performance.now(),
  pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
const lookMilliseconds = 500;

/**
 * Signs in and answers a client; its session lasts twelve hours. A 503 is asked again, twice a second, until the patience is
 * over.
 * @param patience for tests
 * @throws Failure when the web server cannot be reached or refuses, or has not started by then
 */
export async function airflowClient(login: Login, patience: Patience = usualPatience): Promise<AirflowClient> {
  const signIn = () =>
    reach(login.url, "/aws_mwaa/login", {
      method: "POST",
      body: new URLSearchParams({ token: login.token }),
      redirect: "manual",
    });
  const until = patience.now() + patience.milliseconds;
  let answer = await signIn();
  while (answer.status === 503 && patience.now() < until) {
    await answer.body?.cancel(); // frees its connection
    await patience.pause(lookMilliseconds);
    answer = await signIn();
  }
  const token = answer.headers
    .getSetCookie()
    .map((line) => /^_token=([^;]+)/.exec(line)?.[1])
    .find(Boolean);
  if (!token)
    throw new Failure(`Airflow refused the sign-in (HTTP ${answer.status})`, {
      why: (await answer.text()).slice(0, 400),
    });
  return {
    async get<Output>(path: string) {
      const response = await call(login.url, "GET", `/api/v2${path}`, token);
      if (response.status === 404) return undefined;
      return (await read(response, path)) as Output;
    },
    async send<Output>(method: "POST" | "PATCH" | "DELETE", path: string, body: unknown) {
      return (await read(await call(login.url, method, `/api/v2${path}`, token, body), path)) as Output;
    },
  };
}

function call(url: string, method: string, path: string, token: string, body?: unknown): Promise<Response> {
  return reach(url, path, {
    method,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Any request of an environment's web server. @throws Failure when it cannot be reached, or takes too long */
export async function reach(
  url: string,
  path: string,
  request: RequestInit,
  timeoutMilliseconds = usualTimeoutMilliseconds,
): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, { ...request, signal: AbortSignal.timeout(timeoutMilliseconds) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Failure(`Airflow at ${url} did not answer`, { why: cause, fix: "npx hangar status", cause: error });
  }
}

async function read(response: Response, path: string): Promise<unknown> {
  const text = await response.text();
  if (response.ok) return text ? JSON.parse(text) : {};
  throw new Failure(`Airflow answered HTTP ${response.status} to ${path}`, { why: text.slice(0, 400) });
}
