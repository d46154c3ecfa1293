// Days on which the region, or a command, cannot start: what is said, and that the next try works. No Airflow.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freshHome, type Home, nothingRuns, until } from "./support/hangar.ts";

let home: Home;
let scratch: string;
const foreign: Server[] = [];

beforeAll(() => {
  home = freshHome();
  scratch = mkdtempSync(join(tmpdir(), "hangar-files-"));
});
afterEach(leavePorts);
afterAll(async () => {
  await home.discard();
  rmSync(scratch, { recursive: true, force: true });
});

describe("a port that a foreign program has", () => {
  it("is not the region's at its first start: it takes another", async () => {
    await takePort(4566).catch(() => undefined); // somebody else has it already: as good
    await home.ok("up");
    const { url } = statusOf(await home.ok("status", "--json"));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(url).not.toContain(":4566");
    expect((await fetch(url)).status).toBe(403); // nobody gets in unsigned
    await home.ok("exec", "--", "aws", "s3", "mb", "s3://kept");
    await home.ok("down");
  });

  it.each([
    ["the front door", () => frontDoorPort()],
    ["PostgreSQL", () => Number(readFileSync(join(home.folder, "postgres/port"), "utf8"))],
  ])(
    "of %s, known to clients: up says which and what to do, leaves no process, and works once it is free",
    async (_of, known) => {
      const port = known();
      await takePort(port);
      const refused = await home.hangar("up");
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(new RegExp(`why: .*${port} on 127\\.0\\.0\\.1 is taken by another .*\\. Stop`));
      expect(refused.stderr).toMatch(/fix: .* try again/);
      await nothingRuns(home);
      expect(statusOf(await home.ok("status", "--json"))).toBeNull();
      await leavePorts();
      await home.ok("up");
      expect(frontDoorPort()).toBe(
        statusOf(await home.ok("status", "--json"))
          .url.split(":")
          .map(Number)
          .at(-1),
      );
      const { Buckets } = await home.aws<{ Buckets: { Name: string }[] }>("s3api", "list-buckets");
      expect(Buckets.map((bucket) => bucket.Name)).toContain("kept");
      await home.ok("down");
      expect(home.processes()).toEqual([]);
    },
  );

  it("met by the up after a killed region: what that one left running goes on, the next up adopts it", async () => {
    await home.ok("up");
    process.kill(home.regionPid(), "SIGKILL");
    const left = servers();
    expect(left).toHaveLength(2);
    await until("the killed region's port is free", 5, () => takePort(frontDoorPort()).then(() => true));
    expect((await home.hangar("up")).code).toBe(1);
    expect(servers()).toEqual(left);
    await leavePorts();
    await home.ok("up");
    expect(servers()).toEqual(left);
    await home.ok("down");
    expect(home.processes()).toEqual([]);
  });
});

describe("a command that is not there", () => {
  it("no AWS CLI for exec: says so and how to get one, exits as a shell does; with one on PATH it works", async () => {
    await home.ok("up");
    const bare = join(scratch, "bare");
    mkdirSync(bare);
    symlinkSync(process.execPath, join(bare, "node"));
    const refused = await home.under({ environment: { PATH: bare } }).hangar("exec", "--", "aws", "s3", "ls");
    expect(refused.code).toBe(127);
    expect(refused.stdout).toBe("");
    expect(refused.stderr).toContain("error: there is no command named aws");
    expect(refused.stderr).toMatch(/fix: .*pip install awscli.*PATH/);
    expect(await home.ok("exec", "--", "aws", "s3", "ls")).toContain("kept");
  });
});

const frontDoorPort = (): number =>
  (JSON.parse(readFileSync(join(home.folder, "settings.json"), "utf8")) as { port: number }).port;

const statusOf = (text: string): { url: string } => (JSON.parse(text) as { region: { url: string } }).region;

/** PostgreSQL and the load balancer: the two that outlive a region. */
const servers = () => home.processes().filter(({ command }) => /bin\/postgres -D|loadbalancer\/main\.ts/.test(command));

/** Listens as a program of somebody else would. */
function takePort(port: number): Promise<void> {
  const server = createServer();
  foreign.push(server);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, resolve);
  });
}

async function leavePorts(): Promise<void> {
  for (const server of foreign.splice(0)) if (server.listening) await new Promise((resolve) => server.close(resolve));
}
