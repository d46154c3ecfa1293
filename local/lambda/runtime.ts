// Lambda on one machine: keeps the functions process alive and calls functions in it. A time-out ends that process, as
// it ends a sandbox in AWS: an invocation past its deadline must not act any more, its lease is over. Other calls then in
// flight get `Lambda.Unknown`, which every caller retries.
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { type Channel, openChannel } from "./channel.ts";
import type { HostConfiguration } from "./host.ts";
import { boundLog } from "./log-file.ts";
import { type InvokeResult, maximumPayloadBytes, type WiredFunction } from "./wiring.ts";

export interface LambdaOptions {
  readonly repoRoot: string;
  /** The environment of the functions process, but for PATH. AWS_ENDPOINT_URL must be loopback. */
  readonly environment: Readonly<Record<string, string>>;
  /** The rest of it, which may take a while to find out: the process starts meanwhile, and takes no call before. */
  readonly laterEnvironment?: Promise<Readonly<Record<string, string>>>;
  /** At most 100 characters or so: the kernel's limit. */
  readonly socketPath: string;
  /** stdout and stderr of all functions; kept under 20 MB, with one older file beside it. */
  readonly logFile: string;
  readonly region: string;
  readonly accountId: string;
  readonly functions: Readonly<Record<string, WiredFunction>>;
}

export interface Lambda {
  /** Calls a function and waits for its answer. Never rejects. */
  invoke(functionName: string, event: unknown): Promise<InvokeResult>;
  /** Resolves when the functions process takes calls. @throws Error when it refuses to start */
  ready(): Promise<void>;
  /** Of the functions process, while one lives. */
  pid(): number | undefined;
  close(): Promise<void>;
}

/** Mirrors host.ts: importing that file would start it. */
const notLoopbackExitCode = 78;
const startPatienceMilliseconds = 15_000;
const longestPauseMilliseconds = 5_000;

interface Host {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  /** Open once the process takes calls. */
  channel?: Channel;
}

export function startLambda(options: LambdaOptions): Lambda {
  const log = boundLog(options.logFile);
  let closed = false;
  let pause = 100;
  let restart: NodeJS.Timeout | undefined;
  let fatal: Error | undefined;
  let isReady = false;
  let waiting = newWait();
  let host: Host | undefined = launch();
  options.laterEnvironment?.catch((error: Error) => {
    fatal = error;
    waiting.reject(error);
  });

  function launch(): Host {
    const startedAt = performance.now();
    const child = forkHost(options);
    const ready = new Promise<void>((resolve) => child.once("message", () => resolve()));
    const exited = new Promise<void>((resolve) => {
      child.once("exit", (code) => {
        resolve();
        onExit(code, performance.now() - startedAt);
      });
      child.once("error", (error) => {
        if (child.pid !== undefined) return;
        process.stderr.write(`the functions process cannot be started: ${error.message}\n`);
        resolve();
        onExit(null, 0);
      });
    });
    const launched: Host = { child, exited };
    void ready.then(() => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // A process that cannot be reached is of no use, and what it is at must not act any more: the next one takes over.
      launched.channel = openChannel(options.socketPath, () => child.kill("SIGKILL"));
      isReady = true;
      waiting.resolve();
    });
    return launched;
  }

  function onExit(code: number | null, lifeMilliseconds: number): void {
    host?.channel?.close();
    host = undefined;
    if (closed) return;
    if (isReady) waiting = newWait();
    isReady = false;
    if (code === notLoopbackExitCode) {
      fatal = new Error(`The functions process refuses its environment: see ${options.logFile}.`);
      waiting.reject(fatal);
      return;
    }
    pause = lifeMilliseconds > 10_000 ? 100 : Math.min(pause * 2, longestPauseMilliseconds);
    restart = setTimeout(
      () => {
        host = launch();
      },
      lifeMilliseconds > 10_000 ? 0 : pause / 2,
    );
  }

  async function invoke(functionName: string, event: unknown): Promise<InvokeResult> {
    const wired = Object.hasOwn(options.functions, functionName) ? options.functions[functionName] : undefined;
    if (wired === undefined) {
      const arn = `arn:aws:lambda:${options.region}:${options.accountId}:function:${functionName}`;
      return { errorType: "Lambda.ResourceNotFoundException", errorMessage: `Function not found: ${arn}` };
    }
    const requestId = randomUUID();
    const eventText = JSON.stringify(event ?? null);
    if (Buffer.byteLength(eventText) > maximumPayloadBytes) {
      const errorMessage = `Request must be smaller than ${maximumPayloadBytes} bytes for the InvokeFunction operation`;
      return { errorType: "Lambda.RequestTooLargeException", errorMessage };
    }
    if (!isReady) await within(waiting.promise, startPatienceMilliseconds);
    const called = host;
    if (!isReady || closed || called?.channel === undefined) {
      return unknown(fatal?.message ?? `The functions process is not running: see ${options.logFile}.`);
    }
    const milliseconds = wired.timeoutSeconds * 1000;
    const deadline = Date.now() + milliseconds;
    const answer = await called.channel.call({ functionName, requestId, deadline }, eventText, milliseconds);
    if (answer === "late") {
      called.child.kill("SIGKILL");
      await called.exited;
      const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${wired.timeoutSeconds.toFixed(2)} seconds`;
      return { errorType: "Sandbox.Timedout", errorMessage };
    }
    if (answer !== "lost") return answer;
    await within(called.exited, 1_000); // so that a retry at once finds the next process, not this one
    return unknown("The functions process ended during the invocation.");
  }

  return {
    invoke,
    ready: () => waiting.promise,
    pid: () => host?.child.pid,
    async close() {
      closed = true;
      clearTimeout(restart);
      log.close();
      waiting.reject(new Error("The region is closing."));
      const last = host;
      if (last !== undefined) {
        last.child.disconnect?.();
        if (!(await within(last.exited, 2_000))) last.child.kill("SIGKILL");
        await last.exited;
        last.channel?.close();
      }
    },
  };
}

/** What calls wait on while no host is ready. Unheard rejections are not an error of the process. */
function newWait(): PromiseWithResolvers<void> {
  const wait = Promise.withResolvers<void>();
  wait.promise.catch(() => {});
  return wait;
}

function forkHost(options: LambdaOptions): ChildProcess {
  const log = openSync(options.logFile, "a", 0o600);
  try {
    const child = fork(join(import.meta.dirname, "host.ts"), [], {
      cwd: options.repoRoot,
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...options.environment },
      // A small young generation: an idle functions process keeps half the memory, and calls are short anyway.
      execArgv: ["--max-semi-space-size=2", "--optimize-for-size"],
      stdio: ["ignore", log, log, "ipc"],
    });
    const { socketPath, repoRoot, region, accountId, functions } = options;
    const configure = (environment: Readonly<Record<string, string>>) => {
      const configuration: HostConfiguration = { socketPath, repoRoot, region, accountId, functions, environment };
      if (child.connected) child.send(configuration, () => {}); // a child that died at once is reported by its exit
    };
    if (options.laterEnvironment)
      options.laterEnvironment.then(configure, () => {}); // its failure: startLambda
    else configure({});
    return child;
  } finally {
    closeSync(log);
  }
}

/** True when the promise resolved in time, false when it rejected or time ran out. */
async function within(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const inTime = promise.then(
    () => true,
    () => false,
  );
  return Promise.race([inTime, timeUp]).finally(() => clearTimeout(timer));
}

function unknown(errorMessage: string): InvokeResult {
  return { errorType: "Lambda.Unknown", errorMessage };
}
