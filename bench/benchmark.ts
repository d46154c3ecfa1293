// What a benchmark is, and what it is given: the command line of main.ts and every benchmark agree on this alone.
import type { Row } from "./measurement.ts";
import type { BenchHome } from "./bench-home.ts";

export interface Bench {
  /** Fewest possible rounds: to see that a benchmark works, not to believe its figures. */
  readonly quick: boolean;
  /** A line of progress or explanation, for the person who watches. */
  note(line: string): void;
  /** The state folder all benchmarks of a run share, with region up and image built; made when first asked for. */
  home(): Promise<BenchHome>;
  /** Is called at the end of the run or when it is interrupted, last one first. @returns calls it now, once */
  cleanUp(work: () => Promise<void> | void): () => Promise<void>;
}

export interface Benchmark {
  /** As on the command line. */
  readonly name: string;
  /** Rejects only for breakage: a slow figure is a row like any other. */
  run(bench: Bench): Promise<readonly Row[]>;
}
