// hangar proxy: the loopback signing proxy, in the foreground, for browsers and for MWAA clients as they are.
import { lookup } from "node:dns/promises";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { exitCodes, Failure } from "../failure.ts";
import { note, paint, result } from "../print.ts";
import { callerArn } from "../proxy/caller-identity.ts";
import { deployedTarget, regionTarget } from "../proxy/credentials.ts";
import type { EndReason } from "../proxy/lifetime.ts";
import { type RunningProxy, startProxy } from "../proxy/proxy.ts";

export interface ProxyCommandOptions {
  readonly port: number;
  readonly browserPort: number;
  readonly ipv6?: boolean;
  readonly readOnly?: boolean;
  readonly endpoint?: string;
  readonly key?: string;
  readonly unixSocket?: string;
  readonly console?: string;
  readonly verbose?: boolean;
}

const endings: Readonly<Record<EndReason, string>> = {
  idle: "nobody used the proxy for 60 minutes",
  credentialsExpired: "the credentials expired",
  stopped: "",
};

/** Serves until Ctrl-C, an hour without use, or the end of the credentials. */
export async function proxy(home: string, options: ProxyCommandOptions): Promise<void> {
  if (options.endpoint !== undefined && options.key !== undefined) {
    throw new Failure("--key is of the region of this machine; with --endpoint your AWS credentials are used", {
      fix: "leave out one of the two",
      exitCode: exitCodes.usage,
    });
  }
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const target =
    options.endpoint === undefined
      ? regionTarget(home, options.key)
      : await deployedTarget(options.endpoint, AWS_REGION ?? AWS_DEFAULT_REGION);
  const arn = await callerArn(target, Date.now);
  const running = await startProxy({
    target,
    arn,
    port: options.port,
    browserPort: options.browserPort,
    ipv6: options.ipv6 ?? false,
    readOnly: options.readOnly ?? false,
    unixSocket: options.unixSocket && resolve(options.unixSocket),
    consoleFolder: options.console && resolve(options.console),
    log: options.verbose ? note : undefined,
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void running.stop());
  const tokenFile = writeToken(home, running.bearer);
  try {
    result(`clients  ${running.sdkUrl}  as ${arn ?? target.credentials.accessKeyId}, to ${target.endpoint.origin}`);
    result(`browser  ${running.newEntryUrl()}`);
    result(`scripts  ${running.browserUrl}/api  token in ${tokenFile}`);
    note(
      `  MWAA clients: ${paint("bold", `export AWS_ENDPOINT_URL_MWAA=${running.sdkUrl}`)} AWS_REGION=${target.region}`,
    );
    void noteUnresolvedPrefix();
    offerNewEntries(running);
    const reason = await running.ended;
    if (reason === "stopped") return;
    throw new Failure("the proxy has ended", { why: endings[reason], fix: "npx hangar proxy" });
  } finally {
    rmSync(tokenFile, { force: true });
    process.stdin.pause();
  }
}

/** MWAA's clients put `api.` before the host. systemd's resolver knows every name under localhost, others may not. */
async function noteUnresolvedPrefix(): Promise<void> {
  const found = await lookup("api.localhost").catch(() => undefined);
  if (found !== undefined) return;
  note("  api.localhost does not resolve here: add to /etc/hosts  127.0.0.1 api.localhost env.localhost ops.localhost");
  note("  or, for boto3 and the AWS CLI: export AWS_DISABLE_HOST_PREFIX_INJECTION=true");
}

/** The entry address is good for one browser and 60 s; a person who was slower presses Enter. */
function offerNewEntries(running: RunningProxy): void {
  if (!process.stdin.isTTY) return;
  note("  the browser's address works once, for 60 s; Enter prints a new one, Ctrl-C ends");
  process.stdin.on("data", () => result(`browser  ${running.newEntryUrl()}`)).resume();
}

/** Writes the scripts' token where only this user reads it, and removes those of proxies that were killed. */
function writeToken(home: string, bearer: string): string {
  const folder = join(home, "run");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    const pid = /^proxy-(\d+)\.token$/.exec(name)?.[1];
    if (pid !== undefined && !lives(Number(pid))) rmSync(join(folder, name), { force: true });
  }
  const file = join(folder, `proxy-${process.pid}.token`);
  rmSync(file, { force: true });
  writeFileSync(file, bearer, { mode: 0o600, flag: "wx" });
  return file;
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
