import { createServer, request as httpRequest, type Server } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sha256 } from "@aws-crypto/sha256-js";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ListExecutionsCommand, SFNClient } from "@aws-sdk/client-sfn";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { diskFullMessage } from "../disk-full.ts";
import type { ServiceRequest, ServiceResponse } from "../engine.ts";
import { type AccessKey, openCredentials } from "./credentials.ts";
import { type FrontDoor, type SessionCredential, startFrontDoor } from "./front-door.ts";

const region = "us-east-1";
let folder: string;
let door: FrontDoor;
let s3: Server;
let operator: AccessKey;
let now = Date.now();
let seen: ServiceRequest[] = [];
let s3Seen: { url: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
const heldRequest = Promise.withResolvers<ServiceRequest>();
const s3Began = Promise.withResolvers<void>();
const s3Broke = Promise.withResolvers<string>();
const sessions = new Map<string, SessionCredential>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hangar-front-"));
  const credentials = openCredentials(join(folder, "keys.json"));
  operator = credentials.named("operator");
  const s3SocketPath = join(folder, "s3.sock");
  s3 = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    if (request.url === "/b/broken") s3Began.resolve();
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return s3Broke.resolve("broken");
    }
    s3Seen.push({ url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
    response
      .writeHead(200, { etag: '"abc"', "content-type": "text/plain" })
      .end(request.method === "GET" ? "hello" : "");
  });
  await new Promise<void>((resolve) => s3.listen(s3SocketPath, resolve));
  const recording =
    (body: string, type: string) =>
    async (request: ServiceRequest): Promise<ServiceResponse> => {
      seen.push(request);
      return { status: 200, headers: { "content-type": type }, body };
    };
  door = await startFrontDoor({
    port: 0,
    region,
    accountId: "000000000000",
    credentials,
    sessionCredentials: (id) => sessions.get(id),
    engines: [
      {
        signingNames: ["held"],
        handle: (request) => {
          heldRequest.resolve(request);
          return new Promise(() => {});
        },
      },
      { signingNames: ["faulty"], handle: () => Promise.reject(new Error("secret")) },
      { signingNames: ["full"], handle: () => Promise.reject(Object.assign(new Error("x"), { code: "ENOSPC" })) },
      { signingNames: ["states"], handle: recording('{"executions":[]}', "application/x-amz-json-1.0") },
      {
        signingNames: ["sts"],
        handle: recording(
          "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
          "text/xml",
        ),
      },
    ],
    s3SocketPath,
    apiGateway: recording('{"Environments":[]}', "application/json"),
    ecsMetadata: async (token, method, path, body) => ({
      status: 200,
      headers: {},
      body: JSON.stringify({ token, method, path, body: body.toString() }),
    }),
    now: () => now,
  });
});
afterAll(async () => {
  await door.close();
  s3.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  now = Date.now();
  seen = [];
  s3Seen = [];
});

const client = (key: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => ({
  region,
  endpoint: door.url,
  maxAttempts: 1,
  credentials: {
    accessKeyId: key.accessKeyId,
    secretAccessKey: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
  },
});

interface Reply {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** Sends exactly these bytes: fetch would set its own Host and normalise the path. */
function send(method: string, path: string, headers: Record<string, string>, body = ""): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port: door.port, host: "127.0.0.1", method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

interface Signing {
  service?: string;
  region?: string;
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  host?: string;
  body?: string;
  headers?: Record<string, string>;
  signingDate?: Date;
  secretAccessKey?: string;
  accessKeyId?: string;
}

async function signed(options: Signing) {
  const signer = new SignatureV4({
    service: options.service ?? "states",
    region: options.region ?? region,
    credentials: {
      accessKeyId: options.accessKeyId ?? operator.accessKeyId,
      secretAccessKey: options.secretAccessKey ?? operator.secretAccessKey,
    },
    sha256: Sha256,
    uriEscapePath: options.service !== "s3",
  });
  const { headers } = await signer.sign(
    {
      method: options.method ?? "POST",
      protocol: "http:",
      hostname: "127.0.0.1",
      path: options.path ?? "/",
      query: options.query ?? {},
      headers: { host: options.host ?? `127.0.0.1:${door.port}`, ...options.headers },
      body: options.body ?? "",
    },
    { signingDate: options.signingDate ?? new Date(now) },
  );
  return headers;
}

describe("a correctly signed request", () => {
  test("of the SDK's JSON clients reaches the engine its scope names, with the caller", async () => {
    const states = new SFNClient(client(operator));
    await states.send(
      new ListExecutionsCommand({ stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:a" }),
    );
    expect(seen[0]?.caller).toEqual({
      accountId: "000000000000",
      accessKeyId: operator.accessKeyId,
      arn: operator.arn,
    });
    expect(seen[0]?.endpoint).toBe(door.url);
    expect(seen[0]?.headers["x-amz-target"]).toBe("AWSStepFunctions.ListExecutions");
    expect(JSON.parse(seen[0]?.body.toString() ?? "")).toHaveProperty("stateMachineArn");
  });

  test("of the SDK's Query client reaches STS", async () => {
    const identity = await new STSClient(client(operator)).send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe("000000000000");
  });

  test("of the SDK's S3 client is streamed to the worker with the door's own word on who called", async () => {
    const client3 = new S3Client(client(operator));
    await client3.send(
      new PutObjectCommand({
        Bucket: "b",
        Key: "a folder/ü+%25?&=~.txt",
        Body: "x".repeat(300_000),
        Metadata: { a: "b" },
      }),
    );
    const got = await client3.send(new GetObjectCommand({ Bucket: "b", Key: "../k//x" }));
    expect(await got.Body?.transformToString()).toBe("hello");
    expect(s3Seen[0]?.body).toHaveLength(300_000);
    expect(s3Seen[0]?.url).toBe("/b/a%20folder/%C3%BC%2B%2525%3F%26%3D~.txt?x-id=PutObject");
    expect(s3Seen[0]?.headers["x-hangar-caller-arn"]).toBe(operator.arn);
    expect(s3Seen[0]?.headers["x-hangar-endpoint"]).toBe(door.url);
  });

  test("for airflow is accepted for every host prefix and with an encoded ARN in the path", async () => {
    const path = "/tags/arn%3Aaws%3Aairflow%3Aus-east-1%3A000000000000%3Aenvironment%2Fa%20b";
    for (const host of [`127.0.0.1:${door.port}`, `api.127.0.0.1:${door.port}`, "env.localhost"]) {
      const query = { tagKeys: ["b c", "a"], MaxResults: "5" };
      const headers = await signed({ service: "airflow", method: "GET", path, query, host });
      const reply = await send("GET", `${path}?tagKeys=b%20c&tagKeys=a&MaxResults=5`, headers);
      expect(reply.status).toBe(200);
    }
    expect(seen[0]?.rawPath).toBe(path);
  });

  test("with a session key of STS is accepted until the key expires", async () => {
    const key = {
      secretAccessKey: "s".repeat(40),
      sessionToken: "tok/en+=",
      arn: "arn:aws:sts::000000000000:assumed-role/r/s",
    };
    sessions.set("ASIAAAAAAAAAAAAAAAAA", { ...key, expiration: now + 1000 });
    const sts = new STSClient(client({ accessKeyId: "ASIAAAAAAAAAAAAAAAAA", ...key }));
    await sts.send(new GetCallerIdentityCommand({}));
    expect(seen[0]?.caller.arn).toBe(key.arn);
    const forged = new STSClient(client({ accessKeyId: "ASIAAAAAAAAAAAAAAAAA", ...key, sessionToken: "other" }));
    await expect(forged.send(new GetCallerIdentityCommand({}))).rejects.toThrow(/token/);
    now += 2000;
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "ExpiredToken" });
  });
});

describe("a request is refused", () => {
  const target = { "x-amz-target": "AWSStepFunctions.ListExecutions", "content-type": "application/x-amz-json-1.0" };

  test("when unsigned, in the error form of the service it seems to mean", async () => {
    const json = await send("POST", "/", target, "{}");
    expect(json.status).toBe(403);
    expect(JSON.parse(json.body).__type).toBe("MissingAuthenticationTokenException");
    const xml = await send("GET", "/bucket/key", {});
    expect(xml.status).toBe(403);
    expect(xml.body).toContain("<Code>AccessDenied</Code>");
    const airflow = await send("GET", "/environments/a", {});
    expect(airflow.headers["x-amzn-errortype"]).toBe("MissingAuthenticationTokenException");
    expect(JSON.parse(airflow.body).Message).toBe("Missing Authentication Token");
    const query = await send(
      "POST",
      "/",
      { "content-type": "application/x-www-form-urlencoded" },
      "Action=GetCallerIdentity",
    );
    expect(query.body).toContain("<Code>MissingAuthenticationToken</Code>");
    expect(seen).toHaveLength(0);
  });

  test.each<[string, Signing, string, string]>([
    ["with a wrong secret", { secretAccessKey: "x".repeat(40) }, "", "InvalidSignatureException"],
    ["with an unknown key", { accessKeyId: "AKIAUNKNOWNUNKNOWNUN" }, "", "UnrecognizedClientException"],
    ["with another region's scope", { region: "eu-west-1" }, "", "InvalidSignatureException"],
    ["when signed 16 minutes ago", { signingDate: new Date(Date.now() - 960_000) }, "", "InvalidSignatureException"],
    ["when signed 16 minutes ahead", { signingDate: new Date(Date.now() + 960_000) }, "", "InvalidSignatureException"],
    ["when the body is not the signed one", { body: "{}" }, '{"a":1}', "InvalidSignatureException"],
    ["when it means a service that is not there", { service: "rds" }, "", "UnknownOperationException"],
  ])("%s", async (_, options, body, code) => {
    const reply = await send("POST", "/", await signed({ headers: target, ...options }), body);
    expect(JSON.parse(reply.body).__type).toBe(code);
    expect(seen).toHaveLength(0);
  });

  test("when path, query, method or a signed header was changed on the way", async () => {
    const headers = await signed({ service: "airflow", method: "GET", path: "/environments/a", query: { a: "1" } });
    expect((await send("GET", "/environments/a?a=1", headers)).status).toBe(200);
    for (const [method, path] of [
      ["GET", "/environments/b?a=1"],
      ["GET", "/environments/a?a=2"],
      ["DELETE", "/environments/a?a=1"],
    ] as const) {
      expect((await send(method, path, headers)).status).toBe(403);
    }
    expect((await send("GET", "/environments/a?a=1", { ...headers, host: "evil.example" })).status).toBe(403);
  });

  test("when the operation's name was not part of what was signed", async () => {
    const reply = await send("POST", "/", { ...(await signed({})), ...target });
    expect(reply.status).toBe(400);
    expect(seen).toHaveLength(0);
  });

  test("when host is not signed, or the header is malformed", async () => {
    const headers = await signed({ headers: target });
    const authorization = headers["authorization"]!.replace("host;", "");
    expect(JSON.parse((await send("POST", "/", { ...headers, authorization })).body).__type).toBe(
      "IncompleteSignatureException",
    );
    const garbled = await send("POST", "/", { ...target, authorization: "AWS4-HMAC-SHA256 Credential=a" });
    expect(garbled.status).toBe(400);
  });

  test("when its body is over 10 MiB, before it is read", async () => {
    const headers = await signed({ headers: { ...target, "content-length": String(11 * 1024 * 1024) } });
    const reply = await new Promise<Reply>((resolve, reject) => {
      const request = httpRequest({ port: door.port, method: "POST", path: "/", headers, agent: false }, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: "" });
      });
      request.on("error", reject);
      request.flushHeaders();
    });
    expect(reply.status).toBe(413);
    expect(reply.headers["connection"]).toBe("close");
  });

  test("S3's own codes are used for S3", async () => {
    const wrong = new S3Client(client({ ...operator, secretAccessKey: "x".repeat(40) }));
    await expect(wrong.send(new PutObjectCommand({ Bucket: "b", Key: "k", Body: "a" }))).rejects.toMatchObject({
      name: "SignatureDoesNotMatch",
    });
    now += 20 * 60_000;
    const late = await send(
      "GET",
      "/b/k",
      await signed({ service: "s3", method: "GET", path: "/b/k", signingDate: new Date() }),
    );
    expect(late.body).toContain("<Code>RequestTimeTooSkewed</Code>");
    expect(s3Seen).toHaveLength(0);
  });
});

describe("presigned S3 URLs", () => {
  async function presign(method: string, headers: Record<string, string> = {}, expiresIn = 60): Promise<string> {
    const signer = new SignatureV4({
      service: "s3",
      region,
      credentials: operator,
      sha256: Sha256,
      uriEscapePath: false,
    });
    const request = {
      method,
      protocol: "http:",
      hostname: "127.0.0.1",
      path: "/b/k%20x",
      query: {},
      headers: { host: `127.0.0.1:${door.port}`, ...headers },
    };
    const { query } = await signer.presign(
      { ...request, headers: { ...request.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } },
      { expiresIn, signingDate: new Date(now) },
    );
    const pairs = Object.entries(query ?? {}).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
    );
    return `/b/k%20x?${pairs.join("&")}`;
  }

  test("work until they expire, and the worker never sees the signature", async () => {
    const url = await presign("GET");
    expect((await send("GET", url, {})).body).toBe("hello");
    expect(s3Seen[0]?.url).toBe("/b/k%20x");
    expect((await send("PUT", url, {})).body).toContain("SignatureDoesNotMatch");
    now += 61_000;
    expect((await send("GET", url, {})).body).toContain("Request has expired");
  });

  test("carry metadata in the query that the worker sees as headers", async () => {
    const url = await presign("PUT", { "x-amz-meta-colour": "blue" });
    expect((await send("PUT", url, {}, "body")).status).toBe(200);
    expect(s3Seen[0]?.headers["x-amz-meta-colour"]).toBe("blue");
  });

  test("refuse x-amz- headers added by whoever holds the URL", async () => {
    const reply = await send("PUT", await presign("PUT"), { "x-amz-acl": "public-read" }, "body");
    expect(reply.body).toContain("headers present in the request which were not signed");
  });
});

describe("what needs no signature", () => {
  test("the health check answers", async () => {
    const reply = await send("GET", "/_hangar/health", {});
    expect(JSON.parse(reply.body)).toEqual({ status: "ok" });
    expect((await send("GET", "/_hangar/other", {})).status).toBe(404);
  });

  test("a task's metadata is told which token was used", async () => {
    const reply = await send("PUT", "/_hangar/task/abc/task-protection/v1/state", {}, "{}");
    expect(JSON.parse(reply.body)).toEqual({
      token: "abc",
      method: "PUT",
      path: "/task-protection/v1/state",
      body: "{}",
    });
  });
});

test("headers only the door may set are dropped when a client sends them", async () => {
  const forged = { "x-hangar-caller-arn": "arn:aws:iam::1:root" };
  const headers = await signed({ service: "s3", method: "GET", path: "/b/k" });
  await send("GET", "/b/k", { ...headers, ...forged });
  expect(s3Seen[0]?.headers["x-hangar-caller-arn"]).toBe(operator.arn);
});

describe("a client that hangs up", () => {
  test("aborts the request's signal, so that a long poll hands its message to nobody", async () => {
    const headers = await signed({ service: "held" });
    const request = httpRequest({ port: door.port, method: "POST", path: "/", headers, agent: false });
    request.on("error", () => {});
    request.end();
    const held = await heldRequest.promise;
    expect(held.hungUp.aborted).toBe(false);
    const aborted = new Promise((resolve) => held.hungUp.addEventListener("abort", resolve));
    request.destroy();
    await aborted;
  });

  test("in mid-upload breaks the upload at the worker, instead of ending it early as if it were whole", async () => {
    const signing = { service: "s3", method: "PUT", path: "/b/broken", body: "x".repeat(1000) };
    const headers = await signed({ ...signing, headers: { "content-length": "1000" } });
    const request = httpRequest({ port: door.port, method: "PUT", path: "/b/broken", headers, agent: false });
    request.on("error", () => {});
    request.write("x".repeat(500));
    await s3Began.promise;
    request.destroy();
    expect(await s3Broke.promise).toBe("broken");
    expect(s3Seen).toHaveLength(0);
  });
});

test("an engine that throws is a 500 with nothing inside, in its clients' form", async () => {
  const reply = await send("POST", "/", await signed({ service: "faulty", headers: { "x-amz-target": "A.B" } }));
  expect(reply.status).toBe(500);
  expect(JSON.parse(reply.body)).toEqual({ __type: "InternalFailure", message: "The service met an internal fault." });
});

test("an engine that throws for want of room says so, by the name the control plane's API knows", async () => {
  const reply = await send("POST", "/", await signed({ service: "full", headers: { "x-amz-target": "A.B" } }));
  expect(reply.status).toBe(500);
  expect(JSON.parse(reply.body)).toEqual({ __type: "StorageFull", message: diskFullMessage });
});

test("a port that is taken is a clear error", async () => {
  await expect(
    startFrontDoor({
      port: door.port,
      region,
      accountId: "000000000000",
      credentials: openCredentials(join(folder, "keys.json")),
      sessionCredentials: () => undefined,
      engines: [],
      s3SocketPath: "",
      apiGateway: async () => ({ status: 200, headers: {}, body: "" }),
      ecsMetadata: async () => ({ status: 404, headers: {}, body: "" }),
    }),
  ).rejects.toThrow(/is taken by another program/);
});
