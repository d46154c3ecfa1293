// The data folder: made once by initdb, all or nothing, with a random superuser password that only its owner can read.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { syncFolder, writeFileAtomically } from "../loadbalancer/atomic-file.ts";
import type { PostgresRuntime } from "./runtime.ts";
import type { ServerUser } from "./server-user.ts";

export const superuser = "postgres";

const initdbTimeoutMilliseconds = 120_000;
const making = "data-making-";

/**
 * The superuser's password: read, or made at the first start. The file is written before the cluster that needs it.
 * @returns the password, 43 characters that need no escaping in a URL
 */
export function settlePassword(file: string): string {
  if (!existsSync(file)) writeFileAtomically(file, `${randomBytes(32).toString("base64url")}\n`);
  return readFileSync(file, "utf8").trim();
}

/**
 * Makes `<folder>/data` unless it is there: initdb works beside it and the finished folder is renamed, so a kill leaves
 * nothing half-made (what it leaves is removed here). Passwords are asked for over TCP from the first moment.
 * @throws Error with initdb's own words when it fails (disk full, no rights)
 */
export async function ensureCluster(
  folder: string,
  runtime: PostgresRuntime,
  user: ServerUser | undefined,
  password: string,
): Promise<string> {
  const data = join(folder, "data");
  for (const name of readdirSync(folder)) {
    if (name.startsWith(making)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  if (!existsSync(data)) {
    const aside = join(folder, `${making}${randomBytes(4).toString("hex")}`);
    mkdirSync(aside, { mode: 0o700 });
    if (user) chownSync(aside, user.uid, user.gid);
    await initdb(aside, runtime, user, password);
    renameSync(join(aside, "cluster"), data);
    syncFolder(folder);
    rmSync(aside, { recursive: true, force: true });
  }
  requireSameMajor(data, runtime);
  return data;
}

async function initdb(aside: string, runtime: PostgresRuntime, user: ServerUser | undefined, password: string) {
  const passwordFile = join(aside, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  chmodSync(passwordFile, 0o600);
  if (user) chownSync(passwordFile, user.uid, user.gid);
  const options = [
    ["--pgdata", join(aside, "cluster")],
    ["--username", superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256"],
    // PostgreSQL's own UTF-8 rules: sorting never depends on the C library of the machine that made the folder.
    ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"],
    ["--data-checksums"],
  ].flat();
  try {
    await promisify(execFile)(join(runtime.bin, "initdb"), options, {
      cwd: aside,
      env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" },
      timeout: initdbTimeoutMilliseconds,
      ...user,
    });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || (cause as Error).message;
    const remedy = said.includes("could not look up effective user ID")
      ? "PostgreSQL runs only as a user with a line in /etc/passwd: add one for this user id, then try again."
      : "Check free disk space and the rights of the folder; the next start tries again from scratch.";
    throw new Error(`PostgreSQL could not make its data folder in ${aside}: ${said}. ${remedy}`, { cause });
  }
}

function requireSameMajor(data: string, runtime: PostgresRuntime): void {
  const made = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
  const major = runtime.version.split(".")[0];
  if (made !== major) {
    throw new Error(
      `The databases in ${data} were made by PostgreSQL ${made}; the installed package is PostgreSQL ${major}, which ` +
        `cannot read them. Install the release of Hangar that made them, or move that folder away to begin anew.`,
    );
  }
}
