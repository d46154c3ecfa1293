// A real server of a test file's own: started before its first test, stopped after its last.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { type PostgresServer, startPostgres } from "../../../local/postgres/start.ts";

/** Call it once in a file, before any hook that needs the server. */
export function postgresServer() {
  let home: string;
  let server: PostgresServer;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "postgres-adapter-"));
    chmodSync(home, 0o711);
    server = await startPostgres({ folder: join(home, "server") });
  }, 30_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  /** A connection string, the superuser's unless it says whose. */
  const address = (database: string, user = server.user, password = server.password) =>
    `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${database}`;

  async function connect(database: string, user?: string, password?: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: address(database, user, password) });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  return { address, connect };
}
