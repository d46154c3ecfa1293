// What is looked at before anything else of a request: to whom it was sent, and whether its head means one thing only.
// DNS rebinding ends here: a page of a foreign name reaches our port, but its Host is not ours.
import type { IncomingMessage } from "node:http";
import { denied } from "./refusal.ts";

export interface RequestHead {
  readonly method: string;
  /** As sent, percent-encoded, without the query. */
  readonly rawPath: string;
  /** As sent, without its question mark. */
  readonly rawQuery: string;
  /** Lower-case names; none of them was sent twice. */
  readonly headers: Readonly<Record<string, string>>;
  /** One of the hosts asked for. */
  readonly host: string;
}

/** The hosts that mean this machine and this port. No name but `localhost`, and never without a port. */
export const ownHosts = (port: number): readonly string[] => [
  `localhost:${port}`,
  `127.0.0.1:${port}`,
  `[::1]:${port}`,
];

/**
 * Reads the head, and compares the one Host as a whole: no pattern, no trailing dot, no other case.
 * @param hosts every value Host may have
 * @throws ProxyRefusal 403 for a foreign Host, an absolute target or a header sent twice
 */
export function readHead(request: IncomingMessage, hosts: ReadonlySet<string>): RequestHead {
  const headers: Record<string, string> = Object.create(null);
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? "").toLowerCase();
    if (name in headers) throw denied(`The header '${name}' was sent twice; send it once.`);
    headers[name] = request.rawHeaders[index + 1] ?? "";
  }
  const host = headers["host"];
  if (host === undefined || !hosts.has(host)) {
    throw denied("The Host header does not name this proxy: use one of the addresses it printed at its start.");
  }
  const target = request.url ?? "";
  if (!target.startsWith("/")) throw denied("The request target must be a path, not an absolute address.");
  const at = target.indexOf("?");
  return {
    method: request.method ?? "",
    rawPath: at < 0 ? target : target.slice(0, at),
    rawQuery: at < 0 ? "" : target.slice(at + 1),
    headers,
    host,
  };
}
