// Who may use the browser listener: a browser that brought the one-time token of the entry address and has a cookie
// since, or a script that can read the token file. Everything is random, compared in constant time, and dies with us.
import { randomBytes } from "node:crypto";
import { equalInConstantTime } from "./constant-time.ts";

const entryMilliseconds = 60_000;
/** Browsers in use at once; the one that came first has to enter anew. */
const maximumSessions = 8;

export class BrowserSessions {
  /** Cookies do not know ports: the name keeps two proxies of one machine apart. */
  readonly cookieName: string;
  /** For scripts: `Authorization: Bearer …`. */
  readonly bearer = secret();
  readonly #now: () => number;
  #entry: { readonly token: string; readonly until: number } | undefined;
  #cookies: readonly string[] = [];

  /** @param now milliseconds since the epoch */
  constructor(port: number, now: () => number) {
    this.cookieName = `__hangar_${port}`;
    this.#now = now;
  }

  /** A token for one entry within 60 s, for the fragment of the entry address. The one before is void. */
  newEntryToken(): string {
    const token = secret();
    this.#entry = { token, until: this.#now() + entryMilliseconds };
    return token;
  }

  /** @returns the value of `Set-Cookie`, or undefined for a token that is wrong, used or too old */
  enter(token: unknown): string | undefined {
    const entry = this.#entry;
    if (entry === undefined || typeof token !== "string" || !equalInConstantTime(token, entry.token)) return undefined;
    this.#entry = undefined;
    if (this.#now() >= entry.until) return undefined;
    const cookie = secret();
    this.#cookies = [...this.#cookies, cookie].slice(-maximumSessions);
    return `${this.cookieName}=${cookie}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Whether the request's head carries a cookie or token of ours. */
  admits(headers: Readonly<Record<string, string>>): boolean {
    const bearer = /^Bearer ([\w-]+)$/.exec(headers["authorization"] ?? "")?.[1];
    if (bearer !== undefined) return equalInConstantTime(bearer, this.bearer);
    const given = cookiesNamed(this.cookieName, headers["cookie"] ?? "");
    // Two of the name: somebody else on this host set one. Which is ours cannot be told by looking at the first.
    return (
      given.length === 1 && this.#cookies.map((cookie) => equalInConstantTime(cookie, given[0] ?? "")).includes(true)
    );
  }
}

const cookiesNamed = (name: string, header: string): readonly string[] =>
  header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));

/** 256 random bits. */
const secret = (): string => randomBytes(32).toString("base64url");
