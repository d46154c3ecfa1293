// From `git clone` to the demo's success as someone new would do it: an empty home, the package managers' caches warm.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { repoRoot } from "../tests/stories/support/hangar.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { againstLimit } from "./measurement.ts";
import { spreadOf } from "./statistics.ts";
import { secondsSince } from "./waiting.ts";

const run = promisify(execFile);
const limitSeconds = 75;
const givenUpMilliseconds = 600_000;

interface Clone {
  readonly total: number;
  readonly install: number;
  readonly demo: string;
}

export const freshClone: Benchmark = {
  name: "fresh-clone",
  async run(bench) {
    const { stdout: changed } = await run("git", ["status", "--porcelain"], { cwd: repoRoot });
    if (changed.trim()) bench.note("the working copy has changes that are not committed: a clone does not have them");
    const clones: Clone[] = [];
    // The first fills the caches where they are not warm, and counts for nothing.
    for (let count = bench.quick ? 1 : 0; count <= (bench.quick ? 1 : 3); count++) {
      const clone = await cloneAndDemo(bench);
      const parts = `git clone and npm ci ${clone.install.toFixed(1)} s, demo ${clone.demo}`;
      bench.note(`clone ${count}${count === 0 ? " (thrown away)" : ""}: ${clone.total.toFixed(1)} s: ${parts}`);
      if (count > 0) clones.push(clone);
    }
    return [
      againstLimit("clone to demo success, caches warm", "s", spreadOf(clones.map(({ total }) => total)), limitSeconds),
      { what: "of which git clone and npm ci", unit: "s", measured: spreadOf(clones.map(({ install }) => install)) },
    ];
  },
};

async function cloneAndDemo(bench: Bench): Promise<Clone> {
  const folder = mkdtempSync(join(tmpdir(), "hangar-clone-"));
  chmodSync(folder, 0o711); // started by root, PostgreSQL runs as another user and passes through
  const project = join(folder, "hangar");
  const home = join(folder, "home");
  mkdirSync(home, { mode: 0o711 });
  const env = newcomer(home);
  const options = { cwd: project, env, timeout: givenUpMilliseconds, maxBuffer: 16 * 1024 * 1024 };
  const discard = bench.cleanUp(async () => {
    if (existsSync(join(project, "node_modules"))) await run("npm", ["exec", "--", "hangar", "down"], options);
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    const began = performance.now();
    await run("git", ["clone", "--quiet", repoRoot, project], { env, timeout: givenUpMilliseconds });
    await run("npm", ["ci"], options);
    const install = secondsSince(began);
    const { stdout } = await run("npm", ["run", "demo", "--", "--json"], options);
    const total = secondsSince(began);
    const last = JSON.parse(stdout.trim().split("\n").at(-1)!) as { outcome: string; seconds: object };
    if (last.outcome !== "success") throw new Error(`The demo of a fresh clone ended with ${JSON.stringify(last)}.`);
    return { total, install, demo: JSON.stringify(last.seconds) };
  } finally {
    await discard();
  }
}

/** This shell's variables, less what npm, AWS and Hangar have put there, with an empty home that has only warm caches. */
function newcomer(home: string): Record<string, string> {
  const foreign = /^(npm_|AWS_|AIRFLOW|HANGAR_|NODE|INIT_CWD|VIRTUAL_ENV|XDG_)/i;
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !foreign.test(entry[0]),
  );
  const old = homedir();
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((part) => !part.endsWith(join("node_modules", ".bin")));
  const whereThere = (name: string, file: string) => (existsSync(file) ? { [name]: file } : {});
  return {
    ...whereThere("PYENV_ROOT", join(old, ".pyenv")), // shims on PATH look for it in the home otherwise
    ...whereThere("PIP_CONFIG_FILE", join(old, ".config/pip/pip.conf")),
    ...whereThere("npm_config_userconfig", join(old, ".npmrc")),
    npm_config_cache: join(old, ".npm"),
    UV_CACHE_DIR: join(old, ".cache/uv"),
    PIP_CACHE_DIR: join(old, ".cache/pip"),
    ...Object.fromEntries(kept),
    PATH: path.join(delimiter),
    HOME: home,
    HANGAR_HOME: join(home, "hangar"),
  };
}
