// Processes that die while an upgrade goes on: the region at each phase, the functions, PostgreSQL, the migration.
import { pause } from "../../../bench/waiting.ts";
import { identityOf, killProcess } from "../../../local/process-identity.ts";
import { until } from "../../stories/support/hangar.ts";
import { newestOperation, stepBegins } from "../../stories/support/upgrading.ts";
import { processesOf } from "../kills/victims.ts";
import type { Chance } from "../random.ts";
import type { Fault } from "./fault.ts";
import { environmentName, type UpgradePlace } from "./place.ts";

/** Somewhere into the step, which takes that long or less. */
const intoStepMilliseconds = 1500;
const functionsKills = 3;
const betweenKillsMilliseconds = 12_000;
/** More often than its agent starts it again before it is given up. */
const serverKills = 8;

/** SIGKILL, and up again some moments later. */
export async function killRegion({ home }: Pick<UpgradePlace, "home">, chance: Chance): Promise<void> {
  process.kill(home.regionPid(), "SIGKILL");
  await pause(chance.between(0, 2000));
  await home.ok("up");
}

const regionAt = (name: string, step: string, ends: Fault["ends"]): Fault => ({
  name,
  ends,
  async inject(place, chance) {
    await stepBegins(place, environmentName, step);
    const delay = chance.between(0, intoStepMilliseconds);
    await pause(delay);
    await killRegion(place, chance);
    return `region killed ${delay.toFixed(0)} ms after ${step} began`;
  },
});

export const faultsOfProcesses: readonly Fault[] = [
  regionAt("region-before-pause", "prepare-generation", ["new"]),
  regionAt("region-at-pause", "pause-scheduling", ["new"]),
  regionAt("region-at-copy", "copy-database", ["new"]),
  // begun and not ended by the region's word, it is not begun again
  regionAt("region-at-migrate", "migrate-database", ["new", "old"]),
  regionAt("region-at-deploy", "deploy-services", ["new"]),
  regionAt("region-after-commit", "open-environment", ["new"]),
  {
    name: "functions",
    ends: ["new", "old"],
    async inject(place, chance) {
      const told: string[] = [];
      const began = performance.now();
      for (let kill = 0; kill < functionsKills; kill++) {
        await pause(chance.between(0, betweenKillsMilliseconds));
        for (const { pid } of place.home.processes().filter(({ command }) => command.includes("local/lambda/host.ts")))
          killPid(pid);
        told.push(`${((performance.now() - began) / 1000).toFixed(0)} s`);
      }
      return `functions killed after ${told.join(", ")}`;
    },
  },
  {
    name: "postgres-at-migrate",
    ends: ["old"],
    async inject(place, chance) {
      await migrationRuns(place);
      const delay = chance.between(300, 3000);
      await pause(delay);
      for (const one of processesOf(place, "PostgreSQL")) killProcess(one, "SIGKILL");
      return `PostgreSQL killed ${delay.toFixed(0)} ms into the migration`;
    },
  },
  {
    name: "migration-killed",
    ends: ["old"],
    async inject(place, chance) {
      const pids = await migrationRuns(place);
      const delay = chance.between(0, 2000);
      await pause(delay);
      for (const pid of pids) killPid(pid);
      return `the migration killed ${delay.toFixed(0)} ms after it began`;
    },
  },
  {
    name: "api-server-never-healthy",
    ends: ["old"],
    async inject(place) {
      const old = new Set(processesOf(place, "api-server").map(({ pid }) => pid));
      await stepBegins(place, environmentName, "deploy-services");
      const killed = new Set<number>();
      await until("the new api-server was killed often enough", 240, async () => {
        for (const one of processesOf(place, "api-server").filter(({ pid }) => !old.has(pid))) {
          killProcess(one, "SIGKILL");
          killed.add(one.pid);
        }
        if (killed.size >= serverKills) return true;
        return (await newestOperation(place, environmentName)).Status !== "RUNNING";
      });
      return `the new api-server killed ${killed.size} times`;
    },
  },
];

const killPid = (pid: number): void => {
  const identity = identityOf(pid);
  if (identity) killProcess(identity, "SIGKILL");
};

/** The one-off task itself, its guardian and all. */
const migrationRuns = (place: UpgradePlace): Promise<readonly number[]> =>
  until("the migration runs", 300, () => {
    const found = place.home.processes(place.environmentId).filter(({ command }) => command.includes("migrate-copy"));
    return found.length > 0 && found.map(({ pid }) => pid);
  });
