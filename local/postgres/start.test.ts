import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { identityOf, waitForExit } from "../process-identity.ts";
import { type PostgresServer, runningPostgres, startPostgres, stopPostgres } from "./start.ts";

const ordinaryUid = 1; // `daemon`: PostgreSQL wants a user with a line in /etc/passwd, and this one is everywhere
const asRoot = process.getuid?.() === 0;
let home: string;
let folder: string;
const opened: PostgresServer[] = [];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "postgres-"));
  chmodSync(home, 0o711);
  folder = join(home, "first");
});

afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

afterAll(async () => {
  for (const name of readdirSync(home)) await stopPostgres(join(home, name)).catch(() => {});
  rmSync(home, { recursive: true, force: true });
});

async function start(path = folder, options: { port?: number } = {}): Promise<PostgresServer> {
  const server = await startPostgres({ folder: path, watchMilliseconds: 20, ...options });
  opened.push(server);
  return server;
}

async function query(server: PostgresServer, sql: string, password = server.password): Promise<unknown[]> {
  const { host, port, user } = server;
  const client = new pg.Client({ host, port, user, password, database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function uidOf(pid: number): number {
  const shown = spawnSync("ps", ["-o", "uid=", "-p", String(pid)], { encoding: "utf8" });
  return Number(shown.stdout.trim());
}

test("a first start makes a server that answers SQL, on loopback only, under an unprivileged user", async () => {
  const server = await start();
  expect(server.adopted).toBe(false);
  expect(await query(server, "SELECT current_setting('listen_addresses') AS a, current_setting('fsync') AS f")).toEqual(
    [{ a: "127.0.0.1", f: "on" }],
  );
  expect(uidOf(server.pid)).not.toBe(0);
  expect(statSync(join(folder, "superuser-password")).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "data")).mode & 0o777).toBe(0o700);
});

test("nobody gets in without the password", async () => {
  const server = await start();
  await expect(query(server, "SELECT 1", "wrong")).rejects.toThrow(/password authentication failed/);
  await expect(query(server, "SELECT 1", "")).rejects.toThrow();
});

test("a running server is adopted, not started twice, and keeps its port", async () => {
  const before = await start();
  await before.close();
  const after = await start();
  expect({ adopted: after.adopted, pid: after.pid, port: after.port }).toEqual({
    adopted: true,
    pid: before.pid,
    port: before.port,
  });
});

test("a server killed with kill -9, a long query running, is back with every acknowledged row", async () => {
  const server = await start();
  await query(server, "CREATE TABLE kept (n int)");
  const { host, port, user, password } = server;
  const busy = new pg.Client({ host, port, user, password, database: "postgres" });
  busy.on("error", () => {});
  await busy.connect();
  const long = busy.query("SELECT count(*) FROM generate_series(1, 1000000000)").catch(() => "ended");
  await query(server, "INSERT INTO kept SELECT generate_series(1, 500)");
  const first = server.pid;
  const back = new Promise<void>((resolve) => server.onRestart(resolve));
  process.kill(first, "SIGKILL");
  await back;
  expect(await long).toBe("ended");
  expect(server.pid).not.toBe(first);
  expect(server.port).toBe(port);
  expect(await query(server, "SELECT count(*)::int AS n FROM kept")).toEqual([{ n: 500 }]);
}, 20_000);

test("a server whose starter was killed with kill -9 goes on and is adopted by the next one", async () => {
  await stopPostgres(folder);
  const starter = spawn(process.execPath, ["--input-type=module", "-e", starterScript(folder)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(starter.stdout, "data")) as [Buffer];
  const { pid } = JSON.parse(line.toString()) as { pid: number };
  starter.kill("SIGKILL");
  await once(starter, "exit");
  expect(identityOf(pid)).toBeDefined();
  const server = await start();
  expect({ adopted: server.adopted, pid: server.pid }).toEqual({ adopted: true, pid });
}, 20_000);

test("an adopted server that dies is brought back too", async () => {
  const server = await start();
  const back = new Promise<void>((resolve) => server.onRestart(resolve));
  process.kill(server.pid, "SIGKILL");
  await back;
  expect(await query(server, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
}, 20_000);

test("stop leaves no process, and works without a region too", async () => {
  const server = await start();
  const identity = identityOf(server.pid)!;
  await server.stop();
  expect(await waitForExit(identity, 0)).toBe(true);
  expect(runningPostgres(folder)).toBeUndefined();
  const again = await start();
  await again.close();
  await stopPostgres(folder);
  expect(runningPostgres(folder)).toBeUndefined();
});

test("a lock file whose pid now belongs to somebody else does not keep the server from starting", async () => {
  await stopPostgres(folder);
  const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    stdio: "ignore",
    ...(asRoot ? { uid: statSync(join(folder, "data")).uid } : {}),
  });
  await once(stranger, "spawn");
  const data = join(folder, "data");
  const lock = join(data, "postmaster.pid");
  writeFileSync(lock, `${stranger.pid}\n${data}\n1700000000\n1\n\n127.0.0.1\n       1         1\nready   \n`);
  const { uid, gid } = statSync(data);
  chownSync(lock, uid, gid);
  try {
    const server = await start();
    expect(server.adopted).toBe(false);
    expect(identityOf(stranger.pid!)).toBeDefined();
  } finally {
    stranger.kill("SIGKILL");
  }
}, 20_000);

test("what a start killed in the middle left behind is removed, and the next one works", async () => {
  const fresh = join(home, "interrupted");
  mkdirSync(fresh);
  mkdirSync(join(fresh, "data-making-0badcafe/cluster"), { recursive: true });
  mkdirSync(join(fresh, "runtime-making-0badcafe/bin"), { recursive: true });
  const server = await start(fresh);
  expect(readdirSync(fresh).filter((name) => name.includes("making"))).toEqual([]);
  await server.stop();
}, 20_000);

test("a port taken by somebody else is refused with the port and what to do; the next try works", async () => {
  await stopPostgres(folder);
  const port = Number(readFileSync(join(folder, "port"), "utf8"));
  const squatter = createServer().listen(port, "127.0.0.1");
  await once(squatter, "listening");
  await expect(start()).rejects.toThrow(new RegExp(`port ${port} on 127.0.0.1 is taken.*Stop the process`));
  squatter.close();
  await once(squatter, "close");
  expect((await start()).port).toBe(port);
}, 20_000);

test("two folders side by side are two servers with passwords and data of their own", async () => {
  const one = await start();
  const two = await start(join(home, "second"));
  expect(two.port).not.toBe(one.port);
  expect(two.password).not.toBe(one.password);
  await query(two, "CREATE TABLE only_here (n int)");
  await expect(query(one, "SELECT * FROM only_here")).rejects.toThrow(/does not exist/);
  await two.stop();
  expect(await query(one, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
}, 20_000);

test.runIf(asRoot)(
  "an ordinary user runs the server as themselves",
  async () => {
    const own = join(home, "ordinary");
    mkdirSync(own, { mode: 0o700 });
    chownSync(own, ordinaryUid, ordinaryUid);
    const starter = spawn(process.execPath, ["--input-type=module", "-e", starterScript(own)], {
      stdio: ["ignore", "pipe", "inherit"],
      uid: ordinaryUid,
      gid: ordinaryUid,
    });
    const [line] = (await once(starter.stdout, "data")) as [Buffer];
    const { pid } = JSON.parse(line.toString()) as { pid: number };
    starter.kill("SIGKILL");
    await once(starter, "exit");
    expect(uidOf(pid)).toBe(ordinaryUid);
    expect(statSync(join(own, "data")).uid).toBe(ordinaryUid);
    await stopPostgres(own);
    expect(identityOf(pid)).toBeUndefined();
  },
  20_000,
);

test.runIf(asRoot)("root is told which parent folder keeps the server's user out", async () => {
  const closed = join(home, "closed");
  mkdirSync(closed, { mode: 0o700 });
  await expect(start(join(closed, "postgres"))).rejects.toThrow(`chmod o+x ${closed}`);
  expect(existsSync(join(closed, "postgres/data"))).toBe(false);
});

function starterScript(path: string): string {
  const module = JSON.stringify(new URL("./start.ts", import.meta.url).href);
  return `const { startPostgres } = await import(${module});
const server = await startPostgres({ folder: ${JSON.stringify(path)} });
process.stdout.write(JSON.stringify({ pid: server.pid }));
setInterval(() => {}, 1000);`;
}
