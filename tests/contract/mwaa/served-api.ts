// The MWAA API as one machine serves it, on a loopback port: the real front door, gateway, routes and handlers. Only what
// lies behind the ports is in memory.
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignatureV4 } from "@smithy/signature-v4";
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from "aws-lambda";
import { NodeSha256 } from "../../../cli/proxy/node-sha256.ts";
import { routes } from "../../../functions/routes.ts";
import { createApiGateway } from "../../../local/apigateway/gateway.ts";
import { namedPolicies } from "../../../local/auth/built-in-policies.ts";
import { type PolicyDocument, readPolicy } from "../../../local/auth/policy-grammar.ts";
import { openCredentials } from "../../../local/front/credentials.ts";
import { type FrontDoorOptions, startFrontDoor } from "../../../local/front/front-door.ts";
import { type InvokeResult, maximumPayloadBytes } from "../../../local/lambda/wiring.ts";
import type { MemoryWorld } from "../../../shared/testing/memory-world.ts";
import { testPool } from "../../../state-machines/testing/requests.ts";
import { handlersOver, type ServedHandler } from "./handlers.ts";

export const region = "us-east-1";
export const accountId = "000000000000";
export const apiPool = { ...testPool, quotas: { ...testPool.quotas, environments: 40 } };

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ApiRequest {
  /** `METHOD /path?query`, sent as it stands. */
  readonly line: string;
  /** A user's name, a key, or undefined for no signature at all. */
  readonly who?: string | Key | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly milliseconds: number;
}

export type ServedApi = Awaited<ReturnType<typeof serveApi>>;

const policy = (...Statement: object[]): PolicyDocument =>
  readPolicy(JSON.stringify({ Version: "2012-10-17", Statement }));

/** Users beside the operator, each with one policy. `choosy` has one that looks at every resource. */
const users: Readonly<Record<string, PolicyDocument>> = {
  reader: namedPolicies["read-only"],
  choosy: policy(
    { Effect: "Allow", Action: "airflow:*", Resource: "*" },
    { Effect: "Deny", Action: "airflow:*", Resource: `arn:aws:airflow:${region}:${accountId}:environment/forbidden*` },
  ),
  nobody: policy({ Effect: "Deny", Action: "s3:*", Resource: "*" }),
};

/**
 * Serves a world on a free port.
 * @param world may be exchanged later through `use`
 * @param patience the door's, where a test is about slow clients
 */
export async function serveApi(world: MemoryWorld, patience?: FrontDoorOptions["patience"]) {
  let current = world;
  const folder = mkdtempSync(join(tmpdir(), "hangar-api-"));
  const credentials = openCredentials(join(folder, "credentials.json"), accountId);
  for (const [name, document] of Object.entries(users)) {
    const key = { accessKeyId: `AKIA${name.toUpperCase()}`, secretAccessKey: `secret key of ${name}`, createdAt: "" };
    credentials.principals.put(`user/${name}`, { createdAt: "", policies: { own: document }, keys: [key] });
  }
  const handlers = await handlersOver(() => ({ ...current.ports, pool: apiPool }));
  const nothing = async () => ({ status: 404, headers: {}, body: "" });
  const door = await startFrontDoor({
    port: 0,
    region,
    accountId,
    credentials,
    sessionCredentials: () => undefined,
    engines: [],
    s3SocketPath: join(folder, "none.sock"),
    apiGateway: createApiGateway({
      routes,
      authority: credentials.authority,
      region,
      now: Date.now,
      invoke: (name, event) => invoke(handlers.get(name)!, event),
    }),
    ecsMetadata: nothing,
    ...(patience ? { patience } : {}),
  });
  const agent = new Agent({ keepAlive: true });
  const keyOf = (who: string | Key): Key => {
    if (typeof who !== "string") return who;
    return who === "operator" ? credentials.named("operator") : credentials.principals.get(`user/${who}`)!.keys[0]!;
  };
  const signedHeaders = (request: ApiRequest) =>
    signed(request, `127.0.0.1:${door.port}`, request.who && keyOf(request.who));

  return {
    url: door.url,
    port: door.port,
    keyOf,
    use(next: MemoryWorld): void {
      current = next;
    },
    async ask(request: ApiRequest): Promise<ApiAnswer> {
      return send(agent, door.port, request, await signedHeaders(request));
    },
    /** Headers of a request as its client signs it, for tests that send it byte by byte. */
    signedHeaders,
    async close(): Promise<void> {
      agent.destroy();
      await door.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As the Lambda service calls a function: JSON both ways, its limits, and nothing thrown. */
async function invoke(handler: ServedHandler, event: unknown): Promise<InvokeResult> {
  const sent = JSON.stringify(event);
  if (Buffer.byteLength(sent) > maximumPayloadBytes)
    return { errorType: "Lambda.RequestTooLargeException", errorMessage: "Request must be smaller" };
  try {
    const context = { awsRequestId: "request", functionName: "function" } as Context;
    const answer = JSON.stringify(await handler(JSON.parse(sent) as APIGatewayProxyEventV2WithIAMAuthorizer, context));
    if (Buffer.byteLength(answer) > maximumPayloadBytes)
      return { errorType: "Function.ResponseSizeTooLarge", errorMessage: "Response payload size exceeded" };
    return { payload: JSON.parse(answer) };
  } catch (error) {
    return { errorType: (error as Error).name, errorMessage: String((error as Error).stack) };
  }
}

async function signed({ line, headers = {}, body = "" }: ApiRequest, host: string, key: Key | undefined | "") {
  const [method = "", target = ""] = splitLine(line);
  const [path = "", query = ""] = splitOnce(target, "?");
  const unsigned = { host, ...headers };
  if (!key) return unsigned;
  const parameters = Object.create(null) as Record<string, string[]>; // a name may be `__proto__`
  for (const [name, value] of new URLSearchParams(query)) parameters[name] = [...(parameters[name] ?? []), value];
  const signer = new SignatureV4({ service: "airflow", region, credentials: key, sha256: NodeSha256 });
  const request = { method, protocol: "http:", hostname: "", path, query: parameters, headers: unsigned, body };
  return (await signer.sign(request)).headers;
}

const longestAnswerMilliseconds = 10_000;

function send(agent: Agent, port: number, { line, body = "" }: ApiRequest, headers: Readonly<Record<string, string>>) {
  const [method, path] = splitLine(line);
  const length = Buffer.byteLength(body);
  const startedAt = performance.now();
  return new Promise<ApiAnswer>((resolve, reject) => {
    const sent = httpRequest({
      ...{ agent, host: "127.0.0.1", port, method, path, timeout: longestAnswerMilliseconds },
      headers: { ...headers, ...(length > 0 ? { "content-length": String(length) } : {}) },
    });
    sent.on("timeout", () => sent.destroy(new Error(`${line}: no answer within ${longestAnswerMilliseconds} ms`)));
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          text: Buffer.concat(chunks).toString(),
          milliseconds: performance.now() - startedAt,
        }),
      );
    });
    sent.end(body);
  });
}

const splitLine = (line: string) => splitOnce(line, " ");

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
