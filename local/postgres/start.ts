// The machine's PostgreSQL server: made at the first start, launched apart from us, adopted when it already runs, and
// brought back when it dies.
import { chmodSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../loadbalancer/atomic-file.ts";
import { keepAlive } from "../loadbalancer/keep-alive.ts";
import { ensureCluster, settlePassword, superuser } from "./cluster.ts";
import { requireFree, settlePort } from "./port.ts";
import {
  adoptPostmaster,
  findPostmaster,
  launchPostmaster,
  type Postmaster,
  shutDownPostmaster,
} from "./postmaster.ts";
import { preparePostgresRuntime } from "./runtime.ts";
import { requireTraversable, serverUser } from "./server-user.ts";
import { postgresConfiguration } from "./settings.ts";

export interface PostgresOptions {
  /** Private folder of this server; made when missing. Everything it has lives here. */
  readonly folder: string;
  /** Default: the port of the last start, at the very first a free one. A running server keeps the port it has. */
  readonly port?: number;
  /** Default `<folder>/superuser-password`, mode 0600. */
  readonly superuserPasswordFile?: string;
  /** One line for each thing worth knowing (started, adopted, died, back). Default: silent. */
  readonly log?: (line: string) => void;
  /** How often to look whether the server lives, in milliseconds. Default 250. */
  readonly watchMilliseconds?: number;
}

export interface PostgresServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Process id of the server that runs now; changes when it had to be started again. */
  readonly pid: number;
  /** True when the server was already running when we came. */
  readonly adopted: boolean;
  /** Calls `listener` each time the server died and takes connections again. Returns how to stop listening. */
  onRestart(listener: () => void): () => void;
  /** Stops watching; the server goes on and is adopted by the next start. */
  close(): Promise<void>;
  /** Stops watching and shuts the server down; no process is left. */
  stop(): Promise<void>;
}

/**
 * Starts or adopts the server of `options.folder` and keeps it alive until `close` or `stop`.
 * @throws PortTaken, FolderNotTraversable, PostgresPackageMissing, or an Error with the server's own words; the next
 * try begins where this one ended
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const log = options.log ?? (() => {});
  const user = serverUser();
  const folder = settleFolder(options.folder, user !== undefined);
  if (user) requireTraversable(folder, user);
  const runtime = preparePostgresRuntime(folder);
  const password = settlePassword(options.superuserPasswordFile ?? join(folder, "superuser-password"));
  const data = await ensureCluster(folder, runtime, user, password);

  const launch = async (port: number) => {
    await requireFree(port);
    const text = postgresConfiguration({ port });
    writeFileAtomically(join(data, "postgresql.conf"), text, { mode: 0o600, owner: user });
    return launchPostmaster(folder, data, runtime, user);
  };

  const running = await adoptPostmaster(data);
  const port = running?.port ?? (await settlePort(folder, options.port));
  const first = running ?? (await launch(port));
  log(`PostgreSQL ${running ? "adopted" : "started"}: process ${first.identity.pid}, port ${port}`);

  const watch = keepAlive<Postmaster>(first, {
    name: "PostgreSQL",
    log,
    intervalMilliseconds: options.watchMilliseconds ?? 250,
    // Somebody (a person, an earlier us) may have started it meanwhile.
    again: async () => (await adoptPostmaster(data)) ?? launch(port),
  });

  return {
    host: "127.0.0.1",
    port,
    user: superuser,
    password,
    adopted: running !== undefined,
    get pid() {
      return watch.current().identity.pid;
    },
    onRestart: watch.onRestart,
    close: watch.close,
    stop: async () => {
      await watch.close();
      await shutDownPostmaster(data);
      log("PostgreSQL stopped");
    },
  };
}

/** Shuts down the server of a folder when no region watches it (`hangar down` after a crash). Nothing runs: nothing to do. */
export async function stopPostgres(folder: string): Promise<void> {
  if (!existsSync(join(folder, "data"))) return;
  await shutDownPostmaster(join(realpathSync(folder), "data"));
}

/** The pid of the server of a folder, or undefined when none runs. */
export function runningPostgres(folder: string): { readonly pid: number; readonly port: number } | undefined {
  if (!existsSync(join(folder, "data"))) return undefined;
  const found = findPostmaster(join(realpathSync(folder), "data"));
  return found && { pid: found.identity.pid, port: found.port };
}

/** As root the server's user must pass through the folder to its own; it cannot list it and owns only `data` in it. */
function settleFolder(folder: string, dropped: boolean): string {
  mkdirSync(folder, { recursive: true, mode: dropped ? 0o711 : 0o700 });
  if (dropped) chmodSync(folder, 0o711);
  return realpathSync(folder);
}
