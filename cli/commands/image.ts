// hangar image build: an Airflow version's virtual environment, ahead of the first environment that needs it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createImages } from "../../local/images/images.ts";
import { startStep } from "../print.ts";

/** Builds unless it is there. @returns seconds it took */
export async function build(home: string, version: string): Promise<number> {
  const folder = join(home, "images");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const step = startStep(`image airflow ${version}`);
  const images = createImages({ folder, repoRoot: fileURLToPath(new URL("../../", import.meta.url)) });
  try {
    const there = (await images.list()).find((image) => image.version === version)?.built === true;
    await images.resolve(`hangar/airflow:${version}`, (line) => step.detail(line));
    return step.done(there ? "was there" : "built");
  } catch (error) {
    step.failed();
    throw error;
  }
}
