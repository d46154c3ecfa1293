// The one client both servers are measured with: SigV4, keep-alive, a fixed number of connections, nothing else.
import { Agent, request as httpRequest } from "node:http";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

export interface SignedTarget {
  /** Scheme, loopback host and port. */
  readonly url: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** One request, sent again and again. */
export interface Case {
  readonly method: "GET" | "PUT";
  readonly path: string;
  /** A JSON document. */
  readonly body?: string;
  /** The only status that counts as an answer. */
  readonly status: number;
}

export interface Load {
  /** Milliseconds from sending to the answer's last byte, of each request. */
  readonly latencies: readonly number[];
  readonly perSecond: number;
}

/** The servers verify each signature; making one each time would measure the client, on the cores the server needs. */
const signatureLifeMilliseconds = 1000;

/**
 * Sends one request again and again for a while.
 * @param connections each sends its next request when its last was answered
 * @throws Error on any other status than the wanted one
 */
export async function signedLoad(
  target: SignedTarget,
  wanted: Case,
  connections: number,
  seconds: number,
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = signedHeaders(target, wanted);
  const latencies: number[] = [];
  const began = performance.now();
  const until = began + seconds * 1000;
  try {
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (performance.now() < until) {
          const signed = await headers();
          const sent = performance.now();
          await send(target.url, wanted, signed, agent);
          latencies.push(performance.now() - sent);
        }
      }),
    );
    return { latencies, perSecond: latencies.length / ((performance.now() - began) / 1000) };
  } finally {
    agent.destroy();
  }
}

function signedHeaders(target: SignedTarget, { method, path, body }: Case): () => Promise<Record<string, string>> {
  const { region, credentials } = target;
  const signer = new SignatureV4({ service: "airflow", region, credentials, sha256: Sha256 });
  const { hostname, host, port } = new URL(target.url);
  const content = body === undefined ? {} : { "content-type": "application/json" };
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const message = {
    method,
    protocol: "http:",
    hostname,
    port: Number(port),
    path,
    query: {},
    headers: { host, ...content },
    body,
  };
  let made = Number.NEGATIVE_INFINITY;
  let current: Promise<Record<string, string>> | undefined;
  return () => {
    if (!current || performance.now() - made > signatureLifeMilliseconds) {
      made = performance.now();
      current = signer
        .sign(message as Parameters<typeof signer.sign>[0])
        .then((signed) => ({ ...(signed.headers as Record<string, string>), ...length }));
    }
    return current;
  };
}

function send(url: string, wanted: Case, headers: Record<string, string>, agent: Agent): Promise<void> {
  const { method, path, body, status } = wanted;
  return new Promise((resolve, reject) => {
    const call = httpRequest(`${url}${path}`, { method, headers, agent, timeout: 30_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () =>
        response.statusCode === status
          ? resolve()
          : reject(new Error(`${method} ${path}: HTTP ${response.statusCode}, not ${status}: ${text.slice(0, 300)}`)),
      );
    });
    call.on("timeout", () => call.destroy(new Error("no answer within 30 s")));
    call.on("error", reject);
    call.end(body);
  });
}
