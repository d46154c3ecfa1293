// What is done with a request: which target group it belongs to, or what is answered. Pure: rules in, action out.
import { listeningAddress } from "./addresses.ts";
import type { RuleAction, RuleConfiguration } from "./configuration.ts";

/**
 * The action of the first rule, by priority, whose host and path fit; undefined when none does.
 * The Host header decides and must belong to the address that was dialled, so one environment's address never answers
 * for another's, and a page of some other site that resolves to 127.x.y.z reaches nothing.
 * @param localAddress the address the client connected to
 * @param host the Host header, with or without port
 * @param path the request target as sent, query included
 */
export function routeRequest(
  rules: readonly RuleConfiguration[],
  localAddress: string,
  host: string | undefined,
  path: string,
): RuleAction | undefined {
  const name = (host ?? "").replace(/:\d*$/, "").toLowerCase();
  if (listeningAddress(name) !== localAddress) return undefined;
  const pathname = path.split("?", 1)[0] ?? "/";
  const fitting = rules.filter(
    (rule) =>
      rule.hosts.includes(name) &&
      (rule.pathPatterns === undefined || rule.pathPatterns.some((pattern) => fitsPattern(pattern, pathname))),
  );
  return fitting.sort((a, b) => a.priority - b.priority)[0];
}

/** `*` is any run of characters, `?` exactly one; case counts. Walks once, so that no pattern can be made expensive. */
export function fitsPattern(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < text.length) {
    if (at < pattern.length && pattern[at] === "*") {
      star = at;
      resume = index;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      index = resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
