// The hangar command as a user runs it, on a home of the test's own, and clients nobody here wrote.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processesNaming } from "../../../bench/processes.ts";

export const repoRoot = fileURLToPath(new URL("../../../", import.meta.url));
/** Where the AWS CLI and a Python with boto3 are. */
export const tools = join(repoRoot, ".venv/tools/bin");

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The commands of one user on one home. */
export interface Commands {
  hangar(...args: string[]): Promise<Ended>;
  /** As `hangar`, and fails the test with the command's own words when it does not end well. */
  ok(...args: string[]): Promise<string>;
  /** The AWS CLI, unmodified, through `hangar exec`; its JSON. */
  aws<Output>(...args: string[]): Promise<Output>;
  /**
   * boto3, unmodified, through `hangar exec`: the code's last line of output, as JSON.
   * @param key whose key it gets; the operator's when absent
   */
  boto3<Output>(code: string, key?: string): Promise<Output>;
}

export interface Circumstances {
  /** Instead of the usual variables of that name; undefined takes one away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A command the hangar command is given to, as `env` is: one that changes the user, or what the kernel shows. */
  readonly through?: readonly string[];
}

export interface Home extends Commands {
  readonly folder: string;
  /** The same home under other circumstances. */
  under(circumstances: Circumstances): Commands;
  regionPid(): number;
  /**
   * Pids and command lines of every process that has this home in its command line or environment.
   * @param also a text it must have there as well, such as an environment's id
   */
  processes(also?: string): readonly { pid: number; command: string }[];
  /** Stops what runs and removes the folder. */
  discard(): Promise<void>;
}

const minutes = 6;

const unkind: unknown = JSON.parse(process.env["HANGAR_UNKIND"] || "null");

/** A promise about speed, in seconds. It is made of kind regions: in another, six times as long (a state's retry waits 2 s). */
export const inSeconds = (seconds: number): number => (unkind === null ? seconds : 6 * seconds);

/**
 * A fresh home: nothing in it, no image either. With `HANGAR_UNKIND` in the environment its region will be in unkind mode:
 * a seed, or the member `unkind` of the settings as JSON.
 */
export function freshHome(): Home {
  // as root PostgreSQL runs as another user and must be able to pass through
  const folder = mkdtempSync(join(tmpdir(), "hangar-story-"));
  if (unkind !== null) {
    const settings = { unkind: typeof unkind === "number" ? { seed: unkind } : unkind };
    writeFileSync(join(folder, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
  }
  const commands = commandsOf(folder, {});
  const home: Home = {
    folder,
    ...commands,
    under: (circumstances) => commandsOf(folder, circumstances),
    regionPid: () => (JSON.parse(readFileSync(join(folder, "run/region.json"), "utf8")) as { pid: number }).pid,
    processes: (also = "") => processesNaming(folder, also),
    async discard() {
      await commands.hangar("down");
      rmSync(folder, { recursive: true, force: true });
      fresh.delete(home);
    },
  };
  fresh.add(home);
  return home;
}

const fresh = new Set<Home>();

/** Stops and removes every fresh home that was not discarded: for a program that is told to end. */
export async function discardFreshHomes(): Promise<void> {
  await Promise.allSettled([...fresh].map((home) => home.discard()));
}

function commandsOf(folder: string, { environment: changed = {}, through = [] }: Circumstances): Commands {
  const usual = { ...process.env, NO_COLOR: "1", PATH: `${tools}:${process.env["PATH"]}` };
  const environment = { ...usual, HANGAR_HOME: folder, ...changed };
  const [program, ...before] = [...through, process.execPath, join(repoRoot, "cli/bin/hangar.mjs")];
  const hangar = (...args: string[]) => run(program!, [...before, ...args], environment);
  const ok = async (...args: string[]) => {
    const ended = await hangar(...args);
    if (ended.code !== 0)
      throw new Error(`hangar ${args.join(" ")} ended with ${ended.code}\n${ended.stdout}${ended.stderr}`);
    return ended.stdout;
  };
  return {
    hangar,
    ok,
    aws: async <Output>(...args: string[]) => {
      const text = await ok("exec", "--", "aws", "--output", "json", ...args);
      return (text.trim() ? JSON.parse(text) : {}) as Output;
    },
    boto3: async <Output>(code: string, key?: string) => {
      const whose = key === undefined ? [] : ["--key", key];
      const text = await ok("exec", ...whose, "--", join(tools, "python"), "-c", `import boto3, json\n${code}`);
      return JSON.parse(text.trim().split("\n").at(-1)!) as Output;
    },
  };
}

/** Runs a command, bounded in time. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd: repoRoot, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const timer = setTimeout(() => child.kill("SIGKILL"), minutes * 60_000);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 137, stdout, stderr });
    });
  });
}

/** Waits for a condition, looking often; fails with what it waited for. */
export async function until<Value>(
  what: string,
  seconds: number,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await look();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(
    `${what}: not within ${seconds} s${last ? ` (${last instanceof Error ? last.message : String(last)})` : ""}`,
  );
}

/**
 * Waits until no process of a home is left: what asks a question and ends by itself is given a moment.
 * @param also as of `Home.processes`
 */
export const nothingRuns = (home: Home, also?: string): Promise<boolean> =>
  until("no process is left", 5, () => {
    const left = home.processes(also);
    if (left.length) throw new Error(left.map((one) => `${one.pid} ${one.command.slice(0, 200)}`).join("; "));
    return true;
  });
