import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identityOf } from "../process-identity.ts";
import { configurationFile, statusFile } from "./files.ts";
import { type LoadBalancerProcess, startLoadBalancer, stopLoadBalancer } from "./start.ts";
import { ask, askWho, configure, freePort, startWebTarget, until, type WebTarget } from "./testing/web-target.ts";

const host = "127.77.0.11";
let folder: string;
let port: number;
const opened: LoadBalancerProcess[] = [];
const targets: WebTarget[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "load-balancer-"));
  port = await freePort();
});
afterEach(async () => {
  for (const balancer of opened.splice(0)) await balancer.close();
  await stopLoadBalancer(folder);
  await Promise.all(targets.splice(0).map((target) => target.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(configuration = configure(1, port, {})): Promise<LoadBalancerProcess> {
  const balancer = await startLoadBalancer({ folder, configuration, watchMilliseconds: 20 });
  opened.push(balancer);
  return balancer;
}
async function target(name: string): Promise<WebTarget> {
  const started = await startWebTarget(name);
  targets.push(started);
  return started;
}
function stateOf(balancer: LoadBalancerProcess, id: string): string | undefined {
  return balancer.status()?.targets.find((one) => one.id === id)?.state;
}

test("a process of its own serves on the environment's address, is small, and is gone after stop", async () => {
  const a = await target("a");
  const balancer = await start(configure(1, port, { [host]: [a] }));
  await until(() => stateOf(balancer, "a") === "healthy");
  expect(await askWho(host, port)).toBe("a");
  const { pid } = balancer;
  expect(pid).not.toBe(process.pid);
  if (process.platform === "linux") {
    const own = /^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    expect(Number(own) / 1024).toBeLessThan(25); // its own pages, in MB; the rest is Node's, shared with every other
  }
  await balancer.stop();
  expect(identityOf(pid)).toBeUndefined();
  await expect(ask(host, port)).rejects.toThrow(/ECONNREFUSED/);
});

test("killed with kill -9 it is back and serves what it served", async () => {
  const a = await target("a");
  const balancer = await start(configure(1, port, { [host]: [a] }));
  await until(() => stateOf(balancer, "a") === "healthy");
  const first = balancer.pid;
  const back = new Promise<void>((resolve) => balancer.onRestart(resolve));
  process.kill(first, "SIGKILL");
  await back;
  expect(balancer.pid).not.toBe(first);
  expect(await askWho(host, port)).toBe("a"); // at once: what was healthy a moment ago is asked without a new check
});

test("it survives a kill -9 of its starter, serves on, and is adopted with the newer configuration", async () => {
  const [a, b] = [await target("a"), await target("b")];
  const script = `const { startLoadBalancer } = await import(${JSON.stringify(new URL("./start.ts", import.meta.url).href)});
const balancer = await startLoadBalancer(${JSON.stringify({ folder, configuration: configure(1, port, { [host]: [a] }) })});
process.stdout.write(String(balancer.pid));
setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = (await once(starter.stdout, "data")) as [Buffer];
  starter.kill("SIGKILL");
  await once(starter, "exit");
  await until(async () => (await askWho(host, port)) === "a");
  const balancer = await start(configure(2, port, { [host]: [b] }));
  expect({ adopted: balancer.adopted, pid: balancer.pid }).toEqual({ adopted: true, pid: Number(text.toString()) });
  await until(async () => (await askWho(host, port)) === "b");
});

test("two processes started for one folder at once end as one, and whoever starts next adopts it", async () => {
  const a = await target("a");
  const path = join(folder, configurationFile);
  writeFileSync(path, JSON.stringify(configure(1, port, { [host]: [a] })));
  const program = new URL("./main.ts", import.meta.url).pathname;
  const racers = [1, 2].map(() => spawn(process.execPath, [program, path], { stdio: "ignore" }));
  const ended = racers.map((racer) => once(racer, "exit"));
  await Promise.race(ended);
  const survivors = racers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  expect(survivors).toHaveLength(1);
  const balancer = await start(configure(2, port, { [host]: [a] }));
  expect({ adopted: balancer.adopted, pid: balancer.pid }).toEqual({ adopted: true, pid: survivors[0]!.pid });
  await until(async () => (await askWho(host, port)) === "a");
});

test("replacing targets new-first under load loses no request", async () => {
  let generation = 0;
  let current = await target(`web-${generation}`);
  const balancer = await start(configure(1, port, { [host]: [current] }));
  await until(() => stateOf(balancer, current.name) === "healthy");
  const agent = new Agent({ keepAlive: true });
  let done = false;
  const outcomes = new Map<string, number>();
  const client = async (method: string) => {
    while (!done) {
      const body = method === "GET" ? {} : { body: "{}" };
      const outcome = await askWho(host, port, { method, agent, ...body }).catch((error: Error) => error.message);
      const kind = outcome.startsWith("web-") ? "served" : outcome;
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    }
  };
  const clients = ["GET", "GET", "POST", "PATCH", "GET", "POST"].map(client);
  for (let epoch = 2; epoch < 60; epoch += 2) {
    generation += 1;
    const next = await target(`web-${generation}`);
    balancer.configure(configure(epoch, port, { [host]: [current, next] }));
    await until(() => stateOf(balancer, next.name) === "healthy");
    balancer.configure(configure(epoch + 1, port, { [host]: [next] }));
    await until(() => (balancer.status()?.epoch ?? 0) > epoch && stateOf(balancer, current.name) === undefined);
    await current.close();
    current = next;
  }
  done = true;
  await Promise.all(clients);
  agent.destroy();
  expect([...outcomes.keys()]).toEqual(["served"]);
  expect(outcomes.get("served")).toBeGreaterThan(200);
}, 30_000);

test("a taken port is refused with the port, why and what to do; nothing stays behind, and the next try works", async () => {
  const squatter = createServer().listen(port, "127.0.0.1");
  await once(squatter, "listening");
  await expect(start()).rejects.toThrow(
    new RegExp(`port ${port} on 127.0.0.1 is taken.*Stop the process that holds it`),
  );
  squatter.close();
  await once(squatter, "close");
  await start();
  expect((await ask("127.0.0.1", port)).status).toBe(404);
});

test("an address taken by somebody else is named in the status and used as soon as it is free", async () => {
  const squatter = createServer().listen(port, host);
  await once(squatter, "listening");
  const a = await target("a");
  const balancer = await start(configure(1, port, { [host]: [a] }));
  expect(balancer.status()?.problems).toEqual([{ address: host, port, code: "EADDRINUSE" }]);
  squatter.close();
  await once(squatter, "close");
  await until(() => balancer.status()?.problems.length === 0);
  await until(() => stateOf(balancer, "a") === "healthy");
  expect(await askWho(host, port)).toBe("a");
});

test("a configuration that is not of this machine, or broken, leaves the last good one in force", async () => {
  const a = await target("a");
  const balancer = await start(configure(1, port, { [host]: [a] }));
  await until(() => stateOf(balancer, "a") === "healthy");
  expect(() => balancer.configure(configure(2, port, { "0.0.0.0": [a] }))).toThrow(/loopback only/);
  writeFileSync(join(folder, configurationFile), JSON.stringify(configure(2, port, { "10.1.2.3": [a] })));
  // this write is not atomic: half of it may be read, and refused, first
  await until(() => balancer.status()?.refused?.includes("not on 10.1.2.3"));
  expect(readFileSync(join(folder, statusFile), "utf8")).toContain("not on 10.1.2.3");
  expect(await askWho(host, port)).toBe("a");
  balancer.configure(configure(3, port, {}));
  await until(() => balancer.status()?.refused === undefined);
});
