// The options of npm run simulate -- scaling, read from the command line.
import { parseArgs } from "node:util";
import { Pool, type ScalingFacts } from "../../shared/domain/pool.ts";
import { samplePool } from "./record.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly facts: ScalingFacts;
  /** Environments played for each load, and at most for each fleet. */
  readonly most: number;
  /** Every environment of each fleet is played. */
  readonly all: boolean;
  readonly fleets: readonly number[];
  readonly loadFile: string | undefined;
}

export const scalingUsage = `npm run simulate -- scaling [--seed N] [--load FILE] [--sample N] [--all] [--fact NAME=VALUE …]

  --seed N           another run of chance (1)
  --load FILE        a recording instead of generated loads: {"at": seconds or ISO time, "seconds": …} a line
  --sample N         environments played for each load, and at most for each fleet (16)
  --all              play every environment of the fleets of 1, 10, 100 and 1,000: minutes instead of seconds
  --fact NAME=VALUE  another fact of the pool: ${Object.keys(samplePool.scaling).join(", ")}`;

/** @throws Error in words for whoever typed it */
export function readOptions(args: readonly string[]): SimulationOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: "1" },
      load: { type: "string" },
      sample: { type: "string", default: "16" },
      all: { type: "boolean", default: false },
      fact: { type: "string", multiple: true, default: [] },
    },
  });
  return {
    seed: whole("--seed", values.seed, 0),
    facts: factsWith(values.fact),
    most: whole("--sample", values.sample, 1),
    all: values.all,
    fleets: [1, 10, 100, 1000],
    loadFile: values.load,
  };
}

function factsWith(changes: readonly string[]): ScalingFacts {
  const changed: Record<string, unknown> = { ...samplePool.scaling };
  for (const change of changes) {
    const [name = "", value = ""] = change.split("=");
    if (!(name in changed))
      throw new Error(`There is no fact ${name} of scaling. There are ${Object.keys(changed).join(", ")}.`);
    changed[name] = Number(value);
  }
  const read = Pool.shape.scaling.safeParse(changed);
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new Error(`--fact ${path.join(".")}: ${message}`);
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${option} takes a whole number from ${least}, not "${text}".`);
}
