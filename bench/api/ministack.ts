// The peer of the API: MiniStack's emulation of MWAA, from PyPI, in a virtual environment of its own, on loopback.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { callApi } from "../../cli/api-client.ts";
import { findPythons } from "../../local/images/pythons.ts";
import { repoRoot } from "../../tests/stories/support/hangar.ts";
import type { Bench } from "../benchmark.ts";
import { freePort } from "../free-port.ts";
import { endProcesses } from "../processes.ts";
import { waitFor } from "../waiting.ts";
import type { SignedTarget } from "./signed-load.ts";

const run = promisify(execFile);
const requirements = fileURLToPath(new URL("./requirements.txt", import.meta.url));
const startSeconds = 60;
const settings = {
  EnvironmentClass: "mw1.small",
  SourceBucketArn: "arn:aws:s3:::bench",
  DagS3Path: "dags",
  ExecutionRoleArn: "arn:aws:iam::000000000000:role/bench",
  NetworkConfiguration: { SubnetIds: ["subnet-1", "subnet-2"], SecurityGroupIds: ["sg-1"] },
};

export interface MiniStack extends SignedTarget {
  readonly version: string;
}

/** Starts it with environments of these names, each no more than CreateEnvironment asks for. The bench's clean-up stops it. */
export async function startMiniStack(
  bench: Pick<Bench, "cleanUp" | "note">,
  names: readonly string[],
): Promise<MiniStack> {
  const python = await prepare(bench);
  const folder = mkdtempSync(join(tmpdir(), "hangar-ministack-"));
  bench.cleanUp(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const child = spawn(python, ["-m", "ministack"], {
    cwd: folder,
    detached: true,
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      LANG: "C.UTF-8",
      HOME: folder,
      TMPDIR: folder,
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      LOG_LEVEL: "WARNING",
      DOCKER_HOST: `unix://${folder}/no-docker.sock`,
    },
  });
  bench.cleanUp(() => endProcesses([child.pid!], "SIGTERM", 10));
  const target = {
    url: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const api = { url: target.url, region: target.region, key: target.credentials };
  await waitFor("MiniStack", startSeconds, 100, async () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    await callApi(api, "GET", "/environments");
    return true;
  });
  for (const name of names) await callApi(api, "PUT", `/environments/${name}`, settings);
  return { ...target, version: pinnedVersion() };
}

/** A virtual environment under .venv, made once for these requirements. @returns its Python */
async function prepare(bench: Pick<Bench, "note">): Promise<string> {
  const folder = join(repoRoot, ".venv", "bench");
  const python = join(folder, "bin", "python");
  const mark = join(folder, "made-from");
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return python;
  bench.note(`installing MiniStack ${pinnedVersion()} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  const found = (await findPythons()).find((one) => one.hasVenv);
  if (!found)
    throw new Error("MiniStack needs a Python 3.11 or newer with venv: install python3-venv, or set HANGAR_PYTHON.");
  await run(found.path, ["-m", "venv", folder], { timeout: 120_000 });
  await run(python, ["-m", "pip", "install", "--quiet", "--requirement", requirements], { timeout: 600_000 });
  writeFileSync(mark, wanted);
  return python;
}

const pinnedVersion = (): string => /^ministack==(\S+)$/m.exec(readFileSync(requirements, "utf8"))![1]!;
