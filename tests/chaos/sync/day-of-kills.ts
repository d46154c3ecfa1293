// kill -9 of an agent or of the region at random moments of a sync: it ends where an undisturbed one would.
import { until } from "../../stories/support/hangar.ts";
import { type Day, secondsText } from "./day.ts";
import { dagText, settled, type SyncPlace } from "./place.ts";

const victims = ["scheduler", "worker", "region"] as const;
/** A sync of one file takes about so long; the kill falls somewhere into it. */
const longestDelayMilliseconds = 6000;
const servedSeconds = 240;

export const kills: Day = {
  name: "kills",
  async live(place, chance, options) {
    const told: string[] = [];
    let slowest = 0;
    for (let round = 1; round <= options.kills; round++) {
      const victim = chance.one(victims);
      const delay = chance.between(0, longestDelayMilliseconds);
      const description = `round ${round}`;
      const text = `import time\ntime.sleep(${chance.between(0, 2).toFixed(2)})\n${dagText("survivor", description)}`;
      await place.put("survivor.py", text);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await kill(place, victim);
      const began = performance.now();
      try {
        await place.described("survivor", description, servedSeconds);
        await settled(place, 120);
      } catch (error) {
        throw new Error(`round ${round}, ${victim} killed after ${delay.toFixed(0)} ms: ${(error as Error).message}`);
      }
      slowest = Math.max(slowest, (performance.now() - began) / 1000);
      told.push(`${victim}@${(delay / 1000).toFixed(1)}`);
    }
    const ran = await place.airflowRuns();
    await place.remove(["survivor.py"]);
    return `${told.join(" ")}: live on every task within ${secondsText(slowest)} of each kill; a run ${secondsText(ran)}`;
  },
};

async function kill({ home }: SyncPlace, victim: (typeof victims)[number]): Promise<void> {
  if (victim === "region") {
    process.kill(home.regionPid(), "SIGKILL");
    await home.ok("up");
    return;
  }
  const agent = await until(`the ${victim}'s agent`, 120, () =>
    home.processes().find(({ command }) => command.includes(`hangar_agent run --role ${victim}`)),
  );
  process.kill(agent.pid, "SIGKILL");
}
