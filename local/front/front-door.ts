// The one loopback port of the region. Verifies who signed a request, finds the service its credential scope names,
// and hands it over. Nothing unsigned gets past it but the health check and a task's own metadata.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { faultMessage, isDiskFull } from "../disk-full.ts";
import type { Engine, ServiceRequest, ServiceResponse } from "../engine.ts";
import { authenticate, type KeyFinder } from "./authenticate.ts";
import { authoriseS3, authoriseService } from "./authorise.ts";
import type { CredentialStore } from "./credentials.ts";
import { guessForm, Refusal, refusalResponse } from "./refusals.ts";
import { bodyPatienceMilliseconds, readBody } from "./request-body.ts";
import { pipeToS3 } from "./s3-pipe.ts";

/** What STS knows of an expiring key it handed out. */
export interface SessionCredential {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** A date, or milliseconds since the epoch. */
  readonly expiration: Date | number;
  readonly arn: string;
}

export interface FrontDoorOptions {
  /** 0 picks a free one. Always on 127.0.0.1. */
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  readonly credentials: CredentialStore;
  readonly sessionCredentials: (accessKeyId: string) => SessionCredential | undefined;
  readonly engines: readonly Pick<Engine, "signingNames" | "handle">[];
  readonly s3SocketPath: string;
  /** Asked ahead of each S3 request that may proceed. @throws Refusal */
  readonly beforeS3?: (method: string) => void;
  /** Answers requests signed for `airflow` or `execute-api`. */
  readonly apiGateway: (request: ServiceRequest) => Promise<ServiceResponse>;
  /** Answers `/_hangar/task/<token>/…`; the unguessable token is the task's proof of who it is. */
  readonly ecsMetadata: (token: string, method: string, path: string, body: Buffer) => Promise<ServiceResponse>;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
  /** How long a client may take to send its headers, and its body where that is not an upload; for tests. */
  readonly patience?: { readonly headersMilliseconds: number; readonly bodyMilliseconds: number };
}

const usualPatience = { headersMilliseconds: 20_000, bodyMilliseconds: bodyPatienceMilliseconds };

export interface FrontDoor {
  readonly port: number;
  /** e.g. `http://127.0.0.1:4566` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Opens the door.
 * @throws FrontDoorPortTaken with what to do
 */
export async function startFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const engines = new Map(options.engines.flatMap((engine) => engine.signingNames.map((name) => [name, engine])));
  const keys = keyFinder(options);
  const patience = options.patience ?? usualPatience;
  const door: Door = { options, engines, keys, now: options.now ?? Date.now, patience };
  const serve = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) =>
    void answer(door, request, response, awaitsContinue).catch((error: unknown) => {
      process.stderr.write(`front door fault: ${error instanceof Error ? error.stack : String(error)}\n`);
      response.destroy();
    });
  // Uploads may last; everything else is bounded by its engine. Clients keep idle connections, so we outlast theirs.
  const server = createServer({
    keepAliveTimeout: 120_000,
    headersTimeout: patience.headersMilliseconds,
    connectionsCheckingInterval: Math.min(patience.headersMilliseconds, 10_000),
    requestTimeout: 3_600_000,
    maxHeaderSize: 32 * 1024,
    noDelay: true,
  });
  server.on("request", (request, response) => serve(request, response, false));
  server.on("checkContinue", (request, response) => serve(request, response, true));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(explainListen(cause, options.port)));
    server.listen({ port: options.port, host: "127.0.0.1", exclusive: true }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Door {
  readonly options: FrontDoorOptions;
  readonly engines: ReadonlyMap<string, Pick<Engine, "handle">>;
  readonly keys: KeyFinder;
  readonly now: () => number;
  readonly patience: typeof usualPatience;
}

async function answer(door: Door, request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) {
  const target = request.url ?? "/";
  const at = target.indexOf("?");
  const rawPath = at < 0 ? target : target.slice(0, at);
  const rawQuery = at < 0 ? "" : target.slice(at + 1);
  const headers = joinedHeaders(request);
  const requestId = randomUUID();
  const method = request.method ?? "GET";
  let signingName: string | undefined;
  try {
    if (!rawPath.startsWith("/")) throw new Refusal("missingToken", "The request target must be a path.");
    if (rawPath.startsWith("/_hangar/")) return send(response, await ownPath(door, request, rawPath));
    const { region, accountId, credentials } = door.options;
    const signed = authenticate({ method, rawPath, rawQuery, headers }, door.keys, region, door.now());
    signingName = signed.service;
    const caller = { accountId, accessKeyId: signed.accessKeyId, arn: signed.arn };
    const endpoint = `http://${headers["host"]}`;
    if (signed.service === "s3") {
      signed.verify(signed.declaredPayloadHash);
      const { target, hoistedHeaders } = signed;
      const line = { method, target, headers: { ...headers, ...hoistedHeaders } };
      authoriseS3(credentials.authority, signed.arn, line);
      door.options.beforeS3?.(method);
      if (awaitsContinue) response.writeContinue();
      const piped = { socketPath: door.options.s3SocketPath, caller, requestId, endpoint, target, hoistedHeaders };
      return await pipeToS3(request, response, piped).catch(() => {
        throw new Refusal("unavailable", "The S3 engine is not answering. Please try again.");
      });
    }
    const handle = handlerOf(door, signed.service);
    if (awaitsContinue) response.writeContinue();
    const { body, hash } = await readBody(request, door.patience.bodyMilliseconds);
    signed.verify(hash);
    const hungUp = hangUpSignal(response);
    const serviceRequest: ServiceRequest = {
      ...{ method, rawPath, rawQuery, headers, body, caller, endpoint, requestId },
      get hungUp() {
        return hungUp();
      },
    };
    if (handle !== door.options.apiGateway) {
      authoriseService(credentials.authority, signed.service, serviceRequest, { region, accountId });
    }
    send(response, await handle(serviceRequest));
  } catch (error) {
    if (response.destroyed) return;
    if (!(error instanceof Refusal)) {
      // Whatever an engine threw: nothing of it goes out, and the body may still be half read.
      process.stderr.write(`engine fault: ${error instanceof Error ? error.stack : String(error)}\n`);
    }
    const fault = isDiskFull(error) ? "storageFull" : "internalFault";
    const refusal = error instanceof Refusal ? error : new Refusal(fault, faultMessage(error));
    const form = guessForm({ signingName: signingName ?? guessSigningName(headers, rawQuery), rawPath, headers });
    const unread = !request.complete;
    const refused = refusalResponse(refusal, form, requestId, headers["content-type"], method !== "HEAD");
    // An unread body would be taken for the next request: end the connection instead.
    send(response, unread ? { ...refused, headers: { ...refused.headers, connection: "close" } } : refused);
  }
}

/** Paths of the region itself. */
async function ownPath(door: Door, request: IncomingMessage, rawPath: string): Promise<ServiceResponse> {
  const json = { "content-type": "application/json" };
  if (rawPath === "/_hangar/health" && request.method === "GET") {
    return { status: 200, headers: json, body: '{"status":"ok"}' };
  }
  const [, token, path] = /^\/_hangar\/task\/([^/]+)(\/.*)?$/.exec(rawPath) ?? [];
  if (token === undefined) return { status: 404, headers: json, body: '{"message":"Not Found"}' };
  const { body } = await readBody(request, door.patience.bodyMilliseconds);
  return door.options.ecsMetadata(token, request.method ?? "GET", path ?? "", body);
}

function handlerOf(door: Door, service: string): (request: ServiceRequest) => Promise<ServiceResponse> {
  if (service === "airflow" || service === "execute-api") return door.options.apiGateway;
  const engine = door.engines.get(service);
  if (engine) return (request) => engine.handle(request);
  throw new Refusal("unknownService", `This one-machine region has no service '${service}'.`);
}

function keyFinder(options: FrontDoorOptions): KeyFinder {
  return (accessKeyId) => {
    const session = accessKeyId.startsWith("ASIA") ? options.sessionCredentials(accessKeyId) : undefined;
    if (session === undefined) return options.credentials.find(accessKeyId);
    const { secretAccessKey, sessionToken, expiration, arn } = session;
    return { secretAccessKey, sessionToken, arn, expiresAt: Number(expiration) };
  };
}

/** Aborts when the client goes away before it has its answer. Made when asked for: only long polls do. */
function hangUpSignal(response: ServerResponse): () => AbortSignal {
  let signal: AbortSignal | undefined;
  return () => {
    if (signal) return signal;
    const controller = new AbortController();
    if (response.destroyed) controller.abort();
    else response.once("close", () => response.writableFinished || controller.abort());
    signal = controller.signal;
    return signal;
  };
}

function send(response: ServerResponse, answer: ServiceResponse): void {
  if (response.destroyed) return;
  const { status, headers, body } = answer;
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

/** Header values as SigV4 joins them: repeated ones by a comma without a blank. */
function joinedHeaders({ rawHeaders }: IncomingMessage): Record<string, string> {
  const joined: Record<string, string> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    const value = rawHeaders[at + 1]!;
    if (!name.startsWith("x-hangar-")) joined[name] = Object.hasOwn(joined, name) ? `${joined[name]},${value}` : value;
  }
  return joined;
}

/** The service named by a credential that could not be verified, so that the refusal has the right form. */
function guessSigningName(headers: Readonly<Record<string, string>>, rawQuery: string): string | undefined {
  const inHeader = /Credential=[^/,]+\/\d+\/[^/,]+\/([^/,]+)\//.exec(headers["authorization"] ?? "");
  const inQuery = /X-Amz-Credential=[^&]*?%2F\d{8}%2F[^&]*?%2F([^&]*?)%2F/.exec(rawQuery);
  return inHeader?.[1] ?? inQuery?.[1];
}

export class FrontDoorPortTaken extends Error {
  override readonly name = "FrontDoorPortTaken";
  readonly port: number;
  constructor(port: number, cause: unknown) {
    super(`Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or choose another port.`, {
      cause,
    });
    this.port = port;
  }
}

function explainListen(cause: NodeJS.ErrnoException, port: number): Error {
  if (cause.code === "EADDRINUSE") {
    return new FrontDoorPortTaken(port, cause);
  }
  return new Error(`The front door cannot listen on 127.0.0.1:${port}: ${cause.message}`, { cause });
}
