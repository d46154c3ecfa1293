// npm run simulate -- scaling: Hangar's own scaling and its peers over the same days, and what it costs by size of fleet.
import { readFileSync } from "node:fs";
import { chance } from "./chance.ts";
import { hangar } from "./hangar.ts";
import { type Arrival, dayOf, loadNames, loadTexts } from "./loads.ts";
import { always, keda, mwaa, unprotected } from "./peers.ts";
import type { SimulationOptions } from "./options.ts";
import { readRecordedLoad, shifted } from "./recorded-load.ts";
import { callsTable, fleetsTable, scalersTable } from "./tables.ts";
import { type Trial, spread, trial } from "./trial.ts";
import { sample } from "./world.ts";

type Load = (position: number) => readonly Arrival[];

/**
 * Plays and prints. Equal options print equal tables.
 * @param print takes the result, piece by piece
 * @param note takes what is being done
 * @throws Error when a recording cannot be read
 */
export async function simulateScaling(
  options: SimulationOptions,
  print: (text: string) => void,
  note: (text: string) => void,
): Promise<void> {
  const { seed, facts, most, fleets } = options;
  const loads = loadsOf(options);
  const { slots, limits } = sample;
  const scalers = { hangar: hangar(facts), MWAA: mwaa, KEDA: keda, unprotected, [`always ${limits.max}`]: always };
  const positions = spread(most, most);
  print(
    `Seed ${seed}; each load is the day of ${most} environments, each its own, with ${slots} tasks to a worker and ${limits.min} to ${limits.max} workers.\nFacts: ${Object.entries(
      facts,
    )
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}.\n`,
  );
  print(
    `${Object.entries(loads)
      .map(([name, { text }]) => `- ${name}: ${text}`)
      .join("\n")}\n`,
  );
  const trials: Record<string, Record<string, Trial>> = {};
  for (const [name, { load }] of Object.entries(loads)) {
    note(name);
    trials[name] = {};
    for (const [rule, scaler] of Object.entries(scalers))
      trials[name][rule] = await trial({ load, scaler, seed, positions });
  }
  print(`${scalersTable(trials)}\n`);
  print("What it asks of AWS: calls a minute and USD a month, for one environment of ten.\n");
  const own = Object.fromEntries(Object.entries(trials).map(([name, byRule]) => [name, byRule["hangar"]!]));
  print(`${callsTable(own, 10)}\n`);

  const [name, { load }] = Object.entries(loads).find(([one]) => one === "diurnal") ?? Object.entries(loads)[0]!;
  print(`By size of the fleet (${name}): USD a month, for one environment and for all.\n`);
  const bySize = new Map<number, Trial>();
  for (const environments of fleets) {
    note(`${environments} environments`);
    const played = spread(environments, options.all ? environments : most);
    bySize.set(environments, await trial({ load, scaler: scalers.hangar, seed, positions: played }));
  }
  print(fleetsTable(bySize));
}

function loadsOf({
  seed,
  loadFile,
}: SimulationOptions): Record<string, { readonly load: Load; readonly text: string }> {
  if (loadFile === undefined)
    return Object.fromEntries(
      loadNames.map((name) => [
        name,
        { text: loadTexts[name], load: (position: number) => dayOf(name, seed, position) },
      ]),
    );
  const recorded = readRecordedLoad(readFileSync(loadFile, "utf8"));
  const load: Load = (position) =>
    position === 0 ? recorded : shifted(recorded, chance(seed, "recorded", position).between(0, 3600));
  return { recorded: { load, text: `${recorded.length} tasks of ${loadFile}, each environment up to an hour later` } };
}
