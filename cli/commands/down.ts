// hangar down: no process is left, every state stays.
import { note, startStep } from "../print.ts";
import { stopRegionProcess } from "../region-process.ts";

/** Stops what the region started, also what a killed region left behind. */
export async function down(home: string): Promise<void> {
  const step = startStep("stop everything");
  try {
    const ran = await stopRegionProcess(home);
    step.done(ran ? "the next `npx hangar up` starts again what ran" : "nothing ran");
    note(`  state stays in ${home}`);
  } catch (error) {
    step.failed();
    throw error;
  }
}
