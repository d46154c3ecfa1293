// The one place requests go on to: signed anew with the proxy's credentials, sent to the address fixed at start, and
// never anywhere else. A redirect is not followed, and not handed on for a browser to follow.
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { SignatureV4 } from "@smithy/signature-v4";
import type { QueryParameters } from "../../local/front/claim.ts";
import type { ProxyCredentials } from "./credentials.ts";
import { NodeSha256 } from "./node-sha256.ts";
import { type Answer, ProxyRefusal } from "./refusal.ts";

export interface UpstreamOptions {
  readonly endpoint: URL;
  readonly region: string;
  /** The signing name, e.g. `execute-api`. */
  readonly service: string;
  readonly credentials: ProxyCredentials;
  /** For the whole exchange. */
  readonly timeoutMilliseconds: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface UpstreamRequest {
  readonly method: string;
  /** Percent-encoded as it shall be sent. */
  readonly rawPath: string;
  /** Decoded. */
  readonly query: QueryParameters;
  /** The client's; only those that mean something to the service are sent on. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Upstream {
  /** @throws ProxyRefusal 502 or 504 when there is no answer to hand on */
  send(request: UpstreamRequest): Promise<Answer>;
  close(): void;
}

/** All else a client sends (its signature, cookies, addresses of hops) stays here. */
const sentOn = ["content-type", "accept", "user-agent"];
/** All else the service answers (cookies, CORS, hop by hop) stays here. */
const handedBack = /^(content-type|retry-after|date|x-amzn-.+|x-amz-apigw-id|apigw-requestid)$/;
const maximumAnswerBytes = 10 * 1024 * 1024;
const maximumConnections = 32;

/** Opens nothing yet; connections are made as requests come, and kept. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { endpoint, region, service, credentials } = options;
  const signer = new SignatureV4({ service, region, credentials, sha256: NodeSha256 });
  const isTls = endpoint.protocol === "https:";
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: maximumConnections });
  const stage = endpoint.pathname.replace(/\/$/, "");
  return {
    async send(request) {
      const path = stage + request.rawPath;
      const headers = await signedHeaders(signer, options, request, path);
      const query = request.query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
      const started = (isTls ? httpsRequest : httpRequest)({
        agent,
        host: endpoint.hostname.replace(/^\[|\]$/g, ""),
        port: endpoint.port || (isTls ? 443 : 80),
        method: request.method,
        path: query === "" ? path : `${path}?${query}`,
        headers,
        signal: AbortSignal.timeout(options.timeoutMilliseconds),
      });
      const response = new Promise<IncomingMessage>((resolve, reject) =>
        started.on("response", resolve).on("error", reject),
      );
      started.end(request.body);
      try {
        return await readAnswer(await response);
      } catch (error) {
        started.destroy();
        throw error instanceof ProxyRefusal ? error : unreachable(error, options);
      }
    },
    close: () => agent.destroy(),
  };
}

async function signedHeaders(
  signer: SignatureV4,
  { endpoint, now }: UpstreamOptions,
  request: UpstreamRequest,
  path: string,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = { host: endpoint.host };
  for (const name of sentOn) if (request.headers[name] !== undefined) headers[name] = request.headers[name];
  if (request.body.length > 0) headers["content-length"] = String(request.body.length);
  const query: Record<string, string[]> = Object.create(null);
  for (const [name, value] of request.query) query[name] = [...(query[name] ?? []), value];
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: endpoint.protocol,
      hostname: endpoint.hostname,
      path,
      query,
      headers,
      body: request.body,
    },
    { signingDate: new Date(now()) },
  );
  return signed.headers;
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumAnswerBytes) {
      throw badGateway(`The control plane's answer is larger than ${maximumAnswerBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  const status = response.statusCode ?? 502;
  if (status >= 300 && status < 400 && status !== 304) {
    throw badGateway("The control plane answered with a redirect, which is not followed. Check the endpoint.");
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (handedBack.test(name) && typeof value === "string") headers[name] = value;
  }
  return { status, headers, body: Buffer.concat(chunks, length) };
}

const badGateway = (message: string): ProxyRefusal => new ProxyRefusal(502, "BadGatewayException", message);

function unreachable(cause: unknown, { endpoint, timeoutMilliseconds }: UpstreamOptions): ProxyRefusal {
  const reason = cause instanceof Error ? cause : new Error(String(cause));
  if (reason.name === "TimeoutError" || reason.name === "AbortError") {
    const message = `The control plane at ${endpoint.origin} did not answer within ${timeoutMilliseconds / 1000} s.`;
    return new ProxyRefusal(504, "GatewayTimeoutException", message, { cause });
  }
  const code = (reason as NodeJS.ErrnoException).code ?? reason.message;
  const message = `The control plane at ${endpoint.origin} did not answer (${code}). Does it run? npx hangar status`;
  return new ProxyRefusal(502, "BadGatewayException", message, { cause });
}

/** RFC 3986: what SigV4 counts as unreserved stays, all else is encoded, so that what is sent is what was signed. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
