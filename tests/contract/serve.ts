// Serves one engine on a loopback port with a fixed caller and no signature check, so that real clients can drive it.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Caller, Engine, EngineContext, ServiceRequest } from "../../local/engine.ts";

export interface ServedEngine {
  /** e.g. `http://127.0.0.1:40123` */
  readonly url: string;
  /** Stops listening and drops open connections. The engine is not closed. */
  close(): Promise<void>;
}

export const contractCaller: Caller = {
  accountId: "000000000000",
  accessKeyId: "AKIAEXAMPLEOPERATOR0",
  arn: "arn:aws:iam::000000000000:user/operator",
};

/** Credentials and region for SDK clients of a served engine: any will do, nothing is verified. */
export const clientDefaults = {
  region: "us-east-1",
  credentials: { accessKeyId: contractCaller.accessKeyId, secretAccessKey: "not-verified-by-the-contract-server" },
  maxAttempts: 1,
} as const;

/** Serves `engine` on 127.0.0.1, on a port of the system's choosing. */
export async function serve(engine: Engine, options: { readonly caller?: Caller } = {}): Promise<ServedEngine> {
  const server = createServer((incoming, outgoing) => {
    answer(engine, options.caller ?? contractCaller, url(), incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const url = () => `http://127.0.0.1:${port}`;
  return {
    url: url(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A private folder for one engine, and the context around it. `now` may be replaced by a test's own clock. */
export async function engineFolder(
  now: () => number = Date.now,
): Promise<{ readonly context: EngineContext; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "hangar-engine-"));
  return {
    context: { folder, region: clientDefaults.region, accountId: contractCaller.accountId, now },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface EngineUnderTest<Running> {
  readonly engine: Running;
  /** For any SDK client. */
  readonly client: typeof clientDefaults & { readonly endpoint: string };
  close(): Promise<void>;
}

/** Opens an engine in a folder of its own and serves it. */
export async function serveEngine<Running extends Engine>(
  open: (context: EngineContext) => Running | Promise<Running>,
): Promise<EngineUnderTest<Running>> {
  const { context, remove } = await engineFolder();
  const engine = await open(context);
  const served = await serve(engine);
  return {
    engine,
    client: { ...clientDefaults, endpoint: served.url },
    async close() {
      await served.close();
      await engine.close();
      await remove();
    },
  };
}

/** What a suite gets of a served engine. */
export interface ServedClient<Client> {
  readonly client: Client;
  close(): Promise<void>;
}

/**
 * Opens an engine over a folder of its own, serves it, and makes an SDK client for it.
 * @param open makes the engine, e.g. `createSqsEngine`
 * @param Client the SDK's client class, e.g. `SQSClient`
 */
export async function serveWithClient<Client extends { destroy(): void }>(
  open: (context: EngineContext) => Engine,
  Client: new (settings: typeof clientDefaults & { readonly endpoint: string }) => Client,
): Promise<ServedClient<Client>> {
  const { client: settings, close } = await serveEngine(open);
  const client = new Client(settings);
  return {
    client,
    async close() {
      client.destroy();
      await close();
    },
  };
}

async function answer(
  engine: Engine,
  caller: Caller,
  url: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const hangUp = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) hangUp.abort();
  });
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const response = await engine.handle(requestOf(incoming, Buffer.concat(chunks), caller, url, hangUp.signal));
  outgoing.writeHead(response.status, response.headers);
  outgoing.end(response.body);
}

function requestOf(
  incoming: IncomingMessage,
  body: Buffer,
  caller: Caller,
  url: string,
  hungUp: AbortSignal,
): ServiceRequest {
  const [rawPath = "/", rawQuery = ""] = (incoming.url ?? "/").split("?");
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: incoming.method ?? "POST",
    rawPath,
    rawQuery,
    headers,
    body,
    caller,
    endpoint: headers["host"] ? `http://${headers["host"]}` : url,
    requestId: randomUUID(),
    hungUp,
  };
}
