import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ProxyOptions, type RunningProxy, startProxy } from "./proxy.ts";
import { enter, type Headers, pageHeaders, sendAsPage } from "./testing/own-page.ts";
import { sendRaw } from "./testing/raw-client.ts";
import { type StubUpstream, startStubUpstream } from "./testing/stub-upstream.ts";

let upstream: StubUpstream;
let proxy: RunningProxy;
let port: number;
let folder: string;
let now: number;

const start = async (options: Partial<ProxyOptions> = {}) => {
  proxy = await startProxy({ target: upstream.target, port: 0, browserPort: 0, now: () => now, ...options });
  port = Number(new URL(proxy.browserUrl).port);
};
beforeEach(async () => {
  now = Date.parse("2026-11-23T12:00:00Z");
  folder = mkdtempSync(join(tmpdir(), "hangar-proxy-"));
  upstream = await startStubUpstream(() => now);
  await start();
});
afterEach(async () => {
  await proxy.stop();
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const send = (method: string, path: string, changed: Headers = {}, body = "") =>
  sendAsPage(port, method, path, changed, body);

describe("static files", () => {
  it("are the small page, whose scripts and styles its own policy allows", async () => {
    const index = await send("GET", "/", { Origin: undefined, "X-Hangar-Console": undefined });
    expect([index.status, index.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(index.body).not.toMatch(/<script>|<style|style=|onclick=/);
    for (const [, path] of index.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await send("GET", path ?? "")).status, path).toBe(200);
    }
  });

  it("come from the folder given and from nowhere else", async () => {
    const outside = join(folder, "secret.txt");
    writeFileSync(outside, "secret");
    mkdirSync(join(folder, "site", "assets"), { recursive: true });
    writeFileSync(join(folder, "site", "index.html"), "console");
    writeFileSync(join(folder, "site", "assets", "a.js"), "1");
    writeFileSync(join(folder, "site", ".env.json"), "secret");
    symlinkSync(outside, join(folder, "site", "link.txt"));
    await proxy.stop();
    await start({ consoleFolder: join(folder, "site") });
    const bodies = async (paths: string[]) => Promise.all(paths.map(async (path) => (await send("GET", path)).body));
    expect(await bodies(["/", "/assets/a.js", "/environments/first"])).toEqual(["console", "1", "console"]);
    const outsiders = ["/../secret.txt", "/%2e%2e/secret.txt", "/link.txt", "/.env.json", "/assets/../../secret.txt"];
    expect((await bodies(outsiders)).filter((body) => body === "secret")).toEqual([]);
    expect((await send("POST", "/")).status).toBe(404);
  });
});

describe("the socket for scripts", () => {
  it("is open to this user only, keeps every rule, and is gone afterwards", async () => {
    const unixSocket = join(folder, "proxy.sock");
    await proxy.stop();
    await start({ unixSocket });
    expect(statSync(unixSocket).mode & 0o777).toBe(0o600);
    const ask = (changed: Headers) =>
      sendRaw(unixSocket, ["GET /api/environments HTTP/1.1", ...pageHeaders(port, changed)]);
    const bearer = { Authorization: `Bearer ${proxy.bearer}` };
    expect((await ask(bearer)).status).toBe(200);
    expect((await ask({})).status).toBe(401);
    expect((await ask({ ...bearer, Host: "evil.example" })).status).toBe(403);
    await proxy.stop();
    expect(existsSync(unixSocket)).toBe(false);
  });

  it("replaces what a killed proxy left, but neither a living one's nor another file", async () => {
    const unixSocket = join(folder, "proxy.sock");
    writeFileSync(unixSocket, "mine");
    const another = () => startProxy({ target: upstream.target, port: 0, browserPort: 0, unixSocket });
    await expect(another()).rejects.toThrow("in use");
    rmSync(unixSocket);
    const killed = createServer();
    await new Promise<void>((resolve) => killed.listen(`${unixSocket}.moved`, resolve));
    renameSync(`${unixSocket}.moved`, unixSocket);
    await new Promise((resolve) => killed.close(resolve));
    expect(existsSync(unixSocket)).toBe(true);
    await proxy.stop();
    await start({ unixSocket });
    await expect(another()).rejects.toThrow("in use");
    expect((await sendRaw(unixSocket, ["GET / HTTP/1.1", ...pageHeaders(port)])).status).toBe(200);
  });
});

it("a greedy client gets 32 connections and no more", async () => {
  const held = Array.from({ length: 32 }, () => connect(port, "127.0.0.1"));
  try {
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
    const beyond = connect(port, "127.0.0.1");
    await new Promise((resolve) => beyond.once("close", resolve).on("error", () => {}));
  } finally {
    for (const socket of held) socket.destroy();
  }
});

describe("the proxy ends by itself", () => {
  it("after an hour without use; a refused request is no use", async () => {
    await proxy.stop();
    await start({ tickMilliseconds: 1 });
    const cookie = await enter(proxy);
    now += 59 * 60_000;
    expect((await send("GET", "/api/environments", { Cookie: cookie })).status).toBe(200);
    now += 59 * 60_000;
    expect((await send("GET", "/api/environments")).status).toBe(401);
    now += 60_000;
    expect(await proxy.ended).toBe("idle");
    await expect(send("GET", "/")).rejects.toThrow("ECONNREFUSED");
  });

  it("when its credentials expire, however much it is used", async () => {
    await proxy.stop();
    const credentials = { ...upstream.target.credentials, expiresAt: now + 1000 };
    await start({ tickMilliseconds: 1, target: { ...upstream.target, credentials } });
    expect((await send("GET", "/session", { Cookie: await enter(proxy) })).body).toContain(
      String(credentials.expiresAt),
    );
    now += 1000;
    expect(await proxy.ended).toBe("credentialsExpired");
  });
});

it("refuses ports a browser would leave out of Host, and says which can be used", async () => {
  for (const browserPort of [80, 1023, 65_536, Number.NaN]) {
    await expect(startProxy({ target: upstream.target, port: 0, browserPort })).rejects.toThrow("not a port");
  }
  await expect(startProxy({ target: upstream.target, port: 0, browserPort: port })).rejects.toThrow("is taken");
});
