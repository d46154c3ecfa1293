// hangar up: the region, detached.
import { randomInt } from "node:crypto";
import { exitCodes, Failure } from "../failure.ts";
import { note, paint, startStep } from "../print.ts";
import { startRegionProcess } from "../region-process.ts";

export interface UpOptions {
  /** `--unkind`: true, or the seed as text; `--no-unkind`: false. */
  readonly unkind?: string | boolean;
}

/** Starts the region unless it runs, and says how to use it. */
export async function up(home: string, options: UpOptions = {}): Promise<void> {
  const unkind = wishOf(options.unkind);
  const step = startStep("region");
  try {
    const { region, already } = await startRegionProcess(home, unkind === undefined ? {} : { unkind });
    if (already && unkind !== undefined && unkind !== (region.unkindSeed ?? "off"))
      throw runsOtherwise(region.unkindSeed);
    step.done(`${region.url}${already ? " (was running)" : ""}`);
    note(`  state in ${home}`);
    if (region.unkindSeed !== undefined)
      note(`  unkind, seed ${region.unkindSeed}: kind again by npx hangar up --no-unkind`);
    note(
      `  next: ${paint("bold", "npx hangar env create my-env")}  or  ${paint("bold", "npx hangar exec -- aws s3 ls")}`,
    );
  } catch (error) {
    step.failed();
    throw error;
  }
}

/** Without a seed a new one each time: it is printed and kept, so that what it showed can be had again. */
function wishOf(given: UpOptions["unkind"]): number | "off" | undefined {
  if (given === undefined) return undefined;
  if (given === false) return "off";
  if (given === true) return randomInt(1_000_000);
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new Failure("--unkind takes a whole number as its seed", { why: `not: ${given}`, exitCode: exitCodes.usage });
}

function runsOtherwise(seed: number | undefined): Failure {
  return new Failure("the region runs already, and otherwise", {
    why: seed === undefined ? "it is kind" : `it is unkind by the seed ${seed}`,
    fix: "npx hangar down, then up again",
    exitCode: exitCodes.busy,
  });
}
