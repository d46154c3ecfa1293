// A front door with users of every sort, before engines that only record what reached them: for tests of who may do what.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { createApiGateway } from "../../apigateway/gateway.ts";
import { namedPolicies } from "../../auth/built-in-policies.ts";
import { createIamEngine } from "../../auth/iam-engine.ts";
import { type PolicyDocument, readPolicy } from "../../auth/policy-grammar.ts";
import { type CredentialStore, openCredentials } from "../credentials.ts";
import { startFrontDoor } from "../front-door.ts";

const region = "us-east-1";
export const accountId = "000000000000";
export const airflowArn = (resource: string): string => `arn:aws:airflow:${region}:${accountId}:${resource}`;

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface GuardedDoor {
  readonly credentials: CredentialStore;
  readonly folder: string;
  /** Signs and sends one request. `reached`: which engines and functions it got to. @param who a user, or a key */
  ask(
    who: string | Key,
    service: string,
    line: string,
    headers?: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<{ status: number; headers: Headers; text: string; reached: readonly string[] }>;
  close(): Promise<void>;
}

/** `METHOD path`, action, resource: routes of the MWAA API, as functions/routes.ts writes them. */
const routes = (
  [
    ["GET /environments", "ListEnvironments", "any"],
    ["GET /environments/{Name}", "GetEnvironment", "environment"],
    ["PUT /environments/{Name}", "CreateEnvironment", "environment"],
    ["PATCH /environments/{Name}", "UpdateEnvironment", "environment"],
    ["DELETE /environments/{Name}", "DeleteEnvironment", "environment"],
    ["POST /clitoken/{Name}", "CreateCliToken", "environment"],
    ["POST /webtoken/{Name}", "CreateWebLoginToken", "role"],
    ["POST /webtoken/{Name}/roles/{Role}", "CreateWebLoginToken", "role"],
    ["POST /restapi/{Name}", "InvokeRestApi", "role"],
    ["POST /restapi/{Name}/roles/{Role}", "InvokeRestApi", "role"],
    ["GET /tags/{ResourceArn}", "ListTagsForResource", "environment"],
    ["DELETE /tags/{ResourceArn}", "UntagResource", "environment"],
  ] as const
).map(([line, action, resource]) => {
  const [method, path] = line.split(" ") as [string, string];
  return { method, path, function: action, action, resource };
});

export const policy = (...Statement: object[]): PolicyDocument =>
  readPolicy(JSON.stringify({ Version: "2012-10-17", Statement }));
export const allow = (Action: string | string[], Resource: string | string[]) => ({
  Effect: "Allow",
  Action,
  Resource,
});
export const deny = (Action: string | string[], Resource: string | string[]) => ({ Effect: "Deny", Action, Resource });

/** Users by name, with their one policy. */
export const users: Readonly<Record<string, PolicyDocument>> = {
  admin: namedPolicies.admin,
  reader: namedPolicies["read-only"],
  operator2: namedPolicies.operate,
  nobody: policy(deny("s3:*", "*")),
  "only-first": policy(allow("airflow:*", [airflowArn("environment/first"), airflowArn("role/first/Viewer")])),
  "all-but-second": policy(
    allow("airflow:*", "*"),
    deny("airflow:*", [airflowArn("environment/second"), airflowArn("role/second/*")]),
  ),
  "no-admin": policy(allow("airflow:*", "*"), deny("airflow:CreateWebLoginToken", airflowArn("role/*/Admin"))),
  "by-path": policy(allow("airflow:InvokeRestApi", airflowArn("role/first/Op"))),
};

/** A session of a role nobody wrote a policy for, as DAG code has one: `dag-code` to `ask`. */
const dagCode = {
  accessKeyId: "ASIADAGCODE",
  secretAccessKey: "secret of dag code",
  sessionToken: "a token",
  expiration: Number.MAX_SAFE_INTEGER,
  arn: `arn:aws:sts::${accountId}:assumed-role/airflow/e0123456789`,
};

/** Starts the door on a free port; `close` ends it and removes its folder. */
export async function openGuardedDoor(): Promise<GuardedDoor> {
  let reached: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), "hangar-access-"));
  const credentials = openCredentials(join(folder, "credentials.json"), accountId);
  for (const [name, document] of Object.entries(users)) {
    const key = { accessKeyId: `AKIA${name.toUpperCase()}`, secretAccessKey: `secret of ${name}`, createdAt: "now" };
    credentials.principals.put(`user/${name}`, { createdAt: "now", policies: { own: document }, keys: [key] });
  }
  const s3 = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    request.resume().on("end", () => response.end());
  });
  const s3SocketPath = join(folder, "s3.sock");
  await new Promise<void>((resolve) => s3.listen(s3SocketPath, resolve));
  const recording = (signingName: string) => ({
    signingNames: [signingName],
    handle: async () => {
      reached.push(signingName);
      return { status: 200, headers: {}, body: "{}" };
    },
  });
  const operatorKeyId = credentials.named("operator").accessKeyId;
  const door = await startFrontDoor({
    port: 0,
    region,
    accountId,
    credentials,
    sessionCredentials: (id) => (id === dagCode.accessKeyId ? dagCode : undefined),
    engines: [
      createIamEngine({ principals: credentials.principals, accountId, operatorKeyId, now: () => 0 }),
      ...["sqs", "dynamodb", "secretsmanager"].map(recording),
    ],
    s3SocketPath,
    apiGateway: createApiGateway({
      routes,
      authority: credentials.authority,
      region,
      now: () => 0,
      async invoke(name) {
        reached.push(name);
        return { payload: { statusCode: 200, body: "{}" } };
      },
    }),
    ecsMetadata: async () => ({ status: 404, headers: {}, body: "" }),
  });

  const keyOf = (who: string | Key): Key => {
    if (typeof who !== "string") return who;
    if (who === "operator" || who === "functions" || who === "tasks") return credentials.named(who);
    if (who === "dag-code") return dagCode;
    return credentials.principals.get(`user/${who}`)!.keys[0]!;
  };

  return {
    credentials,
    folder,
    async ask(who, service, line, headers = {}, body) {
      reached = [];
      const [method, target] = line.split(" ") as [string, string];
      const url = new URL(target, door.url);
      const signer = new SignatureV4({
        service,
        region,
        credentials: keyOf(who),
        sha256: Sha256,
        uriEscapePath: service !== "s3",
      });
      const signed = await signer.sign({
        method,
        protocol: "http:",
        hostname: "127.0.0.1",
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { host: url.host, ...headers },
        body: body ?? "",
      });
      const { host: _host, ...rest } = signed.headers;
      const response = await fetch(url, { method, headers: rest, ...(body === undefined ? {} : { body }) });
      return { status: response.status, headers: response.headers, text: await response.text(), reached };
    },
    async close() {
      await door.close();
      s3.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
