// Starts or adopts the load balancer's process and keeps it alive, tells it what to do, and reads what it says.
import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isAlive, killProcess, type ProcessIdentity, waitForExit } from "../process-identity.ts";
import { lastWords, withOutputFile } from "../process-output.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { settleCompiledCode } from "./compiled-code.ts";
import { type LoadBalancerConfiguration, parseConfiguration } from "./configuration.ts";
import { configurationFile, identityFile, logFile, readLivingIdentity, statusFile } from "./files.ts";
import { keepAlive, type RunningProcess } from "./keep-alive.ts";
import { type LoadBalancerStatus, readLoadBalancerStatus } from "./status.ts";

export interface LoadBalancerStartOptions {
  /** Private folder; made when missing. */
  readonly folder: string;
  /** In force from the first moment; `port` is the one web port. */
  readonly configuration: LoadBalancerConfiguration;
  /** One line for each thing worth knowing. Default: silent. */
  readonly log?: (line: string) => void;
  /** How often to look whether the process lives, in milliseconds. Default 250. */
  readonly watchMilliseconds?: number;
}

export interface LoadBalancerProcess {
  readonly port: number;
  readonly pid: number;
  /** True when it was already running when we came. */
  readonly adopted: boolean;
  /** Replaces the configuration: durable when this returns, in force milliseconds later (`status().epoch` says when). */
  configure(configuration: LoadBalancerConfiguration): void;
  /** What the living process says; undefined while there is none. */
  status(): LoadBalancerStatus | undefined;
  onRestart(listener: () => void): () => void;
  /** Stops watching; the process goes on and is adopted by the next start. */
  close(): Promise<void>;
  /** Ends the process; requests in flight have 5 s. */
  stop(): Promise<void>;
}

const readyTimeoutMilliseconds = 15_000;
const stopMilliseconds = 8_000;
/**
 * Headers and chunks are short-lived: a small young generation and a capped old one keep them from piling up, and the
 * allocator gives back what a burst took. Bodies do not count, they live outside the heap.
 */
const smallProcess = {
  arguments: ["--max-semi-space-size=1", "--max-old-space-size=64"],
  environment: { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072" },
};
const program = fileURLToPath(new URL("./main.ts", import.meta.url));

/**
 * @throws LoadBalancerPortTaken, or an Error with the end of the process's log
 */
export async function startLoadBalancer(options: LoadBalancerStartOptions): Promise<LoadBalancerProcess> {
  const { folder } = options;
  const log = options.log ?? (() => {});
  const { port } = options.configuration;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configure = (configuration: LoadBalancerConfiguration) => {
    const text = JSON.stringify(configuration);
    parseConfiguration(text);
    writeFileAtomically(join(folder, configurationFile), text);
  };
  const again = async () => {
    const found = findProcess(folder);
    return found ? { identity: found } : launch(folder);
  };

  configure(options.configuration);
  const running = findProcess(folder);
  const first = running ? { identity: running } : await launch(folder);
  const status = await statusFrom(folder, first.identity, (one) => one.epoch >= options.configuration.epoch);
  const taken = status?.problems.find((problem) => problem.address === "127.0.0.1");
  if (taken) {
    await endProcess(first.identity);
    throw new LoadBalancerPortTaken(port, taken.code);
  }
  log(`load balancer ${running ? "adopted" : "started"}: process ${first.identity.pid}, port ${port}`);
  const watch = keepAlive(first, {
    name: "load balancer",
    log,
    intervalMilliseconds: options.watchMilliseconds ?? 250,
    again,
  });

  return {
    port,
    adopted: running !== undefined,
    get pid() {
      return watch.current().identity.pid;
    },
    configure,
    status: () => {
      const said = readLoadBalancerStatus(join(folder, statusFile));
      return said && isAlive(said) ? said : undefined;
    },
    onRestart: watch.onRestart,
    close: watch.close,
    stop: async () => {
      await watch.close();
      await stopLoadBalancer(folder);
      log("load balancer stopped");
    },
  };
}

/** Ends the process of a folder when no region watches it. Nothing runs: nothing to do. */
export async function stopLoadBalancer(folder: string): Promise<void> {
  const found = findProcess(folder);
  if (found) await endProcess(found);
  rmSync(join(folder, identityFile), { force: true });
}

export class LoadBalancerPortTaken extends Error {
  readonly port: number;
  constructor(port: number, code: string) {
    super(
      `The load balancer cannot start: port ${port} on 127.0.0.1 is taken by another process (${code}). Every ` +
        `environment's web address uses that port. Stop the process that holds it ("ss -ltnp 'sport = :${port}'" names ` +
        `it) or choose another web port, then try again.`,
    );
    this.name = "LoadBalancerPortTaken";
    this.port = port;
  }
}

function findProcess(folder: string): ProcessIdentity | undefined {
  return readLivingIdentity(join(folder, identityFile));
}

async function launch(folder: string): Promise<RunningProcess> {
  const compiled = await settleCompiledCode(folder, program);
  const logPath = join(folder, logFile);
  const child = withOutputFile(logPath, "earlier", (output) =>
    spawn(process.execPath, [...smallProcess.arguments, program, join(folder, configurationFile)], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", output, output],
      env: { PATH: "/usr/bin:/bin", NODE_COMPILE_CACHE: compiled, ...smallProcess.environment },
    }),
  );
  child.unref();
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  const ended = () =>
    failure !== undefined || (!findProcess(folder) && (child.exitCode !== null || child.signalCode !== null));
  const deadline = performance.now() + readyTimeoutMilliseconds;
  while (!ended() && performance.now() < deadline) {
    const identity = findProcess(folder);
    // Not ours: one that a start before us left on its way; ours has seen it and ends.
    if (identity && readStatusOf(folder, identity))
      return identity.pid === child.pid ? { identity, child } : { identity };
    await sleep(5);
  }
  const reason = failure?.message ?? (ended() ? `it ended with ${child.exitCode ?? child.signalCode}` : "no answer");
  throw new Error(`The load balancer did not start (${reason}). The end of ${logPath}: ${lastWords(logPath)}`);
}

async function statusFrom(
  folder: string,
  identity: ProcessIdentity,
  isReady: (status: LoadBalancerStatus) => boolean,
): Promise<LoadBalancerStatus | undefined> {
  const deadline = performance.now() + readyTimeoutMilliseconds;
  while (performance.now() < deadline) {
    const status = readStatusOf(folder, identity);
    if (status && isReady(status)) return status;
    if (!isAlive(identity)) return undefined;
    await sleep(10);
  }
  throw new Error(
    `The load balancer (process ${identity.pid}) does not take its configuration. See ${join(folder, logFile)}.`,
  );
}

function readStatusOf(folder: string, identity: ProcessIdentity): LoadBalancerStatus | undefined {
  const status = readLoadBalancerStatus(join(folder, statusFile));
  return status?.pid === identity.pid && status.startTime === identity.startTime ? status : undefined;
}

async function endProcess(identity: ProcessIdentity): Promise<void> {
  killProcess(identity, "SIGTERM");
  if (await waitForExit(identity, stopMilliseconds)) return;
  killProcess(identity, "SIGKILL");
  await waitForExit(identity, stopMilliseconds);
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
