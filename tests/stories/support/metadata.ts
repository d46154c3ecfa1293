// An environment's metadata database, asked by the server's own administrator: what no API of Airflow shows as a whole.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";

/**
 * Rows of one statement.
 * @param home a region's folder
 * @throws Error when the database is away, or sealed
 */
export async function rowsOf<Row extends object>(
  home: string,
  database: string,
  statement: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const read = (name: string) => readFileSync(join(home, "postgres", name), "utf8").trim();
  const client = new Client({
    ...{ host: "127.0.0.1", port: Number(read("port")), user: "postgres", database },
    password: read("superuser-password"),
  });
  client.on("error", () => undefined); // a server that goes away is what the query says, too
  await client.connect();
  try {
    return (await client.query(statement, [...values])).rows as Row[];
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A database of an environment, and whether anybody may connect to it. */
export interface DatabaseRow {
  readonly name: string;
  readonly isOpen: boolean;
}

/** Every database of an environment, sealed ones too. */
export const databasesOf = (home: string, environmentId: string): Promise<readonly DatabaseRow[]> =>
  rowsOf(
    home,
    "postgres",
    `select datname as name, datallowconn as "isOpen" from pg_database where datname like $1 order by datname`,
    [`hangar_${environmentId}%`],
  );
