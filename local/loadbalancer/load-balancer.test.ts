import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLoadBalancer, type LoadBalancer } from "./load-balancer.ts";
import { ask, askWho, configure, freePort, startWebTarget, until, type WebTarget } from "./testing/web-target.ts";

const host = "127.77.0.1";
const otherHost = "127.77.0.2";
let port: number;
let balancer: LoadBalancer;
const targets: WebTarget[] = [];

beforeEach(async () => {
  port = await freePort();
  balancer = createLoadBalancer({ silenceMilliseconds: 300 });
});
afterEach(async () => {
  await balancer.close(0);
  await Promise.all(targets.splice(0).map((target) => target.close()));
});

async function target(...args: Parameters<typeof startWebTarget>): Promise<WebTarget> {
  const started = await startWebTarget(...args);
  targets.push(started);
  return started;
}
const stateOf = (id: string) => balancer.state().targets.find((one) => one.id === id)?.state;
const healthy = (...all: WebTarget[]) => until(() => all.every(({ name }) => stateOf(name) === "healthy"));

test("requests go round the healthy targets of a host, with who asked in the headers", async () => {
  const [a, b] = [await target("a"), await target("b")];
  await balancer.apply(configure(1, port, { [host]: [a, b] }));
  await healthy(a, b);
  const names = [];
  for (let index = 0; index < 4; index += 1) names.push(await askWho(host, port));
  expect(names.sort()).toEqual(["a", "a", "b", "b"]);
  const answer = await ask(host, port, {
    path: "/x/../y%2Fz?q=1%202&empty",
    headers: { "x-forwarded-for": "10.0.0.9" },
  });
  expect(JSON.parse(answer.text)).toMatchObject({
    url: "/x/../y%2Fz?q=1%202&empty",
    headers: {
      host: `${host}:${port}`,
      "x-forwarded-for": "10.0.0.9, 127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-port": String(port),
      "x-forwarded-host": `${host}:${port}`,
    },
  });
});

test("two environments' addresses do not mix, and an address without an environment says so", async () => {
  const [a, b] = [await target("a"), await target("b")];
  await balancer.apply(configure(1, port, { [host]: [a], [otherHost]: [b] }));
  await healthy(a, b);
  expect([await askWho(host, port), await askWho(otherHost, port)]).toEqual(["a", "b"]);
  expect(await askWho(otherHost, port, { headers: { host } })).toBe("404");
  expect(await askWho(host, port, { headers: { host: "evil.example" } })).toBe("404");
  const nobody = await ask("127.0.0.1", port, { headers: { accept: "text/html" } });
  expect(nobody.status).toBe(404);
  expect(nobody.text).toContain("No environment at this address");
});

test("a rule that answers by itself says its words to everyone, while one before it lets a path through", async () => {
  const a = await target("a");
  const open = configure(1, port, { [host]: [a] });
  const [door] = open.rules;
  const fixedResponse = { statusCode: 503, contentType: "text/plain", messageBody: "Closed for now." };
  const closed = {
    ...open,
    epoch: 2,
    rules: [
      { ...door!, pathPatterns: ["/execution/*"] },
      { priority: 9, hosts: [host], fixedResponse },
    ],
  };
  await balancer.apply(closed);
  await healthy(a);
  expect(await askWho(host, port, { path: "/execution/run", method: "PATCH", body: "{}" })).toBe("a");
  for (const path of ["/", "/api/v2/dags?x=/execution/1", "/executionx", "//execution/run"]) {
    for (const headers of [{}, { accept: "text/html" }]) {
      const { status, text, headers: answered } = await ask(host, port, { path, headers, method: "POST", body: "{}" });
      expect([path, status, text]).toEqual([path, 503, "Closed for now."]);
      expect(answered["content-type"]).toBe("text/plain");
    }
  }
  expect(await ask(host, port, { method: "HEAD" })).toMatchObject({ status: 503, text: "" });
  const upgrade = { connection: "Upgrade", upgrade: "websocket" };
  expect(await ask(host, port, { path: "/ws", headers: upgrade })).toMatchObject({
    ...{ status: 503, text: "Closed for now." },
  });
  expect(a.served).toBe(1);
  await balancer.apply({ ...open, epoch: 3 });
  expect(await askWho(host, port)).toBe("a");
});

test("while no target is healthy a browser gets a page that reloads, a program JSON, and both a 503", async () => {
  const a = await target("a");
  a.healthy = false;
  await balancer.apply(configure(1, port, { [host]: [a] }, { intervalSeconds: 60 }));
  const page = await ask(host, port, { headers: { accept: "text/html,*/*" } });
  expect({ status: page.status, retry: page.headers["retry-after"] }).toEqual({ status: 503, retry: "1" });
  expect(page.text).toMatch(/http-equiv="refresh".*not ready/);
  expect(JSON.parse((await ask(host, port)).text)).toMatchObject({
    status: 503,
    detail: expect.stringContaining("try again"),
  });
  a.healthy = true;
  await healthy(a);
  expect(await askWho(host, port)).toBe("a");
});

test("a target that disappears costs no request: what was safe or never sent goes to another one", async () => {
  const [a, b] = [await target("a"), await target("b")];
  await balancer.apply(configure(1, port, { [host]: [a, b] }, { intervalSeconds: 60 }));
  await healthy(a, b);
  await askWho(host, port);
  await askWho(host, port);
  await a.close();
  for (const options of [{}, { method: "POST", body: "x".repeat(1_000) }, { method: "PATCH", body: "y" }, {}]) {
    expect(await askWho(host, port, options)).toBe("b");
  }
  expect(stateOf("a")).toBe("unhealthy");
});

test("a POST that a target has taken is never sent twice", async () => {
  const a = await target("a", (incoming) => void incoming.socket.destroy());
  const b = await target("b", (incoming) => void incoming.socket.destroy());
  await balancer.apply(configure(1, port, { [host]: [a, b] }));
  await healthy(a, b);
  expect((await ask(host, port, { method: "POST", body: "once" })).status).toBe(502);
  expect(a.served + b.served).toBe(1);
  const before = a.served + b.served;
  expect((await ask(host, port)).status).toBe(502);
  expect(a.served + b.served - before).toBeGreaterThan(1);
});

test("a target that dies in the middle of an answer cuts it short, so that a part is not taken for the whole", async () => {
  const a = await target("a", (incoming, response) => {
    response.writeHead(200);
    response.write("half");
    setImmediate(() => incoming.socket.destroy());
  });
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  await expect(ask(host, port)).rejects.toThrow();
});

test("a target that takes a request and stays silent is answered for with 504", async () => {
  const a = await target("a", () => {});
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  expect((await ask(host, port)).status).toBe(504);
});

test("answers stream: a chunk arrives before the next one is made", async () => {
  let more = () => {};
  const a = await target("a", (_incoming, response) => {
    response.write("first");
    more = () => response.end("second");
  });
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  const chunks: string[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    request({ host, port, agent: false }, (response) => {
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk.toString());
        more();
      });
      response.on("end", resolve);
    })
      .on("error", reject)
      .end();
  });
  await ended;
  expect(chunks).toEqual(["first", "second"]);
});

test("large and chunked uploads arrive whole", async () => {
  const a = await target("a");
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  const body = "0123456789".repeat(100_000);
  const sized = await ask(host, port, { method: "PUT", body });
  const chunked = await ask(host, port, { method: "POST", body, headers: { "transfer-encoding": "chunked" } });
  expect([sized, chunked].map(({ text }) => (JSON.parse(text) as { body: string }).body === body)).toEqual([
    true,
    true,
  ]);
});

test("a WebSocket goes through, both ways, and a draining target keeps it", async () => {
  const a = await target("a");
  const b = await target("b");
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  const socket = new WebSocket(`ws://${host}:${port}/live`);
  const next = () =>
    new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const echo = next();
  socket.send("hello");
  expect(await echo).toBe("hello");
  await balancer.apply(configure(2, port, { [host]: [b] }));
  expect(balancer.state().targets.find(({ id }) => id === "a")).toMatchObject({ state: "draining", inFlight: 1 });
  const second = next();
  socket.send("still here");
  expect(await second).toBe("still here");
  socket.close();
  await until(() => stateOf("a") === undefined);
});

test("a removed target finishes what it answers, gets nothing new, and is gone then", async () => {
  let finish = () => {};
  const a = await target("a", (_incoming, response) => {
    finish = () => response.end(JSON.stringify({ name: "a" }));
  });
  const b = await target("b");
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  const slow = askWho(host, port);
  await until(() => a.served === 1);
  await balancer.apply(configure(2, port, { [host]: [b] }));
  await healthy(b);
  expect(await askWho(host, port)).toBe("b");
  expect(stateOf("a")).toBe("draining");
  finish();
  expect(await slow).toBe("a");
  await until(() => stateOf("a") === undefined);
  expect(a.served).toBe(1);
});

test("what a removed target does not finish within its delay is cut off", async () => {
  const a = await target("a", () => {});
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  const stuck = ask(host, port).catch(() => "cut");
  await until(() => a.served === 1);
  await balancer.apply(configure(2, port, {}, {}));
  expect(stateOf("a")).toBe("draining");
  await balancer.apply(configure(3, port, { [host]: [a] }, { deregistrationDelaySeconds: 0.02 }));
  await balancer.apply(configure(4, port, { [host]: [] }, { deregistrationDelaySeconds: 0.02 }));
  expect(["cut", "504"]).toContain(
    await stuck.then((answer) => (typeof answer === "string" ? answer : String(answer.status))),
  );
  await until(() => stateOf("a") === undefined);
});

test("a target that fails its checks is left alone while another is healthy, and used when it is all there is", async () => {
  const [a, b] = [await target("a"), await target("b")];
  await balancer.apply(configure(1, port, { [host]: [a, b] }));
  await healthy(a, b);
  a.healthy = false;
  await until(() => stateOf("a") === "unhealthy");
  expect([await askWho(host, port), await askWho(host, port), await askWho(host, port)]).toEqual(["b", "b", "b"]);
  await balancer.apply(configure(2, port, { [host]: [a] }));
  await until(() => stateOf("b") === undefined);
  expect(await askWho(host, port)).toBe("a");
});

test("an older configuration never replaces a newer one", async () => {
  const a = await target("a");
  await balancer.apply(configure(5, port, { [host]: [a] }));
  await healthy(a);
  await balancer.apply(configure(4, port, {}));
  expect(balancer.state().epoch).toBe(5);
  expect(await askWho(host, port)).toBe("a");
});

test("what is not meant for a reverse proxy is refused", async () => {
  const a = await target("a");
  await balancer.apply(configure(1, port, { [host]: [a] }));
  await healthy(a);
  const raw = (text: string) =>
    new Promise<string>((resolve) => {
      let said = "";
      const socket = connect(port, host, () => socket.write(text));
      socket.on("data", (chunk) => {
        said += chunk.toString();
      });
      socket.on("close", () => resolve(said.split("\r\n", 1)[0] ?? ""));
      socket.on("error", () => {});
    });
  expect(await raw(`GET http://example.com/ HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)).toContain(
    " 400 ",
  );
  expect(await raw(`GET / HTTP/1.1\r\nhost: ${host}\r\nupgrade: h2c\r\nconnection: upgrade, close\r\n\r\n`)).toContain(
    " 200 ",
  );
});
