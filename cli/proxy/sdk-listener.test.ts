import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { sendRaw, signedLines } from "./testing/raw-client.ts";
import { callerKey, type StubUpstream, startStubUpstream } from "./testing/stub-upstream.ts";

let upstream: StubUpstream;
let proxy: RunningProxy;
let port: number;
let host: string;
const lines: string[] = [];

beforeEach(async () => {
  lines.length = 0;
  upstream = await startStubUpstream();
  proxy = await startProxy({ target: upstream.target, port: 0, browserPort: 0, log: (line) => lines.push(line) });
  port = Number(new URL(proxy.sdkUrl).port);
  host = `localhost:${port}`;
});
afterEach(async () => {
  await proxy.stop();
  await upstream.close();
});

const list = (to = host, options = {}) => signedLines("GET", to, "/environments?MaxResults=5", "", options);

describe("a client of MWAA, signing for airflow with the proxy's own keys", () => {
  const prefixes = ["", "api.", "env.", "ops."];
  const hosts = prefixes.flatMap((prefix) => ["localhost", "127.0.0.1", "[::1]"].map((name) => prefix + name));

  it.each(hosts)("is served on the host %s, and arrives signed for execute-api", async (name) => {
    const answer = await sendRaw(port, await list(`${name}:${port}`));
    expect(answer).toMatchObject({ status: 200, body: '{"Environments":["first"]}' });
    expect(upstream.received).toMatchObject([
      { method: "GET", url: "/environments?MaxResults=5", body: "", signedFor: "execute-api" },
    ]);
    expect(upstream.received[0]?.headers.host).toBe(upstream.target.endpoint.host);
  });

  it("keeps body, one-segment ARN and repeated query names as they were", async () => {
    const arn = "/tags/arn%3Aaws%3Aairflow%3Aeu-west-1%3A000000000000%3Aenvironment%2Ffirst";
    await sendRaw(port, await signedLines("DELETE", host, `${arn}?tagKeys=a&tagKeys=b%20c%21`, ""));
    const body = JSON.stringify({ DagS3Path: "dags/ü" });
    await sendRaw(port, await signedLines("PUT", host, "/environments/first", body), body);
    expect(upstream.received).toMatchObject([
      { url: `${arn}?tagKeys=a&tagKeys=b%20c%21`, signedFor: "execute-api" },
      { body, signedFor: "execute-api", headers: { "content-type": "application/json" } },
    ]);
  });

  it("gets the service's error as it is, without its cookies and CORS headers", async () => {
    upstream.answer = (_request, response) =>
      void response
        .writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException", "set-cookie": "a=b" })
        .end('{"message":"none"}');
    const answer = await sendRaw(port, await list());
    expect(answer).toMatchObject({ status: 404, body: '{"message":"none"}' });
    expect(answer.headers).toMatchObject({ "x-amzn-errortype": "ResourceNotFoundException" });
    expect(answer.headers).not.toHaveProperty("set-cookie");
  });
});

describe("a request that is refused, and of which nothing reaches the service", () => {
  afterEach(() => expect(upstream.received).toEqual([]));
  const refused = async (sent: readonly string[], status: number, code: string, body = "") => {
    const answer = await sendRaw(port, sent, body);
    expect({ status: answer.status, code: answer.headers["x-amzn-errortype"] }).toEqual({ status, code });
    expect(JSON.parse(answer.body)).toMatchObject({ __type: code, message: expect.any(String) });
    return answer;
  };

  const foreign = ["evil.example:PORT", "localhost", "localhost:1", "localhost.:PORT", "0.0.0.0:PORT"];
  it.each([...foreign, "www.localhost:PORT", "api.api.localhost:PORT", "LOCALHOST:PORT"])(
    "Host %s",
    async (name) => void (await refused(await list(name.replace("PORT", String(port))), 403, "AccessDeniedException")),
  );

  it("one with an Origin, even our own and well signed", async () => {
    for (const origin of ["https://evil.example", "null", `http://${host}`]) {
      await refused([...(await list()), `Origin: ${origin}`], 403, "AccessDeniedException");
    }
    await refused([...(await list()), "Sec-Fetch-Site: cross-site"], 403, "AccessDeniedException");
  });

  it("one with two Hosts or an absolute target", async () => {
    await refused([...(await list()), `Host: ${host}`], 403, "AccessDeniedException");
    const [, ...rest] = await list();
    const absolute = [`GET http://${host}/environments?MaxResults=5 HTTP/1.1`, ...rest];
    await refused(absolute, 403, "AccessDeniedException");
  });

  it("an unsigned one, and a presigned address", async () => {
    await refused(
      [`GET /environments HTTP/1.1`, `Host: ${host}`, "Connection: close"],
      403,
      "MissingAuthenticationTokenException",
    );
    const query =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDCALLER%2F20261123%2Feu-west-1%2Fairflow%2Faws4_request" +
      "&X-Amz-Date=20261123T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    const presigned = [`GET /environments?${query} HTTP/1.1`, `Host: ${host}`, "Connection: close"];
    await refused(presigned, 403, "IncompleteSignatureException");
  });

  const wrong: [string, object, string][] = [
    ["with a wrong secret", { key: { ...callerKey, secretAccessKey: "no" } }, "InvalidSignatureException"],
    ["with another key", { key: { ...callerKey, accessKeyId: "AKIDOTHER" } }, "UnrecognizedClientException"],
    ["without the session token", { key: { ...callerKey, sessionToken: undefined } }, "UnrecognizedClientException"],
    ["for another service", { service: "s3" }, "InvalidSignatureException"],
    ["for execute-api itself", { service: "execute-api" }, "InvalidSignatureException"],
    ["for another region", { region: "us-east-1" }, "InvalidSignatureException"],
    ["sixteen minutes ago", { at: Date.now() - 16 * 60_000 }, "InvalidSignatureException"],
    ["sixteen minutes ahead", { at: Date.now() + 16 * 60_000 }, "InvalidSignatureException"],
  ];
  it.each(wrong)("one signed %s", async (_name, options, code) => {
    await refused(await list(host, options), 403, code);
  });

  it("one whose body, path, query or Host was changed after signing", async () => {
    const put = await signedLines("PUT", host, "/environments/first", '{"a":1}');
    await refused(put, 403, "InvalidSignatureException", '{"a":2}');
    const [first = "", ...rest] = await list();
    await refused([first.replace("MaxResults=5", "MaxResults=6"), ...rest], 403, "InvalidSignatureException");
    await refused([first.replace("/environments", "/other"), ...rest], 403, "InvalidSignatureException");
    const moved = (await list()).map((line) => line.replace(`host: ${host}`, `host: api.${host}`));
    await refused(moved, 403, "InvalidSignatureException");
  });

  it("one whose path can be read in two ways", async () => {
    for (const path of ["//environments", "/environments/../tags/x", "/environments/%2e%2e", "/environments/a%2Fb"]) {
      await refused(await signedLines("GET", host, path, ""), 400, "ValidationException");
    }
  });

  it("a body above 10 MiB, before it is sent", async () => {
    const signed = await signedLines("PUT", host, "/environments/first", "x");
    const announced = signed.map((line) => line.replace(/^content-length: .*/, "content-length: 10485761"));
    await refused(announced, 413, "RequestEntityTooLargeException");
  });

  it("a preflight", async () =>
    void (await refused(await signedLines("OPTIONS", host, "/environments", ""), 403, "AccessDeniedException")));
});

describe("what the service cannot answer", () => {
  it("is a 502 that says so: a redirect is neither followed nor handed on", async () => {
    upstream.answer = (_request, response) => void response.writeHead(302, { location: `http://${host}/x` }).end();
    const answer = await sendRaw(port, await list());
    expect(answer).toMatchObject({ status: 502, headers: { "x-amzn-errortype": "BadGatewayException" } });
    expect(answer.headers).not.toHaveProperty("location");
    expect(upstream.received).toHaveLength(1);
  });

  it("is a 502 when nobody is there, or hangs up half way", async () => {
    upstream.answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    };
    expect((await sendRaw(port, await list())).status).toBe(502);
    await upstream.close();
    expect((await sendRaw(port, await list())).status).toBe(502);
  });
});

it("nothing of key, signature or query is in the lines that are logged", async () => {
  await sendRaw(port, await list());
  await sendRaw(port, await list(host, { key: { ...callerKey, secretAccessKey: "no" } }));
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toMatch(/MaxResults|AKID|Signature|caller/);
});

it("read-only forwards GET and nothing else", async () => {
  const reader = await startProxy({ target: upstream.target, port: 0, browserPort: 0, readOnly: true });
  try {
    const readerPort = Number(new URL(reader.sdkUrl).port);
    const send = async (method: string) =>
      (await sendRaw(readerPort, await signedLines(method, `localhost:${readerPort}`, "/environments/first", "")))
        .status;
    expect([await send("GET"), await send("DELETE"), await send("POST")]).toEqual([200, 403, 403]);
    expect(upstream.received).toHaveLength(1);
  } finally {
    await reader.stop();
  }
});
