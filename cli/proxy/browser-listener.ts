// The listener for browsers. Whoever gets past it acts as the user, and every web page can reach loopback: so Host,
// session and origin are checked in this order, before anything is looked up, and no option turns a check off.
import type { IncomingMessage } from "node:http";
import { parseQuery } from "../../local/front/claim.ts";
import type { BrowserSessions } from "./browser-session.ts";
import { crossSiteProblem } from "./cross-site-rule.ts";
import { pathProblem } from "./path-rule.ts";
import { type Answer, denied, ProxyRefusal, refusalAnswer } from "./refusal.ts";
import { readBody } from "./request-body.ts";
import { ownHosts, type RequestHead, readHead } from "./request-head.ts";
import type { Upstream } from "./upstream.ts";

export interface BrowserListenerOptions {
  readonly sessions: BrowserSessions;
  readonly upstream: Upstream;
  readonly isAllowed: (method: string, rawPath: string) => boolean;
  readonly staticFile: (rawPath: string) => Promise<Answer | undefined>;
  /** What the page shows of who it acts as; no secrets. */
  readonly about: Readonly<Record<string, unknown>>;
  /** Called for each request that passed all checks. */
  readonly onUse: () => void;
}

const maximumBodyBytes = 1024 * 1024;

/** Sent with every answer. No `Access-Control-` header is among them, nor taken over from the service. */
export const protectiveHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; style-src 'self'; font-src data:; img-src 'self' blob:; connect-src 'self'; " +
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Answers a request; what is refused is an answer too. A foreign Host and a preflight learn nothing but a 403. */
export async function answerBrowser(
  options: BrowserListenerOptions,
  request: IncomingMessage,
  port: number,
): Promise<Answer> {
  let head: RequestHead;
  try {
    head = readHead(request, new Set(ownHosts(port)));
    if (head.method === "OPTIONS") throw denied("Preflights are refused.");
  } catch {
    return { status: 403, headers: {}, body: "" };
  }
  const isApi = /^\/(api|session)(\/|$)/i.test(head.rawPath);
  try {
    const answer = isApi ? await answerApi(options, request, head) : await answerStatic(options, head);
    return isApi ? uncached(answer) : answer;
  } catch (error) {
    return uncached(refusalAnswer(error));
  }
}

const uncached = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, "cache-control": "no-store" },
});

async function answerStatic({ staticFile }: BrowserListenerOptions, head: RequestHead): Promise<Answer> {
  const mayRead = head.method === "GET" || head.method === "HEAD";
  const found = mayRead ? await staticFile(head.rawPath) : undefined;
  if (found === undefined) throw new ProxyRefusal(404, "NotFoundException", "There is no such page.");
  return found;
}

async function answerApi(options: BrowserListenerOptions, request: IncomingMessage, head: RequestHead) {
  const isEntry = head.method === "POST" && head.rawPath === "/session";
  if (!isEntry && !options.sessions.admits(head.headers)) {
    throw new ProxyRefusal(401, "UnauthorizedException", "There is no session. Open the address the proxy printed.");
  }
  const foreign = crossSiteProblem(head.method, head.host, head.headers);
  if (foreign !== undefined) throw denied(`The request is refused: ${foreign}.`);
  if (isEntry) return enter(options, request);
  if (head.method === "GET" && head.rawPath === "/session") {
    options.onUse();
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(options.about) };
  }
  return forward(options, request, head);
}

async function enter({ sessions, onUse }: BrowserListenerOptions, request: IncomingMessage): Promise<Answer> {
  const { body } = await readBody(request, 4096);
  const cookie = sessions.enter(tokenIn(body));
  if (cookie === undefined) {
    throw denied(
      "This address was used already or is older than 60 s. Press Enter where the proxy runs for a new one.",
    );
  }
  onUse();
  return { status: 204, headers: { "set-cookie": cookie }, body: "" };
}

function tokenIn(body: Buffer): unknown {
  try {
    return (JSON.parse(body.toString("utf8")) as { token?: unknown } | null)?.token;
  } catch {
    return undefined;
  }
}

async function forward(options: BrowserListenerOptions, request: IncomingMessage, head: RequestHead): Promise<Answer> {
  const rawPath = head.rawPath.startsWith("/api/") ? head.rawPath.slice("/api".length) : "";
  const problem = pathProblem(rawPath);
  if (problem !== undefined) throw new ProxyRefusal(400, "ValidationException", `The path is refused: ${problem}.`);
  if (!options.isAllowed(head.method, rawPath)) {
    throw denied(`${head.method} ${rawPath} is not forwarded by this proxy.`);
  }
  const { body } = await readBody(request, maximumBodyBytes);
  options.onUse();
  return options.upstream.send({
    method: head.method,
    rawPath,
    query: parseQuery(head.rawQuery),
    headers: head.headers,
    body,
  });
}
