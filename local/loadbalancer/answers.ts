// What the load balancer answers by itself: what a rule says, or, when there is no target to answer, a page in HTML for
// browsers and JSON for the rest.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FixedResponse } from "./configuration.ts";

/** A status with the sentences that say what is the case and what happens next. */
export interface OwnAnswer {
  readonly status: 400 | 404 | 502 | 503 | 504;
  readonly title: string;
  readonly text: string;
  readonly retryAfterSeconds?: number;
}

export const noRule: OwnAnswer = {
  status: 404,
  title: "No environment at this address",
  text: "No environment is served under this address. Its address is the WebserverUrl that GetEnvironment shows.",
};
export const malformed: OwnAnswer = {
  status: 400,
  title: "Bad request",
  text: "The request target must be a path; this load balancer is no forward proxy.",
};
export const noTarget: OwnAnswer = {
  status: 503,
  title: "The environment is not ready",
  text: "No web server of this environment is healthy yet, or any more. The load balancer keeps checking and uses one as soon as it answers; try again in a moment.",
  retryAfterSeconds: 1,
};
export const targetFailed: OwnAnswer = {
  status: 502,
  title: "The web server did not answer",
  text: "The environment's web server closed the connection before it answered. Whether it did what was asked is not known.",
};
export const targetTimedOut: OwnAnswer = {
  status: 504,
  title: "The web server took too long",
  text: "The environment's web server took the request and sent nothing for too long. Whether it did what was asked is not known.",
};

/** Sends the answer, unless one has begun already: then the connection is cut, so that a part is not taken for the whole. */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: OwnAnswer | FixedResponse,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const { status, type, body, headers } = render(request, answer);
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    server: "awselb/2.0",
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** The same on a connection that asked to be upgraded. */
export function sendRawAnswer(request: IncomingMessage, socket: Socket, answer: OwnAnswer | FixedResponse): void {
  const { status, type, body } = render(request, answer);
  const reason = STATUS_CODES[status] ?? "Answered by the load balancer";
  const head = `HTTP/1.1 ${status} ${reason}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
}

interface Rendered {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function render(request: IncomingMessage, answer: OwnAnswer | FixedResponse): Rendered {
  // a rule's answer goes out as it stands, whatever is asked for
  if ("messageBody" in answer)
    return { status: answer.statusCode, type: answer.contentType, body: answer.messageBody, headers: {} };
  const { status } = answer;
  const headers = {
    "cache-control": "no-store",
    ...(answer.retryAfterSeconds === undefined ? {} : { "retry-after": String(answer.retryAfterSeconds) }),
  };
  if (!/text\/html/.test(request.headers.accept ?? "")) {
    return {
      status,
      headers,
      type: "application/json",
      body: `${JSON.stringify({ status: answer.status, title: answer.title, detail: answer.text })}\n`,
    };
  }
  const refresh = answer.retryAfterSeconds === undefined ? "" : '<meta http-equiv="refresh" content="2">';
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8">${refresh}<title>${answer.title}</title></head>
<body style="font:16px/1.5 system-ui;max-width:40em;margin:4em auto;padding:0 1em"><h1>${answer.title}</h1><p>${answer.text}</p></body></html>
`;
  return { status, headers, type: "text/html; charset=utf-8", body };
}
