// A disk that fills up: a small one of its own, mounted for the region's home (root may do that). No Airflow.
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshHome, type Home, nothingRuns } from "./support/hangar.ts";
import { lost, makePlaces, type Written, writeUntilRefused } from "./support/writes.ts";

let home: Home;

const asRoot = process.getuid?.() === 0;
/** PostgreSQL's programs do not fit. */
const tooSmallMegabytes = 24;
/** A region fits, with room for some writes. */
const enoughMegabytes = 160;

beforeAll(() => {
  home = freshHome();
  if (asRoot) mount(tooSmallMegabytes);
});
afterAll(async () => {
  if (asRoot) {
    makeRoom();
    await home.hangar("down");
    execFileSync("umount", [home.folder]);
  }
  await home.discard();
});

describe.skipIf(!asRoot)("a full disk (only root can mount a small one)", () => {
  let written: readonly Written[];
  let rows: number;

  it("met by the first up: says so and what to do, leaves no process; with space, the next up works", async () => {
    const refused = await home.hangar("up");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/why: the disk that holds .* is full/);
    expect(refused.stderr).toMatch(/fix: free some space .*, then try again/);
    await nothingRuns(home);
    mount(enoughMegabytes, "remount");
    await home.ok("up");
  });

  it("under a running region: it lives and answers reads, refuses writes with a reason, starts no environment", async () => {
    const region = home.regionPid();
    await makePlaces(home);
    await insertUntilRefused(1);
    fill(6);
    rows = await insertUntilRefused();
    makeRoom();
    fill(6);
    written = await writeUntilRefused(home, services);
    for (const one of written) expect(one.refusal, `${one.service} was refused`).toBeTypeOf("string");
    expect(written.find((one) => one.service === "s3")!.refusal).toContain("disk of this one-machine region is full");
    fill();
    const create = await home.hangar("env", "create", "first");
    expect(create.code).toBe(1);
    // the bucket meets it first, or where a little room was left for that the table
    expect(create.stderr).toMatch(/disk of this one-machine region is full.* Free some space/);
    expect(JSON.parse(await home.ok("status", "--json"))).toMatchObject({ region: { pid: region }, environments: [] });
  });

  it("met by down and up: down leaves no process, up says why not", async () => {
    await home.ok("down");
    await nothingRuns(home);
    fill();
    const refused = await home.hangar("up");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/the disk that holds .* is full/);
  });

  it("with space again: the next up works, writes work, and every acknowledged one is there", async () => {
    makeRoom();
    await home.ok("up");
    expect(await lost(home, written)).toEqual([]);
    expect(await countRows()).toBeGreaterThan(rows); // and the row from before
    await home.ok("exec", "--", "aws", "s3", "cp", join(home.folder, "settings.json"), "s3://written/again");
  });

  it("passing while the region runs: the same region writes again, without a restart", async () => {
    const region = home.regionPid();
    fill(6);
    const during = await writeUntilRefused(home, services);
    makeRoom();
    expect(await lost(home, during)).toEqual([]);
    const after = await writeUntilRefused(home, services, 2);
    expect(after.map((one) => one.refusal)).toEqual(services.map(() => null));
    expect(await insertUntilRefused(2)).toBe(2);
    expect(home.regionPid()).toBe(region);
  });

  it("met by the table: with space and the next up, every acknowledged item is there and items are written", async () => {
    fill(3);
    const during = await writeUntilRefused(home, ["dynamodb"]);
    expect(during[0]!.acknowledged).not.toEqual([]);
    expect(during[0]!.refusal).toMatch(/StorageFull.*table takes no more writes\. Free some space/);
    makeRoom();
    await home.hangar("down");
    await home.ok("up");
    expect(await lost(home, during)).toEqual([]);
    expect((await writeUntilRefused(home, ["dynamodb"], 2))[0]!.refusal).toBeNull();
  });
});

/** LevelDB under the table takes no write after a failed one until it is opened again: it has a test of its own. */
const services = ["s3", "sqs", "secretsmanager"] as const;

const mount = (megabytes: number, ...more: string[]) =>
  execFileSync("mount", [
    ...["-t", "tmpfs", "-o", [...more, `size=${megabytes}m`, "mode=0711"].join()],
    ...["tmpfs", home.folder],
  ]);

/** Takes all free blocks but some. */
function fill(megabytesLeft = 0): void {
  const file = openSync(join(home.folder, "filler"), "a");
  const block = Buffer.alloc(4096);
  try {
    while (statfsSync(home.folder).bavail * block.length > megabytesLeft * 1024 * 1024) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

const makeRoom = (): void => rmSync(join(home.folder, "filler"), { force: true });

async function onPostgres<Value>(work: (client: Client) => Promise<Value>): Promise<Value> {
  const read = (name: string) => readFileSync(join(home.folder, "postgres", name), "utf8").trim();
  const client = new Client({
    ...{ host: "127.0.0.1", port: Number(read("port")), user: "postgres", database: "postgres" },
    password: read("superuser-password"),
  });
  client.on("error", () => undefined); // a server that dies is what the query says, too
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Inserts rows of 100 kB, one a transaction. @returns how many were acknowledged */
function insertUntilRefused(most = 400): Promise<number> {
  return onPostgres(async (client) => {
    await client.query("CREATE TABLE IF NOT EXISTS kept (value bytea)");
    for (let done = 0; done < most; done++) {
      try {
        await client.query("INSERT INTO kept SELECT decode(repeat(md5(random()::text), 6250), 'hex')");
      } catch {
        return done;
      }
    }
    return most;
  });
}

const countRows = (): Promise<number> =>
  onPostgres(async (client) => Number((await client.query("SELECT count(*) FROM kept")).rows[0].count));
