// hangar up: the region, detached.
import { note, paint, startStep } from "../print.ts";
import { startRegionProcess } from "../region-process.ts";

/** Starts the region unless it runs, and says how to use it. */
export async function up(home: string): Promise<void> {
  const step = startStep("region");
  try {
    const { region, already } = await startRegionProcess(home);
    step.done(`${region.url}${already ? " (was running)" : ""}`);
    note(`  state in ${home}`);
    note(
      `  next: ${paint("bold", "npx hangar env create my-env")}  or  ${paint("bold", "npx hangar exec -- aws s3 ls")}`,
    );
  } catch (error) {
    step.failed();
    throw error;
  }
}
