// Workers that come and go with the load, and not one task that notices: real Airflow, its database and a file of the
// tasks' own are the witnesses. `npm run chaos -- scaling` plays the same for longer.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gracefulUpdateUnderLoad, killApiServerUnderLoad } from "../chaos/scaling/disturbances.ts";
import { addKillLoad, killAndRecover } from "../chaos/kills/recovery.ts";
import type { Victim } from "../chaos/kills/victims.ts";
import { environmentName, openScalingPlace, type ScalingPlace } from "../chaos/scaling/place.ts";
import { longDag, longSeconds, spreadLongTasks, waveDag, waveSeconds, waves } from "../chaos/scaling/waves.ts";
import { chanceOf } from "../chaos/random.ts";
import { until } from "./support/hangar.ts";

const seed = 6;
const maxWorkers = 5;
const slots = 2;
const burst = 200;

let place: ScalingPlace;
beforeAll(async () => {
  place = await openScalingPlace({
    scaling: { metricSeconds: 1, surplusSeconds: 4, staleSeconds: 10 },
    ...{ maxWorkers, slots },
  });
  await place.addLoad("burst", new Array<number>(burst).fill(0));
  await place.addLoad(waveDag, waveSeconds);
  await place.addLoad(longDag, longSeconds);
});
afterAll(() => place?.discard());

const nothingWrong = { lost: [], duplicated: [], killed: [], unknown: [] };
const workers = async () => (await place.environment(environmentName)).Hangar!.Workers!;
const explained = () => place.home.ok("env", "status", environmentName, "--explain");

describe("200 tasks in an environment with MinWorkers 1", () => {
  it("have workers added up to MaxWorkers, and the reason told", async () => {
    expect(await workers()).toMatchObject({ Wanted: 1, Draining: 0 });
    await place.submit("burst");
    await until("as many workers as may be", 60, async () => (await workers()).Wanted === maxWorkers);
    expect(await explained()).toMatch(
      /workers +5, between 1 and 5\n +5 workers: .*\d+ running and \d+ queued tasks.*, between MinWorkers 1 and MaxWorkers 5\./,
    );
  });

  it("raised the environment's deficit alarm", async () => {
    const named = ["--alarm-name", `hangar-${place.environmentId}-deficit`, "--history-item-type", "StateUpdate"];
    type History = { AlarmHistoryItems: { HistorySummary: string }[] };
    const { AlarmHistoryItems } = await place.home.aws<History>("cloudwatch", "describe-alarm-history", ...named);
    expect(AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary)).toContainEqual(
      expect.stringMatching(/to ALARM$/),
    );
  });

  it("all succeed, each once, and the workers go again when none is left", async () => {
    await place.settled(240);
    expect(await place.account()).toEqual({ tasks: burst, ...nothingWrong });
    await until("one worker is left", 120, async () => {
      const { Wanted, Draining, Reason } = await workers();
      if (Wanted !== 1 || Draining !== 0) throw new Error(`${Wanted} wanted, ${Draining} drain: ${Reason}`);
      return true;
    });
    expect(await explained()).toMatch(/workers +1, between 1 and 5\n +1 worker: /);
    const stopped = await until("the others are stopped", 30, async () => {
      const ids = await place.drainedAndStopped();
      return ids.length >= maxWorkers - 1 && ids;
    });
    const released = place.drains.released();
    expect(
      stopped.filter((id) => !released.includes(id)),
      "each let go before it was stopped",
    ).toEqual([]);
  });
});

describe("load that comes back at the worst moments", () => {
  it(`(seed ${seed}) loses no task, runs none twice and kills none while workers drain`, async () => {
    await spreadLongTasks(place, slots);
    await waves(place, { waves: 6, drains: 8, minutes: 4 }, chanceOf(seed), () => undefined);
    await place.settled(240);
    expect(await place.account()).toMatchObject(nothingWrong);
    const drained = place.drains.ordered();
    expect(
      (await place.workersOf(longDag)).filter((id) => drained.includes(id)),
      "workers with long tasks were told to go",
    ).not.toEqual([]);
  }, 480_000);

  it("nor through a GRACEFUL update, which replaces every task of the environment", async () => {
    await gracefulUpdateUnderLoad(place);
    await place.settled(120);
    expect(await place.account()).toMatchObject(nothingWrong);
  }, 420_000);

  it("nor through kill -9 of the api-server: of 300 tasks and more each ran once, through 12 drains and more", async () => {
    await killApiServerUnderLoad(place);
    await place.settled(120);
    const account = await place.account();
    expect(account).toMatchObject(nothingWrong);
    expect(account.tasks).toBeGreaterThanOrEqual(300);
    await until("12 workers drained and stopped", 90, async () => (await place.drainedAndStopped()).length >= 12);
  });
});

// `npm run chaos -- kills` kills and freezes one after the other, agents and workers too, for as long as one likes
describe("kill -9 at a moment of a load", () => {
  const chance = chanceOf(seed);
  beforeAll(() => addKillLoad(place));

  const together: readonly (readonly Victim[])[] = [
    ["scheduler", "dag-processor", "triggerer"],
    ["PostgreSQL", "api-server"],
    ["region", "load balancer"],
  ];
  for (const victims of together)
    it(`(seed ${seed}) of ${victims.join(", ")}: all is healthy again, no task lost or stuck, none undone`, async () => {
      await killAndRecover(place, victims, "killed", chance);
      expect(await place.account()).toMatchObject({ lost: [], unknown: [] });
    });
});
