import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ProxyOptions, type RunningProxy, startProxy } from "./proxy.ts";
import { cookieOf, enter, enterWith, type Headers, pageHeaders, sendAsPage, tokenOf } from "./testing/own-page.ts";
import { sendRaw } from "./testing/raw-client.ts";
import { type StubUpstream, startStubUpstream } from "./testing/stub-upstream.ts";

let upstream: StubUpstream;
let proxy: RunningProxy;
let port: number;
let now: number;
const lines: string[] = [];

const start = async (options: Partial<ProxyOptions> = {}) => {
  proxy = await startProxy({ target: upstream.target, port: 0, browserPort: 0, now: () => now, ...options });
  port = Number(new URL(proxy.browserUrl).port);
};
beforeEach(async () => {
  now = Date.parse("2026-11-23T12:00:00Z");
  lines.length = 0;
  upstream = await startStubUpstream(() => now);
  await start({ log: (line) => lines.push(line) });
});
afterEach(async () => {
  await proxy.stop();
  await upstream.close();
});

const send = (method: string, path: string, changed: Headers = {}, body = "") =>
  sendAsPage(port, method, path, changed, body);

describe("the way in", () => {
  it("is a token of 256 bits in the fragment, exchanged once for a cookie only this host's pages send", async () => {
    const url = proxy.newEntryUrl();
    expect(url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/#[\\w-]{43}$`));
    const answer = await enterWith(port, tokenOf(url));
    expect(answer.status).toBe(204);
    expect(answer.headers["set-cookie"]).toMatch(
      new RegExp(`^__hangar_${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    );
    expect((await send("GET", "/api/environments", { Cookie: cookieOf(answer) })).status).toBe(200);
    expect((await send("GET", "/session", { Cookie: cookieOf(answer) })).body).toContain('"accessKeyId":"AKIDCALLER"');
  });

  it("closes behind the first who came: a token used again is refused", async () => {
    const token = tokenOf(proxy.newEntryUrl());
    await enterWith(port, token);
    const again = await enterWith(port, token);
    expect([again.status, again.headers["set-cookie"]]).toEqual([403, undefined]);
  });

  it("closes after 60 s", async () => {
    const [early, late] = [tokenOf(proxy.newEntryUrl()), () => tokenOf(proxy.newEntryUrl())];
    now += 59_999;
    expect((await enterWith(port, early)).status).toBe(204);
    const token = late();
    now += 60_000;
    expect((await enterWith(port, token)).status).toBe(403);
  });

  it("takes no wrong token, and a new address makes the one before void", async () => {
    const first = tokenOf(proxy.newEntryUrl());
    const second = tokenOf(proxy.newEntryUrl());
    for (const token of [first, "", "x", randomBytes(32).toString("base64url")]) {
      expect((await enterWith(port, token)).status, token).toBe(403);
    }
    for (const body of ["null", "{", '{"token":7}'])
      expect((await send("POST", "/session", {}, body)).status).toBe(403);
    expect((await enterWith(port, second)).status).toBe(204);
  });

  it("is not open to another origin, a foreign Host, or a form", async () => {
    const token = tokenOf(proxy.newEntryUrl());
    const foreign: Headers[] = [
      { Origin: "https://evil.example" },
      { Origin: undefined },
      { "X-Hangar-Console": undefined },
      { "Sec-Fetch-Site": "cross-site" },
      { Host: `evil.example:${port}` },
    ];
    for (const changed of foreign) expect((await enterWith(port, token, changed)).status).toBe(403);
    expect((await enterWith(port, token)).status).toBe(204);
  });

  it("lets scripts in by the token of the file, under the same rules", async () => {
    const bearer = { Authorization: `Bearer ${proxy.bearer}` };
    expect((await send("GET", "/api/environments", bearer)).status).toBe(200);
    expect((await send("GET", "/api/environments", { ...bearer, "X-Hangar-Console": undefined })).status).toBe(403);
    expect((await send("POST", "/api/webtoken/first", { ...bearer, Origin: undefined })).status).toBe(403);
    expect((await send("GET", "/api/environments", { Authorization: "Bearer x" })).status).toBe(401);
  });
});

describe("a request that is refused, and of which nothing reaches the service", () => {
  let cookie: string;
  beforeEach(async () => {
    cookie = await enter(proxy);
  });
  afterEach(() => expect(upstream.received).toEqual([]));

  it("a foreign Host, wherever it goes: 403 without a word", async () => {
    const hosts = [`evil.example:${port}`, "127.0.0.1:1", "localhost", `localhost.:${port}`, `0.0.0.0:${port}`];
    for (const host of [...hosts, `api.localhost:${port}`, `LOCALHOST:${port}`, "", undefined]) {
      for (const path of ["/", "/api/environments", "/session"]) {
        const answer = await send("GET", path, { Host: host, Cookie: cookie });
        expect([answer.status, answer.body], `${host} ${path}`).toEqual([403, ""]);
      }
    }
  });

  it("two Hosts, a header sent twice, an absolute target", async () => {
    const good = pageHeaders(port, { Cookie: cookie });
    const heads = [
      ["GET /api/environments HTTP/1.1", ...good, `Host: evil.example:${port}`],
      ["GET /api/environments HTTP/1.1", ...good, "Origin: https://evil.example"],
      [`GET http://127.0.0.1:${port}/api/environments HTTP/1.1`, ...good],
    ];
    for (const head of heads) expect((await sendRaw(port, head)).status).toBe(403);
  });

  it("no session: no cookie, a wrong one, that of another port, or one of two", async () => {
    const value = cookie.split("=")[1];
    const cookies = [undefined, `__hangar_${port}=${"A".repeat(43)}`, `__hangar_${port + 1}=${value}`];
    for (const given of [...cookies, `${cookie}; __hangar_${port}=x`, `__hangar_${port}=`]) {
      expect((await send("GET", "/api/environments", { Cookie: given })).status, given).toBe(401);
    }
  });

  it("a cookie of a proxy that has ended", async () => {
    await proxy.stop();
    await start({ browserPort: port });
    expect((await send("GET", "/api/environments", { Cookie: cookie })).status).toBe(401);
  });

  const foreign: [string, string, Headers][] = [
    ["a form of another page", "POST", { Origin: "https://evil.example", "X-Hangar-Console": undefined }],
    ["no Origin on a change", "POST", { Origin: undefined }],
    ["Origin: null", "POST", { Origin: "null" }],
    ["the origin of another port", "GET", { Origin: "http://127.0.0.1:1" }],
    ["our origin under another of our names", "GET", { Origin: "http://localhost:PORT" }],
    ["another site, by the browser's word", "GET", { "Sec-Fetch-Site": "cross-site" }],
    ["another server of this host", "GET", { "Sec-Fetch-Site": "same-site" }],
    ["a link, without the console's header", "GET", { "X-Hangar-Console": undefined, Origin: undefined }],
    ["the console's header, but another value", "GET", { "X-Hangar-Console": "0" }],
  ];
  it.each(foreign)("%s", async (_name, method, changed) => {
    const sent = Object.fromEntries(
      Object.entries(changed).map(([name, value]) => [name, value?.replace("PORT", String(port))]),
    );
    const body = method === "POST" ? "a=b" : "";
    const type = { "Content-Type": "text/plain", Cookie: cookie };
    const answer = await send(method, "/api/webtoken/first", { ...type, ...sent }, body);
    expect([answer.status, answer.headers["x-amzn-errortype"]]).toEqual([403, "AccessDeniedException"]);
  });

  it("a preflight: 403, and no header that would allow anything", async () => {
    const preflight = { "Access-Control-Request-Method": "POST", Origin: "https://evil.example" };
    for (const path of ["/", "/api/environments", "*"]) {
      const answer = await send("OPTIONS", path, { ...preflight, Cookie: cookie });
      expect([answer.status, Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))]).toEqual([
        403,
        [],
      ]);
    }
  });

  it("a WebSocket, of a foreign page or of our own", async () => {
    const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", Cookie: cookie };
    for (const Origin of ["https://evil.example", `http://127.0.0.1:${port}`]) {
      expect((await send("GET", "/api/environments", { ...upgrade, Origin })).status).toBe(403);
    }
  });

  it("a path that is not in the list, or that can be read in two ways", async () => {
    const unlisted = ["/_hangar/health", "/environments/a/b", "/restapi", "/", "/environments/", "/Environments"];
    const twoWays = ["//environments", "/environments/..", "/environments/%2E%2e", "/x/../environments", "/a%5cb"];
    const encoded = ["/environments/a%2fb", "/environments/%252e", "/environments/%zz", "/environments/%00"];
    const arn = ["/tags/arn%3Aaws%2F..%2Fx", "/tags/a%2Fb/c"];
    for (const path of [...unlisted, ...twoWays, ...encoded, ...arn]) {
      expect([400, 403], path).toContain((await send("GET", `/api${path}`, { Cookie: cookie })).status);
    }
    for (const path of ["/session/x", "/API/environments", "/api", "/api?x"]) {
      expect([400, 403], path).toContain((await send("GET", path, { Cookie: cookie })).status);
    }
    expect((await send("DELETE", "/api/environments", { Cookie: cookie })).status).toBe(403);
  });

  it("a body above 1 MiB, before it is sent", async () => {
    const answer = await send("PUT", "/api/environments/first", { Cookie: cookie, "Content-Length": "1048577" });
    expect(answer.status).toBe(413);
  });
});

describe("a request of our own page", () => {
  it("reaches the service signed anew, without what the browser added", async () => {
    const cookie = await enter(proxy);
    const headers = { Cookie: cookie, "X-Amz-Security-Token": "forged", "X-Forwarded-For": "1.2.3.4" };
    await send("POST", "/api/webtoken/first", headers);
    const arn = "/tags/arn%3Aaws%3Aairflow%3Aeu-west-1%3A0%3Aenvironment%2Ffirst";
    await send("DELETE", `/api${arn}?tagKeys=a&tagKeys=b%20c`, { Cookie: cookie });
    expect(upstream.received).toMatchObject([
      { method: "POST", url: "/webtoken/first", signedFor: "execute-api" },
      { method: "DELETE", url: `${arn}?tagKeys=a&tagKeys=b%20c`, signedFor: "execute-api" },
    ]);
    const sent = upstream.received[0]?.headers ?? {};
    expect(sent["x-amz-security-token"]).toBe("caller-session");
    for (const name of ["cookie", "origin", "x-hangar-console", "x-forwarded-for", "sec-fetch-site"]) {
      expect(sent).not.toHaveProperty(name);
    }
  });

  it("gets no cookie and no CORS header of the service, and protection on every answer", async () => {
    const cookie = await enter(proxy);
    const answers = [
      await send("GET", "/api/environments", { Cookie: cookie }),
      await send("GET", "/api/environments"),
      await send("GET", "/"),
      await send("GET", "/", { Host: "evil.example" }),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(Object.keys(headers).filter((name) => /^(set-cookie|access-control)/.test(name))).toEqual([]);
    }
    expect(answers.slice(0, 2).map(({ headers }) => headers["cache-control"])).toEqual(["no-store", "no-store"]);
  });

  it("is not led elsewhere by a redirect of the service", async () => {
    const cookie = await enter(proxy);
    upstream.answer = (_request, response) =>
      void response.writeHead(307, { location: "http://evil.example/" }).end("see there");
    const answer = await send("GET", "/api/environments", { Cookie: cookie });
    expect([answer.status, answer.headers["location"]]).toEqual([502, undefined]);
    expect(answer.body).not.toContain("evil.example");
  });

  it("may only read where the proxy was started read-only", async () => {
    await proxy.stop();
    await start({ readOnly: true });
    const cookie = await enter(proxy);
    expect((await send("GET", "/api/environments", { Cookie: cookie })).status).toBe(200);
    expect((await send("POST", "/api/webtoken/first", { Cookie: cookie })).status).toBe(403);
    expect(upstream.received).toHaveLength(1);
  });
});

it("neither token nor cookie is in the lines that are logged, nor the hash of either", async () => {
  const token = tokenOf(proxy.newEntryUrl());
  const cookie = cookieOf(await enterWith(port, token)).split("=")[1] ?? "";
  await send("GET", "/api/environments?NextToken=page-two", { Cookie: `__hangar_${port}=${cookie}` });
  expect(lines).toHaveLength(2);
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  for (const secret of [token, cookie, hash(token), hash(cookie), proxy.bearer, "page-two"]) {
    expect(lines.join()).not.toContain(secret);
  }
});
