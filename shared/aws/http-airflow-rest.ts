// Airflow's REST API over HTTP: a sign-in by token, then the call with the session it gave.
import type { AirflowCall, AirflowRest } from "../ports/airflow-rest.ts";

/** Calls environments of any version; holds no session between two calls. */
export function httpAirflowRest(): AirflowRest {
  return {
    async call(call) {
      const signal = AbortSignal.timeout(call.timeoutMilliseconds);
      try {
        return await answer(call, await signIn(call, signal), signal);
      } catch (error) {
        if (error instanceof Error && ["AirflowAnswerTooLong", "AirflowRefusedSignIn"].includes(error.name))
          throw error;
        throw Object.assign(new Error("Airflow did not answer", { cause: error }), { name: "AirflowSilent" });
      }
    },
  };
}

/** @returns the header that carries the session: a bearer token on Airflow 3, a cookie on Airflow 2 */
async function signIn(call: AirflowCall, signal: AbortSignal): Promise<Record<string, string>> {
  const response = await fetch(`${call.webUrl}/aws_mwaa/login`, {
    method: "POST",
    body: new URLSearchParams({ token: call.webToken }),
    redirect: "manual",
    signal,
  });
  await response.arrayBuffer();
  const cookie = (name: string) =>
    response.headers
      .getSetCookie()
      .map((line) => new RegExp(`^${name}=([^;]+)`).exec(line)?.[1])
      .find((value) => value !== undefined);
  const session = cookie(call.airflowMajor === 3 ? "_token" : "session");
  if (session === undefined) {
    const refused = new Error(`The sign-in answered ${response.status} and gave no session.`);
    throw Object.assign(refused, { name: "AirflowRefusedSignIn" });
  }
  return call.airflowMajor === 3 ? { authorization: `Bearer ${session}` } : { cookie: `session=${session}` };
}

async function answer(call: AirflowCall, session: Record<string, string>, signal: AbortSignal) {
  const url = new URL(`${call.webUrl}/api/v${call.airflowMajor === 3 ? 2 : 1}${call.path}`);
  for (const [name, value] of call.query) url.searchParams.append(name, value);
  const response = await fetch(url, {
    method: call.method,
    headers: {
      ...session,
      accept: "application/json",
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(call.body === undefined ? {} : { body: call.body }),
    redirect: "manual",
    signal,
  });
  return { status: response.status, body: await bounded(response, call.mostBytes) };
}

async function bounded(response: Response, mostBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length <= mostBytes) continue;
    throw Object.assign(new Error(`Airflow's answer is longer than ${mostBytes} bytes.`), {
      name: "AirflowAnswerTooLong",
    });
  }
  return Buffer.concat(chunks).toString("utf8");
}
