// An ordinary user's region: everything under a user's own id, nothing only root may do. Root gives itself away for it; an
// ordinary user who runs it is one.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Commands, freshHome, type Home, nothingRuns, repoRoot, tools } from "./support/hangar.ts";

const asRoot = process.getuid!() === 0;
const uid = asRoot ? anotherUser() : process.getuid!();
const becoming = asRoot ? [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"] : [];
const asUser = ["setpriv", ...becoming, "--no-new-privs"];
/** A checkout under /root, say, is nothing another user can run. */
const reachable = may(process.execPath, "--version") && may("test", "-r", join(repoRoot, "cli/main.ts"));

let home: Home;
let user: Commands;
let scratch: string;

beforeAll(() => {
  home = freshHome();
  scratch = mkdtempSync(join(tmpdir(), "hangar-files-"));
  if (!reachable) return;
  if (asRoot) chownSync(home.folder, uid, uid);
  chmodSync(scratch, 0o755);
  const path = `${awsCommand()}:/usr/local/bin:/usr/bin:/bin`;
  user = home.under({ through: asUser, environment: { PATH: path, HOME: home.folder, USER: undefined } });
});
afterAll(async () => {
  if (reachable) await user.hangar("down");
  await home.discard();
  rmSync(scratch, { recursive: true, force: true });
});

describe.skipIf(!reachable)("an ordinary user (whom root becomes, where the checkout is not root's alone)", () => {
  it("starts a region whose every process is the user's", async () => {
    await user.ok("up");
    const processes = home.processes();
    expect(processes.length).toBeGreaterThan(3);
    for (const { pid, command } of processes) expect(ownerOf(pid), command).toBe(uid);
  });

  it("uses it with the AWS CLI, sees it in status", async () => {
    await user.ok("exec", "--", "aws", "s3", "mb", "s3://mine");
    const { Buckets } = await user.aws<{ Buckets: { Name: string }[] }>("s3api", "list-buckets");
    expect(Buckets.map((bucket) => bucket.Name)).toEqual(["hangar-control", "mine"]);
    const status = JSON.parse(await user.ok("status", "--json"));
    expect(status).toEqual({
      region: { url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: home.regionPid(), home: home.folder },
      environments: [],
    });
  });

  it("keeps its keys and its state to itself", () => {
    expect(statSync(join(home.folder, "credentials.json")).mode & 0o077).toBe(0);
    const others = ["run", "logs", "engines", "images", "postgres", "task-logs"].filter(
      (folder) => statSync(join(home.folder, folder)).mode & 0o007,
    );
    expect(others).toEqual([]);
  });

  it("stops it: no process is left, and the next up has the state", async () => {
    await user.ok("down");
    await nothingRuns(home);
    await user.ok("up");
    expect(await user.ok("exec", "--", "aws", "s3", "ls")).toContain("mine");
    await user.ok("down");
    await nothingRuns(home);
  });
});

function may(...[command, ...args]: [string, ...string[]]): boolean {
  try {
    execFileSync(asUser[0]!, [...asUser.slice(1), command, ...args], { stdio: "ignore", cwd: "/" });
    return true;
  } catch {
    return false;
  }
}

/** The unmodified AWS CLI under a Python the user may run: the tests' own may be installed for root alone. */
function awsCommand(): string {
  const packages = execFileSync(
    join(tools, "python"),
    ["-c", "import awscli, os; print(os.path.dirname(awscli.__path__[0]))"],
    {
      encoding: "utf8",
    },
  ).trim();
  const python = [join(tools, "python"), "/usr/bin/python3.12", "/usr/bin/python3.11", "/usr/bin/python3"].find((one) =>
    may("env", `PYTHONPATH=${packages}`, one, "-c", "import awscli.clidriver"),
  );
  if (!python) throw new Error(`no Python that uid ${uid} may run can load the AWS CLI of ${packages}`);
  const folder = join(scratch, "bin");
  mkdirSync(folder);
  const text = `#!/bin/sh\nPYTHONPATH='${packages}' exec '${python}' -m awscli "$@"\n`;
  writeFileSync(join(folder, "aws"), text, { mode: 0o755 });
  return folder;
}

/** Somebody the machine knows (PostgreSQL wants that), a person if there is one; not `nobody`, whom root's PostgreSQL runs as. */
function anotherUser(): number {
  const ids = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => Number(line.split(":")[2] ?? 0))
    .filter((id) => id > 0 && id < 65_534);
  return ids.find((id) => id >= 1000) ?? ids[0] ?? 65_534;
}

const ownerOf = (pid: number): number =>
  Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))![1]);
