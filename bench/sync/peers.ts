// The same change in plain Airflow, where the file is written in place: once with its default settings, once with its
// fastest sensible ones.
import type { BenchHome } from "../bench-home.ts";
import type { Bench } from "../benchmark.ts";
import { dagFiles, helperFiles } from "./dag-files.ts";
import { startStandalone } from "./running-standalone.ts";
import { allServed } from "./served.ts";
import { measureChanges } from "./single-changes.ts";

export interface Peer {
  readonly what: string;
  /** From the write to served, one for each change. */
  readonly seconds: readonly number[];
}

interface Kind {
  readonly what: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly phaseSeconds: number;
}

/** The slower of Airflow's two intervals, and room for a whole folder to be parsed after it. */
const givenUpSeconds = 300 + 120;
const longestSeconds = 600;

const kinds = (quick: boolean): readonly Kind[] => [
  {
    what: "plain Airflow, default settings",
    settings: {},
    rounds: quick ? 2 : 5,
    phaseSeconds: quick ? 5 : 30, // every file is parsed again after 30 s
  },
  {
    what: "plain Airflow, refresh 1 s",
    settings: {
      AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: "1",
      AIRFLOW__DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL: "1",
    },
    rounds: quick ? 3 : 20,
    phaseSeconds: 2,
  },
];

export async function measurePeers(home: BenchHome, prefix: string, count: number, bench: Bench): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const kind of kinds(bench.quick)) peers.push(await measurePeer(home, kind, prefix, count, bench));
  return peers;
}

async function measurePeer(home: BenchHome, kind: Kind, prefix: string, count: number, bench: Bench): Promise<Peer> {
  const { what, settings, rounds, phaseSeconds } = kind;
  const files = dagFiles(prefix, count);
  const first = [...helperFiles(), ...files.map((file) => ({ path: file.path, text: file.text("the first") }))];
  const began = performance.now();
  const standalone = await startStandalone(home.image.python!, settings, first, bench);
  try {
    const { airflow, write } = standalone;
    await allServed(airflow, prefix, count, began, bench);
    const changing = { what, files, rounds, phaseSeconds, givenUpSeconds, longestSeconds, airflow };
    const { served } = await measureChanges({ ...changing, write: (file, text) => write(file.path, text) }, bench);
    return { what, seconds: served.map(({ seconds }) => seconds) };
  } finally {
    await standalone.stop();
  }
}
