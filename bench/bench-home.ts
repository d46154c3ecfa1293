// A state folder of the run's own under the temp folder: region up, newest image built and compiled, clients ready.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bucketName } from "../cli/commands/env.ts";
import { ensureBucket } from "../cli/buckets.ts";
import {
  createEnvironment,
  deleteEnvironment,
  type Environment,
  environmentFailure,
  findEnvironment,
  waitWhile,
} from "../cli/environments.ts";
import { targetOf } from "../cli/region-process.ts";
import { createImages, type ResolvedImage } from "../local/images/images.ts";
import { readCatalogue } from "../local/images/catalogue.ts";
import { buildEnvironment, runCommand } from "../local/images/run-command.ts";
import { freshHome, type Home, repoRoot } from "../tests/stories/support/hangar.ts";
import type { Bench } from "./benchmark.ts";

export interface BenchHome extends Home {
  readonly airflowVersion: string;
  readonly image: ResolvedImage;
  /** How to reach the region; read anew each time, since the region may have been started again. */
  target(): ReturnType<typeof targetOf>;
  /** Address, region and keys as the AWS SDK's clients take them. */
  sdk(): { region: string; endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  /**
   * Asks for an environment (bucket included) and waits until it can be used.
   * @param seen told of each look, the first one right after the call was accepted
   */
  create(name: string, seen?: (environment: Environment) => void): Promise<Environment>;
  /** Deletes an environment and waits until it is gone. */
  remove(name: string): Promise<void>;
}

/** As long as any of the product's own deadlines. */
const lookMilliseconds = 200;
const compileSeconds = 300;

/** Starts a region in a fresh folder and builds the newest image there; the bench's clean-up takes all of it away. */
export async function openBenchHome(bench: Pick<Bench, "cleanUp" | "note">): Promise<BenchHome> {
  const home = freshHome();
  bench.cleanUp(() => home.discard());
  bench.note(`state folder ${home.folder}`);
  await home.ok("up");
  const { version, image } = await buildImage(home, bench);
  const target = () => targetOf(home.folder);
  return {
    ...home,
    airflowVersion: version,
    image,
    target,
    sdk: () => ({ region: target().region, endpoint: target().url, credentials: target().key }),
    async create(name, seen) {
      await createEnvironment(target(), name, await newEnvironment(target(), name));
      for (;;) {
        const environment = await findEnvironment(target(), name);
        if (environment) seen?.(environment);
        if (environment?.Status === "AVAILABLE") return environment;
        if (environment?.Status !== "CREATING") throw environmentFailure(environment, name);
        await new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
      }
    },
    async remove(name) {
      await deleteEnvironment(target(), name, false);
      const left = await waitWhile(target(), name, "DELETING");
      if (left) throw environmentFailure(left, name);
    },
  };
}

/** A ready bucket, and the smallest request: one small environment in it. */
export async function newEnvironment(target: ReturnType<typeof targetOf>, name: string) {
  await ensureBucket(target, bucketName(name));
  return { bucket: bucketName(name), dagS3Path: "dags", environmentClass: "mw1.small" };
}

async function buildImage(home: Home, bench: Pick<Bench, "note">): Promise<{ version: string; image: ResolvedImage }> {
  const version = [...readCatalogue(repoRoot).versions.values()].find((entry) => entry.creatable)?.version;
  if (!version) throw new Error("The image catalogue has no version that can be created.");
  const folder = join(home.folder, "images");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const images = createImages({ folder, repoRoot });
  bench.note(`building the image of Airflow ${version}, and compiling it`);
  const image = await images.resolve(`hangar/airflow:${version}`);
  // In use Python compiles a module at its first import; measured is what every start but the first ones meets.
  await compile(image);
  return { version, image };
}

/** 1 is a result too: some files of the packages are no valid Python (templates, tests for errors). */
async function compile(image: ResolvedImage): Promise<void> {
  const args = ["-m", "compileall", "-q", "-q", join(image.root, "lib")];
  const compiled = await runCommand(join(image.root, "bin/python"), args, {
    environment: buildEnvironment(),
    timeoutSeconds: compileSeconds,
  });
  if (compiled.code !== 0 && compiled.code !== 1) throw new Error(`The image was not compiled: ${compiled.output}`);
}
