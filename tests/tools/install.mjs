// Makes what the tests need beside npm ci, once: the Python environments .venv/tools (AWS CLI, boto3, moto) and
// .venv/dataplane (ruff, pytest), and the JavaScript SDK's client of MWAA (clients/). A finished one is marked with the hash of what it was made from; a half-made one is made again.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const environments = [
  { name: "tools", requirements: ["tests/tools/requirements.txt"] },
  { name: "dataplane", requirements: ["dataplane/requirements-dev.txt", "dataplane/requirements-agent.txt"] },
];
const uvVersion = JSON.parse(readFileSync(join(root, "dataplane/images/catalogue.json"), "utf8")).uv;

const python = findPython();
for (const environment of environments) make(environment);
installClients();

function make({ name, requirements }) {
  const folder = join(root, ".venv", name);
  const mark = join(folder, "made-from");
  const wanted = createHash("sha256")
    .update(requirements.map((file) => readFileSync(join(root, file))).join("\n"))
    .digest("hex");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(root, ".venv"), { recursive: true });
  process.stderr.write(`python environment ${name}: ${requirements[0]}\n`);
  run(python, ["-m", "venv", folder]);
  run(join(folder, "bin/python"), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    `uv==${uvVersion}`,
  ]);
  run(join(folder, "bin/uv"), [
    "pip",
    "install",
    "--quiet",
    "--python",
    join(folder, "bin/python"),
    "-r",
    join(root, requirements[0]),
  ]);
  writeFileSync(mark, wanted);
}

/** npm's own mark lies in node_modules; ours says from which lock file, and comes last. */
function installClients() {
  const folder = join(root, "tests/tools/clients");
  const mark = join(folder, "node_modules/.made-from");
  const wanted = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  process.stderr.write("node packages of the tests: tests/tools/clients/package.json\n");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  writeFileSync(mark, wanted);
}

/** The first Python 3.11 to 3.13 that really runs: a shim on PATH may not. */
function findPython() {
  for (const candidate of [process.env.HANGAR_PYTHON, "python3.12", "python3.11", "python3", "python3.13"]) {
    if (!candidate) continue;
    try {
      const version = execFileSync(
        candidate,
        ["-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"],
        {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        },
      ).trim();
      if (["3.11", "3.12", "3.13"].includes(version)) return candidate;
    } catch {
      // not there, or a shim that leads nowhere: the next one
    }
  }
  console.error("error: no Python 3.11 or 3.12 with venv was found");
  console.error("  why: the tests drive the region with boto3 and the AWS CLI, and Airflow itself needs Python");
  console.error("  fix: apt install python3 python3-venv, or set HANGAR_PYTHON to one");
  process.exit(1);
}

function run(command, args) {
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, VIRTUAL_ENV: "" } });
}
