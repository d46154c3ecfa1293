// For the proxy's tests: a service behind it that checks the new signature by itself.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { signedFor } from "../../testing/signed-for.ts";
import type { ProxyCredentials, ProxyTarget } from "../credentials.ts";

export const testRegion = "eu-west-1";
export const callerKey: ProxyCredentials = {
  accessKeyId: "AKIDCALLER",
  secretAccessKey: "caller-secret",
  sessionToken: "caller-session",
};

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The scope's service, once the signature has been proved; what is wrong with it otherwise. */
  readonly signedFor: string;
}

export interface StubUpstream {
  readonly target: ProxyTarget;
  readonly received: Received[];
  /** What it answers; replaced by a test that wants something else. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** A service that takes `execute-api` signatures of the caller's key. @param now as the proxy's */
export async function startStubUpstream(now: () => number = Date.now): Promise<StubUpstream> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = "", url = "", headers } = request;
    const service = signedFor(request, body, callerKey, testRegion, now());
    received.push({ method, url, headers, body: String(body), signedFor: service });
    stub.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const stub: StubUpstream = {
    target: { endpoint, region: testRegion, credentials: callerKey, identityEndpoint: endpoint, webScheme: "http" },
    received,
    answer: (_request, response) =>
      void response
        .writeHead(200, {
          "content-type": "application/json",
          "x-amzn-requestid": "request-1",
          "set-cookie": "upstream=1",
          "access-control-allow-origin": "*",
        })
        .end('{"Environments":["first"]}'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stub;
}
