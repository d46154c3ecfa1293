// Builds with a stand-in for uv at the port: a script that installs one file, or waits, or fails in uv's own words.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createImages } from "./images.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const IMAGE = "hangar/airflow:3.3.1";
const PYTHON = { version: "3.11.9", path: "/bin/true", hasPip: true, hasVenv: true };

let folder: string;
let uv: string;
let images: string;

/** A uv that logs each call, fills the virtual environment, and then does what `install` says. */
function writeUv(install: string): void {
  const script = `#!/bin/sh
echo "$*" >>${folder}/calls
if [ "$1" = venv ]; then
  for root; do :; done
  mkdir -p "$root/bin"; ln -sf /bin/true "$root/bin/python"
  exit 0
fi
echo half >"$(dirname "$4")/../installed"
${install}
echo whole >"$(dirname "$4")/../installed"
`;
  writeFileSync(uv, script);
  chmodSync(uv, 0o755);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hangar-images-"));
  uv = join(folder, "uv");
  images = join(folder, "images");
  writeUv("");
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

function open() {
  return createImages({ folder: images, repoRoot: REPOSITORY, uv, findPythons: async () => [PYTHON] });
}

function inOwnProcess(): ChildProcess {
  const program = fileURLToPath(new URL("./testing/resolve-image.ts", import.meta.url));
  return spawn(process.execPath, [program, images, REPOSITORY, uv, IMAGE], { stdio: ["ignore", "pipe", "inherit"] });
}

async function appears(path: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!existsSync(path)) {
    if (performance.now() > deadline) throw new Error(`${path} did not appear`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const installed = (root: string) => readFileSync(join(root, "installed"), "utf8").trim();
const calls = () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");

describe("an image", () => {
  it("is built once with the catalogue's pins and gives a task what it needs to run", async () => {
    const opened = open();
    const resolved = await opened.resolve(IMAGE);
    const again = await opened.resolve(IMAGE);
    expect(again).toEqual(resolved);
    expect(calls().filter((call) => call.includes("apache-airflow["))).toHaveLength(1);
    const call = calls().find((line) => line.includes("apache-airflow")) as string;
    expect(call).toContain(
      "apache-airflow[celery,amazon,postgres,fab,standard]==3.3.1 kombu[sqs] pycurl==7.49.0 statsd==4.0.1 --constraints",
    );
    expect(installed(resolved.root)).toBe("whole");
    expect(resolved.pathEntries).toEqual([join(REPOSITORY, "dataplane/images/bin"), join(resolved.root, "bin")]);
    expect(resolved.environment).toEqual({
      HANGAR_IMAGE_PYTHON: join(resolved.root, "bin/python"),
      HANGAR_IMAGE_BIN: join(resolved.root, "bin"),
      HANGAR_AGENT_PYTHON: resolved.agentPython,
      HANGAR_DATAPLANE: join(REPOSITORY, "dataplane/src"),
      HANGAR_IMAGE_CONSTRAINTS: join(REPOSITORY, "dataplane/images/constraints/airflow-3.3.1.txt"),
    });
    expect((await opened.list()).find((row) => row.version === "3.3.1")).toMatchObject({
      creatable: true,
      built: true,
    });
  });

  it("holds its real path where the folder is a link: homes that share it outlive each other", async () => {
    const shared = join(folder, "shared");
    mkdirSync(shared);
    symlinkSync(shared, images);
    const { root } = await open().resolve(IMAGE);
    expect(root.startsWith(`${realpathSync(shared)}/`)).toBe(true);
    rmSync(images);
    images = join(folder, "of another home");
    symlinkSync(shared, images);
    expect((await open().resolve(IMAGE)).root).toBe(root);
    expect(calls().filter((call) => call.includes("apache-airflow["))).toHaveLength(1);
  });

  it("is never half-made: after a kill in the middle of an install the next process begins anew", async () => {
    const gate = join(folder, "gate");
    writeUv(`touch ${folder}/waiting; while [ ! -e ${gate} ]; do sleep 0.05; done`);
    const killed = inOwnProcess();
    await appears(join(folder, "waiting"));
    killed.kill("SIGKILL");
    await once(killed, "exit");
    // The killed builder's own uv lives on (sh reads its script as it goes, so the new one is another file). It is let
    // go while the second build runs, and writes where nobody looks.
    rmSync(uv);
    writeUv(`touch ${gate}; sleep 0.3`);
    const opened = open();
    const { root } = await opened.resolve(IMAGE);
    expect(installed(root)).toBe("whole");
    const home = join(root, "..");
    expect(JSON.parse(readFileSync(join(home, "complete.json"), "utf8"))).toEqual({ attempt: root.split("/").pop() });
  });

  it("is built by one process while others wait for it", async () => {
    writeUv("sleep 0.3");
    const children = [inOwnProcess(), inOwnProcess(), inOwnProcess()];
    const roots = await Promise.all(
      children.map(async (child) => {
        const [line] = await Promise.all([once(child.stdout as NodeJS.ReadableStream, "data"), once(child, "exit")]);
        return String(line[0]).trim();
      }),
    );
    expect(new Set(roots).size).toBe(1);
    expect(calls().filter((call) => call.includes("apache-airflow["))).toHaveLength(1);
  });

  it.each([
    [
      "no network",
      "error: Failed to fetch: `https://pypi.org/simple/apache-airflow/` dns error",
      "no package index could be reached",
    ],
    ["a full disk", "error: Failed to install: No space left on device (os error 28)", "the disk is full"],
    ["something unknown", "error: a wheel is odd", "a wheel is odd"],
  ])(
    "says what, why and what to do after %s, leaves nothing, and is built by the next try",
    async (_name, words, said) => {
      writeUv(`echo '${words}' >&2; exit 2`);
      const opened = open();
      const failure = opened.resolve(IMAGE);
      await expect(failure).rejects.toThrow(/could not be installed: .*try again/s);
      await expect(failure).rejects.toThrow(said);
      const left = readdirSync(images).filter(
        (name) => name.startsWith("airflow") && readdirSync(join(images, name)).length > 0,
      );
      expect(left).toEqual([]);
      writeUv("");
      expect(installed((await opened.resolve(IMAGE)).root)).toBe("whole");
    },
  );

  it("is called after what it is made from; one of before runs on under its name, and once it is gone the one of now does", async () => {
    const openedOn = (version: string) =>
      createImages({ folder: images, repoRoot: REPOSITORY, uv, findPythons: async () => [{ ...PYTHON, version }] });
    const nameOn = async (opened: ReturnType<typeof open>) =>
      (await opened.list()).find(({ version }) => version === "3.3.1")!.image;
    const before = openedOn("3.11.9");
    const now = openedOn("3.11.10");
    const [old, newer] = [await nameOn(before), await nameOn(now)];
    expect(old).toMatch(/^hangar\/airflow:3\.3\.1-[0-9a-f]{12}$/);
    expect(newer).not.toBe(old);
    const { root } = await before.resolve(old);
    expect((await now.resolve(old)).root).toBe(root);
    const ofNow = (await now.resolve(newer)).root;
    expect(ofNow).not.toBe(root);
    expect((await now.resolve(IMAGE)).root).toBe(ofNow);
    rmSync(join(root, "bin", "python"));
    expect((await now.resolve(old)).root).toBe(ofNow);
  });

  it("is not rebuilt for a version that cannot be created, and the refusal names those that can", async () => {
    const opened = open();
    await expect(opened.resolve("hangar/airflow:3.0.6")).rejects.toThrow("kombu 5.5");
    await expect(opened.resolve("hangar/airflow:9.9.9")).rejects.toThrow(
      /9\.9\.9 is not in the image catalogue.*3\.3\.1/,
    );
    await expect(opened.resolve("ubuntu:24.04")).rejects.toThrow("There is no image ubuntu:24.04");
    expect(existsSync(join(folder, "calls"))).toBe(false);
  });

  it("loses what a killed build left when images are opened again", async () => {
    const left = join(images, "airflow-3.3.1-py3.12-0123456789ab", "deadbeef");
    mkdirSync(left, { recursive: true });
    const opened = open();
    await opened.resolve(IMAGE);
    expect(existsSync(left)).toBe(false);
  });
});
