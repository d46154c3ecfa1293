// The HTTP adapter against a server that stands in for Airflow: the sign-in, and what only a network can do.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { httpAirflowRest } from "../../../shared/aws/http-airflow-rest.ts";
import { airflowRestContract, callOf } from "./airflow-rest.suite.ts";

interface Arrival {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}
type Answer = (response: ServerResponse) => void;

const signedIn: Answer = (response) =>
  response
    .writeHead(302, { location: "/home", "set-cookie": ["_token=the-jwt; Path=/; HttpOnly", "session=the-session"] })
    .end();
const okay: Answer = (response) => response.writeHead(200, { "content-type": "application/json" }).end("{}");

let server: Server;
let webUrl: string;
let signIn: Answer;
let answer: Answer;
let arrived: Arrival[];

// one server a test: a call that one test gave up arrives nowhere, not in the next
beforeEach(async () => {
  signIn = signedIn;
  answer = okay;
  arrived = [];
  const own = arrived;
  server = createServer((request, response) => {
    const answered = async () => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const url = new URL(request.url!, webUrl);
      own.push({ method: request.method!, url, headers: request.headers, body });
      (url.pathname === "/aws_mwaa/login" ? signIn : answer)(response);
    };
    answered().catch(() => response.destroy()); // the caller gave up while it sent
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  webUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const rest = httpAirflowRest();
const calls = () => arrived.filter(({ url }) => url.pathname !== "/aws_mwaa/login");

airflowRestContract(() => ({
  rest,
  webUrl,
  answers(status, body) {
    answer = (response) => response.writeHead(status).end(body);
  },
  staysSilent() {
    answer = () => {};
  },
  asked: () =>
    calls().map(({ method, url, body }) => ({
      method,
      path: url.pathname.slice("/api/v2".length),
      query: [...url.searchParams],
      body: body === "" ? undefined : body,
    })),
}));

test("the token is handed over in a form's body, where no log of addresses keeps it", async () => {
  await rest.call(callOf(webUrl, { webToken: "a+b/c=&d" }));
  const [login] = arrived;
  expect(login).toMatchObject({ method: "POST", headers: { "content-type": expect.stringContaining("urlencoded") } });
  expect([...new URLSearchParams(login!.body)]).toEqual([["token", "a+b/c=&d"]]);
  expect(arrived.map(({ url }) => url.search)).toEqual(["", ""]);
});

test("Airflow 3 is called at v2 with the sign-in's token as a bearer, and gets no cookie", async () => {
  await rest.call(callOf(webUrl, { airflowMajor: 3 }));
  const [call] = calls();
  expect(call!.url.pathname).toBe("/api/v2/dags");
  expect(call!.headers.authorization).toBe("Bearer the-jwt");
  expect(call!.headers.cookie).toBeUndefined();
});

test("Airflow 2 is called at v1 with the sign-in's session, and gets no bearer", async () => {
  await rest.call(callOf(webUrl, { airflowMajor: 2 }));
  const [call] = calls();
  expect(call!.url.pathname).toBe("/api/v1/dags");
  expect(call!.headers.cookie).toBe("session=the-session");
  expect(call!.headers.authorization).toBeUndefined();
});

test("two calls sign in twice: no session of one caller serves another", async () => {
  await rest.call(callOf(webUrl, { webToken: "one" }));
  await rest.call(callOf(webUrl, { webToken: "other" }));
  const tokens = arrived.filter(({ url }) => url.pathname === "/aws_mwaa/login").map(({ body }) => body);
  expect(tokens).toEqual(["token=one", "token=other"]);
});

test("without a session the API is not called", async () => {
  signIn = (response) => response.writeHead(403).end("token used before");
  await expect(rest.call(callOf(webUrl))).rejects.toMatchObject({ name: "AirflowRefusedSignIn" });
  expect(calls()).toEqual([]);
});

test("a redirect is an answer: it is not followed, with the session or without", async () => {
  answer = (response) => response.writeHead(302, { location: "/api/v2/elsewhere" }).end("moved");
  expect(await rest.call(callOf(webUrl))).toEqual({ status: 302, body: "moved" });
  expect(arrived.map(({ url }) => url.pathname)).toEqual(["/aws_mwaa/login", "/api/v2/dags"]);
});

test("a path that looks like another host stays below the API of this one", async () => {
  await rest.call(callOf(webUrl, { path: "//elsewhere.example/dags" }));
  expect(calls()[0]!.url.pathname).toBe("/api/v2//elsewhere.example/dags");
});

test("a body is sent as JSON, and a call without one names no content type", async () => {
  await rest.call(callOf(webUrl, { method: "PATCH", body: '{"is_paused":false}' }));
  await rest.call(callOf(webUrl));
  expect(calls().map(({ headers }) => headers["content-type"])).toEqual(["application/json", undefined]);
});

test("an answer without end is cut off at the limit, and its connection closed", async () => {
  const closed = new Promise<void>((resolve) => {
    answer = (response) => {
      response.once("close", resolve).on("error", () => {});
      const more = () => {
        if (!response.destroyed) response.write("x".repeat(500), () => setImmediate(more));
      };
      more();
    };
  });
  await expect(rest.call(callOf(webUrl))).rejects.toMatchObject({ name: "AirflowAnswerTooLong" });
  await closed;
});

test("an answer that stops half-way is silence when the call's time is over", async () => {
  answer = (response) => response.writeHead(200, { "content-length": "10" }).write("{");
  await expect(rest.call(callOf(webUrl, { timeoutMilliseconds: 50 }))).rejects.toMatchObject({ name: "AirflowSilent" });
});

test("a sign-in that says nothing is silence, too: both share the call's time", async () => {
  signIn = () => {};
  await expect(rest.call(callOf(webUrl, { timeoutMilliseconds: 50 }))).rejects.toMatchObject({ name: "AirflowSilent" });
});

test("an Airflow that is not there is silent at once", async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  await expect(rest.call(callOf(`http://127.0.0.1:${port}`, { timeoutMilliseconds: 15_000 }))).rejects.toMatchObject({
    name: "AirflowSilent",
  });
});

test("a message of an error holds no token", async () => {
  signIn = (response) => response.destroy();
  const error: Error = await rest.call(callOf(webUrl, { webToken: "top-secret" })).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(`${error.message} ${String(error.cause)}`).not.toContain("top-secret");
});
