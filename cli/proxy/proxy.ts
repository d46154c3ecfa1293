// The loopback signing proxy: two listeners, one upstream, one lifetime.
import type { IncomingMessage, ServerResponse } from "node:http";
import { allowedRoutes, allowList } from "./allowed-routes.ts";
import { answerBrowser, protectiveHeaders } from "./browser-listener.ts";
import { BrowserSessions } from "./browser-session.ts";
import type { ProxyTarget } from "./credentials.ts";
import { type EndReason, endReason } from "./lifetime.ts";
import { type Listener, openListener } from "./loopback-listener.ts";
import { type Answer, refusalAnswer } from "./refusal.ts";
import { answerSdk } from "./sdk-listener.ts";
import { sendAnswer } from "./send-answer.ts";
import { builtInPage, readStaticFiles } from "./static-files.ts";
import { createUpstream } from "./upstream.ts";

export interface ProxyOptions {
  readonly target: ProxyTarget;
  /** The caller's, if known; shown on the page. */
  readonly arn?: string | undefined;
  /** 0 picks free ones. */
  readonly port: number;
  readonly browserPort: number;
  readonly ipv6?: boolean;
  /** Leaves GET, on both listeners. */
  readonly readOnly?: boolean;
  /** A path for scripts; the browser listener answers there as well. */
  readonly unixSocket?: string | undefined;
  /** A folder with a page instead of the small one. */
  readonly consoleFolder?: string | undefined;
  /** One line for each request: method, path, status, duration. Never a query, header or body. */
  readonly log?: ((line: string) => void) | undefined;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
  /** How often the lifetime is looked at; for tests. */
  readonly tickMilliseconds?: number;
}

export interface RunningProxy {
  /** For SDKs, e.g. `http://localhost:41001`. */
  readonly sdkUrl: string;
  /** For browsers and scripts, e.g. `http://127.0.0.1:41002`. */
  readonly browserUrl: string;
  /** Scripts send it as `Authorization: Bearer …`. */
  readonly bearer: string;
  /** An address that lets one browser in within 60 s; the one before is void. */
  newEntryUrl(): string;
  /** Resolves when the proxy has ended, with the reason. */
  readonly ended: Promise<EndReason>;
  stop(): Promise<void>;
}

/** Above what the API itself takes (29 s at API Gateway). */
const upstreamTimeoutMilliseconds = 40_000;

/** Starts both listeners, or none. @throws Failure when an address is taken or an option cannot be used */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { target, readOnly = false, now = Date.now } = options;
  const { endpoint, region, credentials } = target;
  const staticFile = readStaticFiles(options.consoleFolder ?? builtInPage);
  const isAllowed = allowList(allowedRoutes(), readOnly);
  const timeoutMilliseconds = upstreamTimeoutMilliseconds;
  const upstream = createUpstream({ endpoint, region, credentials, service: "execute-api", timeoutMilliseconds, now });
  let lastUse = now();
  const onUse = () => {
    lastUse = now();
  };
  const about = {
    endpoint: endpoint.origin,
    region,
    arn: options.arn ?? null,
    accessKeyId: credentials.accessKeyId,
    readOnly,
    webScheme: target.webScheme,
    expiresAt: credentials.expiresAt ?? null,
  };
  const sdkOptions = { credentials, region, upstream, readOnly, now, onUse };
  const sdk = await openListener({
    port: options.port,
    ipv6: options.ipv6 ?? false,
    answer: answering(options, "sdk", {}, (request, port) => answerSdk(sdkOptions, request, port)),
  });
  let sessions: BrowserSessions | undefined;
  const browser = await openListener({
    port: options.browserPort,
    ipv6: options.ipv6 ?? false,
    unixSocket: options.unixSocket,
    answer: answering(options, "browser", protectiveHeaders, (request, port) => {
      sessions ??= new BrowserSessions(port, now);
      return answerBrowser({ sessions, upstream, isAllowed, staticFile, about, onUse }, request, port);
    }),
  }).catch(async (error: unknown) => {
    await sdk.close();
    throw error;
  });
  sessions ??= new BrowserSessions(browser.port, now);
  const entries = sessions;
  const browserUrl = `http://127.0.0.1:${browser.port}`;
  const lifetime = watchLifetime(options.tickMilliseconds ?? 5000, [sdk, browser], () =>
    endReason({ now: now(), lastUse, credentialsExpireAt: credentials.expiresAt }),
  );
  return {
    sdkUrl: `http://localhost:${sdk.port}`,
    browserUrl,
    bearer: entries.bearer,
    newEntryUrl: () => `${browserUrl}/#${entries.newEntryToken()}`,
    ended: lifetime.ended.finally(() => upstream.close()),
    stop: () => lifetime.end("stopped"),
  };
}

/** Wraps what answers: refusals take the wire form, every answer is sent whole, and a line is written of it. */
function answering(
  { log, now = Date.now }: ProxyOptions,
  name: string,
  extra: Readonly<Record<string, string>>,
  answer: (request: IncomingMessage, port: number) => Promise<Answer>,
) {
  return async (request: IncomingMessage, response: ServerResponse, port: number): Promise<void> => {
    const began = now();
    const found = await answer(request, port).catch(refusalAnswer);
    sendAnswer(request, response, found, extra);
    const path = (request.url ?? "").split("?", 1)[0];
    log?.(`${name} ${request.method} ${JSON.stringify(path)} ${found.status} ${now() - began} ms`);
  };
}

function watchLifetime(tickMilliseconds: number, listeners: readonly Listener[], reason: () => EndReason | undefined) {
  const { promise: ended, resolve } = Promise.withResolvers<EndReason>();
  const end = async (why: EndReason) => {
    clearInterval(timer);
    await Promise.all(listeners.map((listener) => listener.close()));
    resolve(why);
  };
  const timer = setInterval(() => {
    const why = reason();
    if (why !== undefined) void end(why);
  }, tickMilliseconds);
  return { ended, end };
}
