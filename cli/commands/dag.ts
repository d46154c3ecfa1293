// hangar dag: where the files of the DAG folder stand, from the bucket to Airflow, and what is wrong with them.
import type { ApiTarget } from "../api-client.ts";
import { bucketVersions, pendingPaths } from "../bucket-versions.ts";
import { exitCodes, Failure } from "../failure.ts";
import { note, result } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { getSync, type Sync } from "../releases.ts";
import { faultText, faultyFiles, syncText } from "../sync-text.ts";

interface SyncOptions {
  readonly path?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly wait?: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

const pollMilliseconds = 500;
const watchMilliseconds = 1000;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Prints where every file stands: once, whenever it changes, or once all is served. */
export async function sync(home: string, environment: string, options: SyncOptions): Promise<void> {
  const target = targetOf(home);
  const text = (state: Sync) => (options.json ? JSON.stringify(state, null, 2) : syncText(state));
  if (options.watch) return watch(target, environment, options.path, text);
  if (!options.wait) return result(text(await getSync(target, environment, options.path)));
  const state = await untilServed(target, environment, options);
  result(text(state));
  const faulty = faultyFiles(state);
  for (const { Path, Held } of faulty.filter(({ State }) => State === "LEFT_OUT"))
    note(`  left out: ${Path}: ${Held?.Reason}`);
  const bad = faulty.filter(({ State }) => State !== "LEFT_OUT");
  if (bad.length === 0) return;
  throw new Failure(`${bad.length === 1 ? "one file is" : `${bad.length} files are`} held or failed`, {
    why: bad.map(({ Path, State }) => `${Path} ${State}`).join(", "),
    fix: `npx hangar dag errors ${environment}`,
  });
}

/** Prints files with errors, and files that are not served as they lie in the bucket. */
export async function errors(
  home: string,
  environment: string,
  options: { path?: string; json?: boolean; exitCode?: boolean },
): Promise<void> {
  const faulty = faultyFiles(await getSync(targetOf(home), environment, options.path));
  if (options.json) result(JSON.stringify(faulty, null, 2));
  else if (faulty.length > 0) result(faulty.map(faultText).join("\n\n"));
  else note("  no errors");
  if (options.exitCode && faulty.length > 0) process.exitCode = exitCodes.failed;
}

async function watch(
  target: ApiTarget,
  environment: string,
  path: string | undefined,
  text: (state: Sync) => string,
): Promise<never> {
  process.once("SIGINT", () => process.exit(exitCodes.interrupted));
  const clear = process.stdout.isTTY ? "\x1b[H\x1b[2J" : "";
  for (let before = ""; ; await pause(watchMilliseconds)) {
    const shown = text(await getSync(target, environment, path));
    if (shown !== before) result(`${clear}${shown}`);
    before = shown;
  }
}

/**
 * Waits until the newest state of the bucket has been taken in, nothing is being checked, and every task runs what is
 * live. What is asked for the bucket's state is the bucket itself: right after an upload nobody else knows of it.
 */
async function untilServed(target: ApiTarget, environment: string, { path, timeout }: SyncOptions): Promise<Sync> {
  process.once("SIGINT", () => process.exit(exitCodes.interrupted));
  const deadline = timeout === undefined ? Infinity : performance.now() + timeout * 1000;
  for (;;) {
    const state = await getSync(target, environment, path);
    const waiting = waitingFor(state) ?? (await untaken(target, state, path ?? ""));
    if (waiting === undefined) return state;
    if (performance.now() >= deadline)
      throw new Failure("the time to wait is over; the change goes on", {
        why: waiting,
        fix: `npx hangar dag sync ${environment} --wait`,
        exitCode: exitCodes.timedOut,
      });
    await pause(pollMilliseconds);
  }
}

function waitingFor({ Release, Candidate, Tasks }: Sync): string | undefined {
  if (!Release) return "there is no release yet";
  if (Candidate) return `release ${Candidate.Number} is being checked`;
  if (Tasks.length === 0) return "no task reports";
  const behind = Tasks.filter((task) => task.Release?.Id !== Release.Id);
  if (behind.length === 0) return undefined;
  return `${behind.map(({ Role }) => Role).join(", ")} run${behind.length === 1 ? "s" : ""} an older release than ${Release.Number}`;
}

let hasSaid = false;

async function untaken(target: ApiTarget, state: Sync, path: string): Promise<string | undefined> {
  const versions = await bucketVersions(target, state.Bucket, path);
  if (versions === undefined) {
    if (!hasSaid)
      note(`  the bucket ${state.Bucket.Name} cannot be looked through: waiting for what was last seen of it`);
    hasSaid = true;
    return undefined;
  }
  const [first, ...others] = pendingPaths(versions, state);
  if (first === undefined) return undefined;
  return `${first}${others.length > 0 ? ` and ${others.length} more` : ""} in the bucket ${others.length > 0 ? "have" : "has"} not been taken in yet`;
}
