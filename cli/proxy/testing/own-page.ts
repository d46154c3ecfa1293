// For the proxy's tests: requests as our own page makes them; a test changes one thing of one.
import type { RunningProxy } from "../proxy.ts";
import { type RawAnswer, sendRaw } from "./raw-client.ts";

/** undefined leaves a header out. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** What our own page sends, line by line. */
export const pageHeaders = (port: number, changed: Headers = {}): string[] =>
  Object.entries({
    Host: `127.0.0.1:${port}`,
    Origin: `http://127.0.0.1:${port}`,
    "X-Hangar-Console": "1",
    "Sec-Fetch-Site": "same-origin",
    Connection: "close",
    ...changed,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));

export function sendAsPage(
  port: number,
  method: string,
  path: string,
  changed: Headers = {},
  body = "",
): Promise<RawAnswer> {
  const length = body ? { "Content-Length": String(Buffer.byteLength(body)) } : {};
  return sendRaw(port, [`${method} ${path} HTTP/1.1`, ...pageHeaders(port, { ...length, ...changed })], body);
}

export const tokenOf = (entryUrl: string): string => new URL(entryUrl).hash.slice(1);

export const enterWith = (port: number, token: string, changed: Headers = {}): Promise<RawAnswer> =>
  sendAsPage(port, "POST", "/session", changed, JSON.stringify({ token }));

export const cookieOf = (answer: RawAnswer): string => answer.headers["set-cookie"]?.split(";")[0] ?? "";

/** @returns the cookie of a browser that was let in */
export const enter = async (proxy: RunningProxy): Promise<string> =>
  cookieOf(await enterWith(Number(new URL(proxy.browserUrl).port), tokenOf(proxy.newEntryUrl())));
